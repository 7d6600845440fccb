#include "http/stream_identity.h"

#include <algorithm>

#include "http/request_view.h"
#include "http/runtime.h"

namespace trestle::http {

namespace {
constexpr std::int64_t kLongestTimer = 7 * 24 * 3600;
}

StreamIdentity::StreamIdentity(Runtime& runtime, const Database& database,
                               Callback on_over)
    : runtime_(runtime), database_(database), on_over_(on_over) {}

StreamIdentity::~StreamIdentity() { stop(); }

void StreamIdentity::stop() {
  expiry_.reset();
  if (!watched_) return;
  watched_ = false;
  runtime_.sessions().remove(database_, *this);
}

void StreamIdentity::watch(const auth::Identity& identity) {
  stop();
  identity_ = identity;
  start_timer();
  if (identity_.session.empty()) return;
  watched_ = true;
  runtime_.sessions().add(database_, *this);
}

void StreamIdentity::extend(std::int64_t expires) {
  if (identity_.expires == expires) return;
  identity_.expires = expires;
  start_timer();
}

void StreamIdentity::start_timer() {
  expiry_.reset();
  if (!identity_.expires) return;
  expiry_ = runtime_.loop().make_timer(
      callback<&StreamIdentity::on_expiry>(this), pg::Loop::TimerKind::idle);
  expiry_->start(1000 * static_cast<pg::Milliseconds>(std::clamp<std::int64_t>(
                            *identity_.expires - now_s(), 0, kLongestTimer)));
}

void StreamIdentity::on_expiry() noexcept {
  if (now_s() < *identity_.expires) return start_timer();
  end("token expired");
}

void StreamIdentity::end(std::string_view reason) {
  reason_ = reason;
  stop();
  on_over_();
}

}  // namespace trestle::http
