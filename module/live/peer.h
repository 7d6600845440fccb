// Who is at the other end of a live connection, as SQL sees it: the `session`
// argument of the location's functions.
#pragma once

#include <string>
#include <string_view>

#include "auth/identity.h"
#include "base/http_message.h"

namespace trestle::live {

class Peer {
 public:
  // `id` is unique, `address` the client's; arguments of the query string that
  // carry credentials (access_token, apikey) are left out.
  Peer(std::string_view id, const auth::Identity& identity,
       const Request& request, std::string_view address);

  // {"id","claims","args","addr","state"}
  [[nodiscard]] std::string json() const;

  // The claims of a new token take the place of the old.
  void set_identity(const auth::Identity& identity);
  // `state` is JSON.
  void set_state(std::string state) { state_ = std::move(state); }
  [[nodiscard]] const std::string& id() const { return id_; }

 private:
  std::string id_;
  std::string claims_;  // JSON
  std::string facts_;   // "args" and "addr", as members
  std::string state_ = "null";
};

}  // namespace trestle::live
