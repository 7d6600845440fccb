// An answer of this server that a client of the plain dialect follows
// ({"live": url}, live/dialect.h): the location is asked for its stream of
// events as the client's own EventSource would, and what it tells goes out as
// JSON.
#pragma once

#include <memory>
#include <string>

#include "http/inner_connection.h"
#include "http/runtime.h"
#include "live/dialect.h"
#include "live/event_reader.h"
#include "live/session.h"

namespace trestle::http {

class UrlFollower {
 public:
  // All but the command outlive it.
  UrlFollower(Runtime& runtime, const ClientPlace& place,
              const Database& database, const live::Command& command,
              const auth::Identity& identity, live::Outlet& outlet);
  ~UrlFollower();
  UrlFollower(const UrlFollower&) = delete;
  UrlFollower& operator=(const UrlFollower&) = delete;

  // A path of this server, with its query string.
  [[nodiscard]] static bool is_url(std::string_view text);

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] const std::string& ref() const { return ref_; }
  [[nodiscard]] bool ended() const { return fd_ < 0; }

  // Somebody else from now on: it is asked for anew.
  void renew(const auth::Identity& identity);

 private:
  void open(const auth::Identity& identity);
  void close();
  void on_readable() noexcept;
  void on_quit() noexcept { close(); }
  void take(std::string_view bytes);
  void finish();
  void refuse(const Error& error);

  Runtime& runtime_;
  const ClientPlace& place_;
  const Database& database_;
  std::string url_;
  std::string ref_;  // JSON; empty: none
  live::Outlet& outlet_;
  int fd_ = -1;
  live::EventReader reader_;
  std::unique_ptr<pg::Watch> watch_;
};

}  // namespace trestle::http
