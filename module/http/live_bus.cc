#include "http/live_bus.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"

namespace trestle::http {

namespace {

// Records of one turn, so that a flood leaves time for other events.
constexpr int kRecordsPerTurn = 256;
// How far back a replay goes: reading it takes about a millisecond.
constexpr std::uint64_t kMaxReplay = 4 * 1024 * 1024;

}  // namespace

std::string topic_key(std::string_view database, std::string_view topic) {
  return concat({database, "\n", topic});
}

std::string_view topic_of(std::string_view key) {
  return key.substr(key.find('\n') + 1);
}

LiveBus::LiveBus(pg::Loop& loop, live::Hub& hub, const ngx_shm_zone_t* zone,
                 ngx_log_t* log)
    : hub_(hub),
      ring_(live_ring(zone)),
      places_(live_places(zone)),
      log_(log),
      owner_(this) {
  turn_.data = &owner_;
  turn_.handler = on_turn;
  turn_.log = log_;
  take_place();
  at_ = ring_.head();
  if (place_ == kLivePlaces) return;
  watch_ = loop.make_watch({.on_readable = callback<&LiveBus::on_wakeup>(this),
                            .on_writable = callback<&LiveBus::on_quit>(this),
                            .on_quit = callback<&LiveBus::on_quit>(this)});
  if (watch_->bind(live_wakeup(place_)) && watch_->want(true, false))
    watch_->set_idle(true);
  else
    watch_.reset();
}

LiveBus::~LiveBus() {
  watch_.reset();
  if (turn_.posted) {
    ngx_delete_posted_event(&turn_);
  }
  if (place_ != kLivePlaces) places_[place_].pid.store(0);
}

void LiveBus::take_place() {
  const auto self = static_cast<std::int32_t>(ngx_pid);
  for (std::size_t i = 0; i < places_.size() && live_wakeup(i) >= 0; i++) {
    std::int32_t owner = places_[i].pid.load();
    const bool free =
        owner == 0 || owner == self || (kill(owner, 0) != 0 && errno == ESRCH);
    if (!free || !places_[i].pid.compare_exchange_strong(owner, self)) continue;
    places_[i].woken.store(0);
    place_ = i;
    return;
  }
  ngx_log_error(NGX_LOG_WARN, log_, 0,
                "trestle: too many workers: this one hears only of messages "
                "that it publishes itself");
}

std::optional<live::EventId> LiveBus::publish(std::string_view key,
                                              std::string_view data) {
  std::string record;
  live::append_record(
      record, {.kind = live::RecordKind::published, .name = key, .body = data});
  std::optional<live::Position> end = ring_.write(record);
  if (!end) return std::nullopt;
  wake_others();
  if (!turn_.posted) {
    ngx_post_event(&turn_, &ngx_posted_events);
  }
  return live::EventId{.epoch = ring_.epoch(), .position = *end};
}

void LiveBus::wake_others() {
  for (std::size_t i = 0; i < places_.size(); i++) {
    if (i == place_ || places_[i].pid.load() == 0) continue;
    if (places_[i].woken.exchange(1) != 0) continue;
    const std::uint64_t one = 1;
    static_cast<void>(!write(live_wakeup(i), &one, sizeof one));
  }
}

void LiveBus::on_wakeup() noexcept {
  std::uint64_t count = 0;
  static_cast<void>(!read(live_wakeup(place_), &count, sizeof count));
  // Cleared before the ring is read: what comes later wakes us again.
  places_[place_].woken.store(0);
  guard(log_, [&] { drain(); });
}

void LiveBus::on_turn(ngx_event_t* event) noexcept {
  auto* self = EventOwner::of<LiveBus>(event);
  guard(event->log, [&] { self->drain(); });
}

void LiveBus::drain() {
  for (int i = 0; i < kRecordsPerTurn; i++) {
    switch (ring_.read(at_, record_)) {
      case live::Ring::Read::none:
        return;
      case live::Ring::Read::lapped:
        tell_resync();
        break;
      case live::Ring::Read::record:
        deliver(record_);
        break;
    }
  }
  if (!turn_.posted) {
    ngx_post_event(&turn_, &ngx_posted_next_events);
  }
}

void LiveBus::deliver(std::string_view record) {
  std::optional<live::Record> message = live::parse_record(record);
  if (!message || hub_.subscribers(message->name) == 0) return;
  const std::string id = position().text();
  const std::string text =
      live::channel_text(topic_of(message->name), message->body, id);
  live::OutMessage out(live::MessageKind::text, text);
  hub_.deliver(message->name, out, id);
}

void LiveBus::tell_resync() {
  ngx_log_error(NGX_LOG_WARN, log_, 0,
                "trestle: live messages were lost, subscribers are told to "
                "resync");
  const std::string id = position().text();
  for (const std::string& key : hub_.names()) {
    const std::string text = live::resync_text(topic_of(key));
    live::OutMessage out(live::MessageKind::text, text);
    hub_.deliver(key, out, id);
  }
}

live::EventId LiveBus::position() const {
  return {.epoch = ring_.epoch(), .position = at_};
}

bool LiveBus::replay(std::string_view key, const live::EventId& since,
                     live::Outlet& outlet) const {
  live::Position at = since.position;
  if (since.epoch != ring_.epoch() || at > at_ || !ring_.holds(at) ||
      at_ - at > kMaxReplay)
    return false;
  std::string record;
  while (at < at_) {
    if (ring_.read(at, record) != live::Ring::Read::record) return false;
    std::optional<live::Record> message = live::parse_record(record);
    if (!message || message->kind != live::RecordKind::published ||
        message->name != key)
      continue;
    const std::string id =
        live::EventId{.epoch = since.epoch, .position = at}.text();
    const std::string text =
        live::channel_text(topic_of(key), message->body, id);
    live::OutMessage out(live::MessageKind::text, text);
    outlet.push(out, id);
  }
  return true;
}

}  // namespace trestle::http
