#include "http/message_rate.h"

namespace trestle::http {

namespace {

constexpr ngx_msec_t kSecond = 1'000;

}  // namespace

MessageRate::MessageRate(pg::Loop& loop, std::size_t per_second, Callback go_on)
    : per_second_(per_second),
      timer_(loop.make_timer(go_on, pg::Loop::TimerKind::idle)) {}

void MessageRate::count() {
  const ngx_msec_t passed = ngx_current_msec - began_;
  if (count_ == 0 || passed >= kSecond) {
    began_ = ngx_current_msec;
    count_ = 0;
  }
  if (++count_ < per_second_) return;
  const ngx_msec_t now = ngx_current_msec - began_;
  count_ = 0;
  timer_->start(now < kSecond ? kSecond - now : 1);
}

}  // namespace trestle::http
