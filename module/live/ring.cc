#include "live/ring.h"

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace trestle::live {
namespace {

// What stands before a record, and what its place is a multiple of.
struct Head {
  std::uint64_t length;
  std::uint64_t mark;  // (3)
};
constexpr std::size_t kAlign = sizeof(Head);
// The length of what only fills the ring's end.
constexpr std::uint64_t kFiller = ~std::uint64_t{0};
// Tries for the lock before its holder is looked after.
constexpr int kTries = 100;

std::size_t padded(std::size_t size) {
  return (size + kAlign - 1) & ~(kAlign - 1);
}

}  // namespace

struct alignas(64) Ring::Header {
  std::atomic<std::uint64_t> epoch;
  std::atomic<std::uint64_t> secret;
  std::atomic<std::uint64_t>
      reserved;                       // what a writer may be changing ends here
  std::atomic<std::uint64_t> head;    // what can be read ends here
  std::atomic<std::uint64_t> oldest;  // start of the oldest whole record
  std::atomic<std::int32_t> writer;   // (1)
};

// (1)
class Ring::Lock {
 public:
  explicit Lock(Header& header) : header_(header) {
    const std::int32_t self = getpid();
    for (int tries = 1;; tries++) {
      std::int32_t holder = 0;
      if (header_.writer.compare_exchange_weak(holder, self,
                                               std::memory_order_acquire))
        return;
      // Ourselves: a former process of our number died with it.
      const bool dead =
          holder == self || (holder != 0 && tries % kTries == 0 &&
                             kill(holder, 0) != 0 && errno == ESRCH);
      if (dead && header_.writer.compare_exchange_strong(
                      holder, self, std::memory_order_acquire))
        return;
      sched_yield();
    }
  }
  ~Lock() { header_.writer.store(0, std::memory_order_release); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  Header& header_;
};

Ring::Ring(std::span<std::byte> memory, std::uint64_t epoch,
           std::uint64_t secret) {
  if (memory.size() < sizeof(Header) + 64 * kAlign) return;
  header_ = reinterpret_cast<Header*>(memory.data());  // (4)
  data_ = memory.data() + sizeof(Header);
  size_ = (memory.size() - sizeof(Header)) & ~(kAlign - 1);
  std::uint64_t unset = 0;
  header_->secret.compare_exchange_strong(unset, secret);
  unset = 0;
  header_->epoch.compare_exchange_strong(unset, epoch);
}

std::uint64_t Ring::epoch() const { return header_->epoch.load(); }

Position Ring::head() const {
  return header_->head.load(std::memory_order_acquire);
}

// A mixing function (splitmix64) over the secret and the place.
std::uint64_t Ring::mark_of(Position at) const {
  std::uint64_t x =
      header_->secret.load(std::memory_order_relaxed) + at * 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

void Ring::put(Position at, std::uint64_t length, std::string_view record) {
  const Head head = {.length = length, .mark = mark_of(at)};
  std::byte* place = data_ + at % size_;
  std::memcpy(place, &head, sizeof head);
  if (!record.empty())
    std::memcpy(place + sizeof head, record.data(), record.size());
}

std::optional<Position> Ring::write(std::string_view record) {
  if (record.size() > max_record()) return std::nullopt;
  const std::size_t need = kAlign + padded(record.size());
  Lock lock(*header_);
  Position at = header_->head.load(std::memory_order_relaxed);
  const std::size_t to_end = size_ - at % size_;
  const std::size_t filler = need > to_end ? to_end : 0;
  const Position end = at + filler + need;

  // The oldest records give way, whole ones at a time.
  Position oldest = header_->oldest.load(std::memory_order_relaxed);
  while (oldest < at && end - oldest > size_) {
    std::uint64_t length = 0;
    std::memcpy(&length, data_ + oldest % size_, sizeof length);
    oldest +=
        length == kFiller ? size_ - oldest % size_ : kAlign + padded(length);
  }
  header_->oldest.store(oldest, std::memory_order_relaxed);
  header_->reserved.store(end, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);  // (2)

  if (filler != 0) {
    put(at, kFiller, {});
    at += filler;
  }
  put(at, record.size(), record);
  header_->head.store(end, std::memory_order_release);
  return end;
}

bool Ring::overtaken(Position at) const {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return header_->reserved.load(std::memory_order_relaxed) > at + size_;
}

bool Ring::holds(Position at) const {
  return at <= head() && at >= oldest() && !overtaken(at);
}

Position Ring::oldest() const {
  return header_->oldest.load(std::memory_order_acquire);
}

Ring::Read Ring::read(Position& at, std::string& record) const {
  while (true) {
    const Position end = head();
    if (at == end) return Read::none;
    Head head = {};
    bool sound = at < end && at % kAlign == 0 && !overtaken(at);
    if (sound) {
      std::memcpy(&head, data_ + at % size_, sizeof head);
      sound = head.mark == mark_of(at);  // (3)
    }
    if (sound && head.length == kFiller && !overtaken(at)) {
      at += size_ - at % size_;
      continue;
    }
    // A head that was overwritten while we read it may say anything.
    sound = sound && head.length <= max_record() &&
            at % size_ + sizeof head + head.length <= size_;
    if (sound) {
      record.assign(
          reinterpret_cast<const char*>(data_) + at % size_ + sizeof head,
          head.length);
      sound = !overtaken(at);  // (2)
    }
    if (!sound) {
      at = end;
      return Read::lapped;
    }
    at += kAlign + padded(head.length);
    return Read::record;
  }
}

}  // namespace trestle::live
