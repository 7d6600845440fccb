// A connection on its way out: it has said Terminate and waits for the server
// to close, so that its backend has ended before another one takes its place
// (the limit of connections holds in the server, too).
#pragma once

#include <memory>

#include "base/callback.h"
#include "pg/loop.h"
#include "pg/pgconn.h"

namespace trestle::pg {

class Farewell {
 public:
  // Waits for `patience` at most. `on_over` is called once, from the loop; it
  // may destroy the farewell.
  Farewell(Loop& loop, ConnectionHandle handle, Milliseconds patience,
           Callback on_over);

  [[nodiscard]] bool is_over() const { return over_; }

 private:
  void on_readable() noexcept;
  void on_timer() noexcept;
  void end();

  ConnectionHandle handle_;
  int socket_;
  Callback on_over_;
  std::unique_ptr<Watch> watch_;
  std::unique_ptr<Timer> timer_;
  bool over_ = false;
};

}  // namespace trestle::pg
