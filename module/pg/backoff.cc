#include "pg/backoff.h"

#include <algorithm>

namespace trestle::pg {
namespace {

constexpr Milliseconds kFirst = 100;
constexpr Milliseconds kLongest = 5'000;
constexpr Milliseconds kLongestCheap = 1'000;

}  // namespace

void Backoff::fail(bool cheap) {
  const unsigned doublings = std::min(failures_++, 10U);
  const Milliseconds base =
      std::min(kFirst << doublings, cheap ? kLongestCheap : kLongest);
  // Between three quarters of it and all of it.
  retry_at_ = loop_.now() + base - loop_.random() % (base / 4);
}

void Backoff::succeed() {
  failures_ = 0;
  retry_at_ = 0;
}

Milliseconds Backoff::remaining() const {
  const Milliseconds now = loop_.now();
  return retry_at_ > now ? retry_at_ - now : 0;
}

}  // namespace trestle::pg
