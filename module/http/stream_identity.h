// Who a stream is of, for as long as that holds. A stream (a WebSocket, an
// answer that is followed) outlives the request that has proved its identity,
// so this tells it when the token has expired or the session has ended.
#pragma once

#include <memory>
#include <string_view>

#include "auth/identity.h"
#include "base/callback.h"
#include "http/database.h"
#include "pg/loop.h"

namespace trestle::http {

class Runtime;

class StreamIdentity {
 public:
  // `on_over` is called once for each identity, from the event loop; it must
  // not destroy streams. The database and the runtime outlive this.
  StreamIdentity(Runtime& runtime, const Database& database, Callback on_over);
  ~StreamIdentity();
  StreamIdentity(const StreamIdentity&) = delete;
  StreamIdentity& operator=(const StreamIdentity&) = delete;

  // In place of the one before.
  void watch(const auth::Identity& identity);
  void stop();

  [[nodiscard]] const auth::Identity& identity() const { return identity_; }
  // Of what is over.
  [[nodiscard]] std::string_view reason() const { return reason_; }

 private:
  friend class DatabaseSessions;

  // The session's end has moved.
  void extend(std::int64_t expires);
  void start_timer();
  void on_expiry() noexcept;
  void end(std::string_view reason);

  Runtime& runtime_;
  const Database& database_;
  Callback on_over_;
  auth::Identity identity_;
  std::string_view reason_;
  bool watched_ = false;  // by SessionWatch
  std::unique_ptr<pg::Timer> expiry_;
};

}  // namespace trestle::http
