#include "live/changes.h"

#include <algorithm>
#include <charconv>

#include "live/change_record.h"

namespace trestle::live {

bool snapshot_sees(std::string_view snapshot, std::uint32_t xid) {
  std::uint64_t numbers[2] = {};
  const char* at = snapshot.data();
  const char* const end = at + snapshot.size();
  for (std::uint64_t& number : numbers) {
    at = std::from_chars(at, end, number).ptr;
    if (at != end) at++;
  }
  const auto [xmin, xmax] = numbers;
  // The whole number is the one nearest to the snapshot's.
  std::uint64_t whole = (xmax & ~std::uint64_t{0xffffffff}) | xid;
  constexpr std::uint64_t kEpoch = std::uint64_t{1} << 32;
  if (whole > xmax + kEpoch / 2 && whole >= kEpoch) whole -= kEpoch;
  if (whole + kEpoch / 2 < xmax) whole += kEpoch;
  if (whole < xmin) return true;
  if (whole >= xmax) return false;
  while (at != end) {
    std::uint64_t running = 0;
    const auto read = std::from_chars(at, end, running);
    if (read.ec != std::errc() || running == whole) return false;
    at = read.ptr == end ? end : read.ptr + 1;
  }
  return true;
}

// --- who listens -------------------------------------------------------------

void ChangeRouter::subscribe(Oid relation, ChangeSink& sink) {
  Sinks& sinks = sinks_[relation];
  if (std::ranges::find(sinks, &sink) != sinks.end()) return;
  sinks.push_back(&sink);
  subscriptions_[&sink]++;
}

void ChangeRouter::unsubscribe(Oid relation, ChangeSink& sink) {
  auto found = sinks_.find(relation);
  if (found == sinks_.end()) return;
  if (std::ranges::find(found->second, &sink) == found->second.end()) return;
  remove(found->second, sink);
  if (--subscriptions_[&sink] == 0) forget_sink(sink);
  tidy();
}

void ChangeRouter::unsubscribe(ChangeSink& sink) {
  for (auto& [relation, sinks] : sinks_) remove(sinks, sink);
  forget_sink(sink);
  tidy();
}

void ChangeRouter::remove(Sinks& sinks, const ChangeSink& sink) {
  if (telling_)
    std::ranges::replace(sinks, &sink, nullptr);
  else
    std::erase(sinks, &sink);
}

void ChangeRouter::forget_sink(ChangeSink& sink) {
  subscriptions_.erase(&sink);
  remove(touched_, sink);
}

void ChangeRouter::tidy() {
  if (telling_) return;
  for (auto& [relation, sinks] : sinks_) std::erase(sinks, nullptr);
  std::erase_if(sinks_, [](const auto& entry) { return entry.second.empty(); });
  std::erase(touched_, nullptr);
}

// --- what they are told ------------------------------------------------------

void ChangeRouter::touch(ChangeSink& sink) {
  if (std::ranges::find(touched_, &sink) == touched_.end())
    touched_.push_back(&sink);
}

// By index: sinks may be added meanwhile.
template <class Tell>
void ChangeRouter::tell(Oid relation, Tell&& tell) {
  auto found = sinks_.find(relation);
  if (found == sinks_.end()) return;
  Sinks& sinks = found->second;
  for (std::size_t i = 0, count = sinks.size(); i < count; i++) {
    if (sinks[i] == nullptr) continue;
    touch(*sinks[i]);
    tell(*sinks[i]);
  }
}

// Takes one record's messages to the sinks.
class ChangeRouter::Dispatch final : public FeedEvents {
 public:
  explicit Dispatch(ChangeRouter& router) : router_(router) {}

  void on_begin(Lsn, std::uint32_t) override {}
  void on_commit(Lsn, Lsn) override {}
  void on_relation(const FeedRelation&) override {}
  void on_row(const RowChange& change) override {
    router_.tell(change.relation.oid,
                 [&](ChangeSink& sink) { sink.on_row(change); });
  }
  void on_truncate(const FeedRelation& relation) override {
    router_.tell(relation.oid,
                 [&](ChangeSink& sink) { sink.on_truncate(relation); });
  }
  void on_message(bool, Lsn, std::string_view, std::string_view) override {}

 private:
  ChangeRouter& router_;
};

bool ChangeRouter::take(std::string_view body, const EventId& id) {
  std::optional<ChangeRecordView> record = parse_change_record(body);
  if (!record) return false;
  const CommitPoint at = {.lsn = record->lsn, .xid = record->xid, .id = id};
  const bool wanted = std::ranges::any_of(
      record->relations, [&](Oid oid) { return sinks_.contains(oid); });
  telling_ = true;
  bool good = true;
  if (record->left_out) {
    for (Oid relation : record->relations) resync_relation(relation, at);
  } else if (wanted) {
    Dispatch dispatch(*this);
    decoder_.reset();
    std::string_view left = record->messages;
    while (good && !left.empty()) {
      std::optional<std::string_view> message = ChangeRecord::next(left);
      good = message && decoder_.decode(*message, dispatch).ok();
    }
  }
  if (record->last) commit(at);
  telling_ = false;
  tidy();
  return good;
}

void ChangeRouter::resync_relation(Oid relation, const CommitPoint& at) {
  tell(relation, [&](ChangeSink& sink) { sink.on_resync(at); });
}

void ChangeRouter::commit(const CommitPoint& at) {
  for (std::size_t i = 0; i < touched_.size(); i++)
    if (touched_[i] != nullptr) touched_[i]->on_commit(at);
  touched_.clear();
}

void ChangeRouter::resync(const EventId& id) {
  const CommitPoint at = {.lsn = 0, .xid = 0, .id = id};
  touched_.clear();
  telling_ = true;
  for (auto& [relation, sinks] : sinks_)
    for (ChangeSink* sink : sinks) touch(*sink);
  for (std::size_t i = 0; i < touched_.size(); i++)
    if (touched_[i] != nullptr) touched_[i]->on_resync(at);
  touched_.clear();
  telling_ = false;
  tidy();
}

// --- the position ------------------------------------------------------------

void ChangeRouter::wait_for(Lsn lsn, FeedWaiter& waiter) {
  waiting_.push_back({lsn, &waiter});
  source_.want(lsn);
}

void ChangeRouter::forget(FeedWaiter& waiter) {
  std::erase_if(waiting_,
                [&](const Waiting& w) { return w.waiter == &waiter; });
}

void ChangeRouter::pass(Lsn position) {
  position_ = position;
  // Each may forget others and wait anew.
  while (true) {
    auto due = std::ranges::find_if(
        waiting_, [&](const Waiting& w) { return w.lsn <= position; });
    if (due == waiting_.end()) return;
    FeedWaiter* waiter = due->waiter;
    waiting_.erase(due);
    waiter->on_feed_passed();
  }
}

}  // namespace trestle::live
