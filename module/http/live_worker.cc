#include "http/live_worker.h"

#include <openssl/rand.h>

#include "base/text.h"
#include "http/config.h"
#include "http/live_query.h"
#include "http/live_zone.h"
#include "http/presence_room.h"
#include "http/realtime_room.h"

namespace trestle::http {

LiveWorker::LiveWorker(pg::Loop& loop, const MainConf& conf, ngx_log_t* log)
    : loop_(loop), queries_(std::make_unique<LiveQueries>()) {
  if (conf.live_zone == nullptr) return;
  bus_ = std::make_unique<LiveBus>(loop, hub_, conf.live_zone, log);
  rooms_ = std::make_unique<RealtimeRooms>(hub_, *bus_);
  presence_ = std::make_unique<PresenceRooms>(hub_, *bus_);
  for (const std::unique_ptr<Database>& database : conf.databases) {
    if (!database->feed) continue;
    FeedState* state =
        find_feed_state(live_feeds(conf.live_zone), database->name);
    feeds_.push_back(
        std::make_unique<WorkerFeed>(loop, *bus_, *database, state));
    bus_->attach(*feeds_.back());
  }
}

LiveWorker::~LiveWorker() { let_go(); }

live::ChangeRouter* LiveWorker::changes(const Database& database) {
  WorkerFeed* feed = feed_of(database);
  return feed != nullptr ? &feed->router() : nullptr;
}

FeedState* LiveWorker::feed_state(const Database& database) {
  WorkerFeed* feed = feed_of(database);
  return feed != nullptr ? feed->state() : nullptr;
}

void LiveWorker::want(const Database& database, live::Lsn position) {
  if (live::FeedSource* feed = feed_of(database)) feed->want(position);
}

WorkerFeed* LiveWorker::feed_of(const Database& database) {
  for (std::unique_ptr<WorkerFeed>& feed : feeds_)
    if (feed->database() == database.name) return feed.get();
  return nullptr;
}

void LiveWorker::quit() {
  for (LivePeer* peer = peers_; peer != nullptr; peer = peer->next_)
    peer->on_worker_quit();
}

void LiveWorker::let_go() {
  while (peers_ != nullptr) peers_->let_go();
}

void LiveWorker::add(LivePeer& peer) {
  (peer.is_event_stream() ? counts_.event_streams : counts_.websockets)++;
  peer.next_ = peers_;
  peer.previous_ = nullptr;
  if (peers_ != nullptr) peers_->previous_ = &peer;
  peers_ = &peer;
}

void LiveWorker::remove(LivePeer& peer) {
  (peer.is_event_stream() ? counts_.event_streams : counts_.websockets)--;
  if (peer.next_ != nullptr) peer.next_->previous_ = peer.previous_;
  (peer.previous_ != nullptr ? peer.previous_->next_ : peers_) = peer.next_;
}

std::optional<live::MessageForm> LiveWorker::form_of(
    const LiveLocation& location) const {
  auto found = forms_.find(&location);
  if (found == forms_.end()) return std::nullopt;
  return found->second;
}

void LiveWorker::set_form(const LiveLocation& location,
                          live::MessageForm form) {
  forms_[&location] = form;
}

void LiveWorker::forget_form(const LiveLocation& location) {
  forms_.erase(&location);
}

std::string LiveWorker::new_id() {
  unsigned char bytes[16] = {};
  static_cast<void>(RAND_bytes(bytes, sizeof bytes));
  return base64url_encode({reinterpret_cast<char*>(bytes), sizeof bytes});
}

}  // namespace trestle::http
