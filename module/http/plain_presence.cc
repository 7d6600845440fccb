#include "http/plain_presence.h"

#include "http/live_worker.h"

namespace trestle::http {

PlainPresence::PlainPresence(PresenceRooms& rooms, std::string_view database,
                             std::string_view topic, live::Outlet& outlet)
    : rooms_(rooms),
      database_(database),
      topic_(topic),
      outlet_(outlet),
      ref_(LiveWorker::new_id()),
      room_(rooms.enter(database, topic, *this)) {}

PlainPresence::~PlainPresence() {
  static_cast<void>(untrack());
  rooms_.leave(database_, topic_, *this);
}

void PlainPresence::watch() {
  watches_ = true;
  outlet_.answer(live::MessageKind::text, room_.presence().plain_state(topic_));
}

void PlainPresence::track(std::string_view meta) {
  meta_ = meta;
  room_.publish(presence_record());
}

bool PlainPresence::untrack() {
  if (meta_.empty()) return false;
  meta_.clear();
  room_.publish(live::untrack_record(ref_));
  return true;
}

void PlainPresence::on_presence(PresenceNews& news) {
  if (watches_) outlet_.push(news.plain(), {});
}

std::string PlainPresence::presence_record() const {
  if (meta_.empty()) return {};
  return live::track_record(ref_, ref_, meta_, ngx_pid);
}

}  // namespace trestle::http
