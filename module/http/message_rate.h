// How many messages a second a client may send: after that many it is not read
// until the second is over.
#pragma once

#include <cstddef>
#include <memory>

#include "base/callback.h"
#include "http/nginx.h"
#include "pg/loop.h"

namespace trestle::http {

class MessageRate {
 public:
  // `go_on`: the second is over, messages may come again.
  MessageRate(pg::Loop& loop, std::size_t per_second, Callback go_on);

  // One has come.
  void count();
  [[nodiscard]] bool waits() const { return timer_->running(); }

 private:
  std::size_t per_second_;
  std::size_t count_ = 0;  // since began_
  ngx_msec_t began_ = 0;
  std::unique_ptr<pg::Timer> timer_;
};

}  // namespace trestle::http
