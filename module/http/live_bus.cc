#include "http/live_bus.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "http/session_watch.h"
#include "live/presence.h"

namespace trestle::http {

namespace {

// Records of one turn, so that a flood leaves time for other events.
constexpr int kRecordsPerTurn = 256;
// How far back a replay goes: reading it takes about a millisecond.
constexpr std::uint64_t kMaxReplay = 4 * 1024 * 1024;

}  // namespace

LiveBus::LiveBus(pg::Loop& loop, live::Hub& hub, const ngx_shm_zone_t* zone,
                 ngx_log_t* log)
    : hub_(hub),
      zone_(zone),
      ring_(live_ring(zone)),
      places_(live_places(zone)),
      log_(log),
      owner_(this) {
  turn_.data = &owner_;
  turn_.handler = on_turn;
  turn_.log = log_;
  bury_dead();
  take_place();
  wake_live_readers(zone_, place_);
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

// A worker that was killed has told nobody that its clients are gone: whoever
// comes next does.
void LiveBus::bury_dead() {
  for (LivePlace& place : places_) {
    std::int32_t owner = place.pid.load();
    if (owner == 0 || kill(owner, 0) == 0 || errno != ESRCH) continue;
    if (!place.pid.compare_exchange_strong(owner, 0)) continue;
    std::string record;
    const std::string body = live::gone_record(owner);
    live::append_record(
        record, {.kind = live::RecordKind::presence, .name = {}, .body = body});
    static_cast<void>(ring_.write(record));
  }
}

void LiveBus::take_place() {
  const auto self = static_cast<std::int32_t>(ngx_pid);
  for (std::size_t i = 0; i < places_.size() && live_wakeup(i) >= 0; i++) {
    std::int32_t owner = places_[i].pid.load();
    if ((owner != 0 && owner != self) ||
        !places_[i].pid.compare_exchange_strong(owner, self))
      continue;
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
  std::optional<live::Position> end =
      write({.kind = live::RecordKind::published, .name = key, .body = data});
  if (!end) return std::nullopt;
  return live::EventId{.epoch = ring_.epoch(), .position = *end};
}

void LiveBus::publish_logout(std::string_view database,
                             std::string_view session) {
  static_cast<void>(write(
      {.kind = live::RecordKind::logout, .name = database, .body = session}));
}

std::optional<live::Position> LiveBus::write(const live::Record& record) {
  std::string bytes;
  live::append_record(bytes, record);
  std::optional<live::Position> end = ring_.write(bytes);
  if (!end) return std::nullopt;
  wake_live_readers(zone_, place_);
  if (!turn_.posted) {
    ngx_post_event(&turn_, &ngx_posted_events);
  }
  return end;
}

void LiveBus::on_wakeup() noexcept {
  std::uint64_t count = 0;
  static_cast<void>(!::read(live_wakeup(place_), &count, sizeof count));
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
        return all_read();
      case live::Ring::Read::lapped:
        tell_lapped();
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

// What a feed says to have written was written before it said so.
void LiveBus::all_read() {
  for (WorkerFeed* feed : feeds_) {
    const live::Lsn written = feed->written();
    if (ring_.head() == at_) feed->read_up_to(written);
  }
  if (ring_.head() != at_ && !turn_.posted) {
    ngx_post_event(&turn_, &ngx_posted_next_events);
  }
}

void LiveBus::deliver(std::string_view bytes) {
  std::optional<live::Record> record = live::parse_record(bytes);
  if (!record) return;
  switch (record->kind) {
    case live::RecordKind::published:
      return deliver_message(*record);
    case live::RecordKind::changes:
      if (WorkerFeed* feed = feed_of(record->name))
        if (!feed->router().take(record->body, position()))
          feed->router().resync(position());
      return;
    case live::RecordKind::gap:
      return take_gap(record->name);
    case live::RecordKind::presence:
      return deliver_presence(record->body);
    case live::RecordKind::logout:
      if (sessions_ != nullptr)
        sessions_->ended(record->name, std::string(record->body));
      return;
  }
}

void LiveBus::deliver_message(const live::Record& record) {
  if (hub_.subscribers(record.name) == 0) return;
  if (record.body.empty()) return tell_resync(record.name);
  const std::string id = position().text();
  const std::string text =
      live::channel_text(topic_of(record.name), record.body, id);
  live::OutMessage out(live::MessageKind::text, text);
  hub_.deliver(record.name, out, id);
}

// To all rooms of this worker.
void LiveBus::deliver_presence(std::string_view body) {
  const std::string id = position().text();
  for (const std::string& key : hub_.names()) {
    if (!live::is_presence_topic(topic_of(key))) continue;
    const std::string text = live::channel_text(topic_of(key), body, id);
    live::OutMessage out(live::MessageKind::text, text);
    hub_.deliver(key, out, id);
  }
}

WorkerFeed* LiveBus::feed_of(std::string_view database) const {
  for (WorkerFeed* feed : feeds_)
    if (feed->database() == database) return feed;
  return nullptr;
}

// Changes of one database were missed, and with them what it has pushed.
void LiveBus::take_gap(std::string_view database) {
  if (WorkerFeed* feed = feed_of(database)) feed->router().resync(position());
  for (const std::string& key : hub_.names())
    if (database_of(key) == database) tell_resync(key);
}

void LiveBus::tell_lapped() {
  ngx_log_error(NGX_LOG_WARN, log_, 0,
                "trestle: live messages were lost, subscribers are told to "
                "resync");
  for (WorkerFeed* feed : feeds_) feed->router().resync(position());
  for (const std::string& key : hub_.names()) tell_resync(key);
  if (sessions_ != nullptr) sessions_->on_lapped();
}

void LiveBus::tell_resync(std::string_view key) {
  const std::string text = live::resync_text(topic_of(key));
  live::OutMessage out(live::MessageKind::text, text);
  hub_.deliver(key, out, position().text());
}

live::EventId LiveBus::position() const {
  return {.epoch = ring_.epoch(), .position = at_};
}

template <class Take>
bool LiveBus::walk(const live::EventId& since, Take&& take) const {
  live::Position at = since.position;
  if (since.epoch != ring_.epoch() || at > at_ || !ring_.holds(at) ||
      at_ - at > kMaxReplay)
    return false;
  std::string bytes;
  while (at < at_) {
    if (ring_.read(at, bytes) != live::Ring::Read::record) return false;
    std::optional<live::Record> record = live::parse_record(bytes);
    if (record &&
        !take(*record, live::EventId{.epoch = since.epoch, .position = at}))
      return false;
  }
  return true;
}

bool LiveBus::replay(std::string_view key, const live::EventId& since,
                     live::Outlet& outlet) const {
  return walk(since, [&](const live::Record& record, const live::EventId& at) {
    if (record.kind == live::RecordKind::gap)
      return record.name != database_of(key);
    if (record.kind != live::RecordKind::published || record.name != key)
      return true;
    if (record.body.empty()) return false;
    const std::string id = at.text();
    const std::string text = live::channel_text(topic_of(key), record.body, id);
    live::OutMessage out(live::MessageKind::text, text);
    outlet.push(out, id);
    return true;
  });
}

bool LiveBus::replay_changes(std::string_view database, Oid relation,
                             const live::EventId& since,
                             live::ChangeSink& sink) const {
  WorkerFeed* feed = feed_of(database);
  if (feed == nullptr) return false;
  live::ChangeRouter router(*feed);
  router.subscribe(relation, sink);
  return walk(since, [&](const live::Record& record, const live::EventId& at) {
    if (record.name != database) return true;
    if (record.kind == live::RecordKind::gap) return false;
    return record.kind != live::RecordKind::changes ||
           router.take(record.body, at);
  });
}

}  // namespace trestle::http
