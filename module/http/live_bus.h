// Carries published messages between all workers: one publishes into the ring
// and wakes the others; each delivers what it reads to its own subscribers. So
// all workers deliver in the same order.
//
// A worker that was overtaken tells every subscriber to resync. The same ring
// brings the changes of databases that have a feed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/live_zone.h"
#include "http/nginx.h"
#include "http/worker_feed.h"
#include "live/dialect.h"
#include "live/hub.h"
#include "live/ring.h"
#include "pg/loop.h"

namespace trestle::http {

class SessionWatch;

class LiveBus {
 public:
  // The zone outlives it. Starts at the newest message.
  LiveBus(pg::Loop& loop, live::Hub& hub, const ngx_shm_zone_t* zone,
          ngx_log_t* log);
  ~LiveBus();
  LiveBus(const LiveBus&) = delete;
  LiveBus& operator=(const LiveBus&) = delete;

  // `key` is topic_key() of the topic. Delivered in a later turn, to our own
  // subscribers as well. nullopt: the message is too large for the ring.
  [[nodiscard]] std::optional<live::EventId> publish(std::string_view key,
                                                     std::string_view data);

  // Tells all workers, ours in a later turn, that a session has ended.
  void publish_logout(std::string_view database, std::string_view session);
  // Who is told of it. Outlives the bus's last turn.
  void attach(SessionWatch& sessions) { sessions_ = &sessions; }

  // Changes of the feed's database go to its router. It outlives the bus's
  // last turn.
  void attach(WorkerFeed& feed) { feeds_.push_back(&feed); }
  // Delivers what has come, now.
  void read() { drain(); }

  // What is behind this place will be delivered to those who are here now.
  [[nodiscard]] live::EventId position() const;

  // Pushes to one outlet what was published to `key` behind `since`, up to
  // position(). False: some of it is gone.
  [[nodiscard]] bool replay(std::string_view key, const live::EventId& since,
                            live::Outlet& outlet) const;

  // Tells the sink what the ring holds of a relation's changes behind `since`,
  // up to position(). False: some of it is gone.
  [[nodiscard]] bool replay_changes(std::string_view database, Oid relation,
                                    const live::EventId& since,
                                    live::ChangeSink& sink) const;

 private:
  void bury_dead();
  [[nodiscard]] std::optional<live::Position> write(const live::Record& record);
  void take_place();
  void on_wakeup() noexcept;
  void on_quit() noexcept {}
  static void on_turn(ngx_event_t* event) noexcept;
  void drain();
  void deliver(std::string_view bytes);
  void deliver_message(const live::Record& record);
  void deliver_presence(std::string_view body);
  void all_read();
  void take_gap(std::string_view database);
  void tell_lapped();
  void tell_resync(std::string_view key);
  // Calls `take` with each record behind `since`, until it answers false.
  template <class Take>
  [[nodiscard]] bool walk(const live::EventId& since, Take&& take) const;
  [[nodiscard]] WorkerFeed* feed_of(std::string_view database) const;

  live::Hub& hub_;
  const ngx_shm_zone_t* zone_;
  live::Ring ring_;
  std::span<LivePlace> places_;
  ngx_log_t* log_;
  std::size_t place_ = kLivePlaces;  // kLivePlaces: none was free
  live::Position at_ = 0;
  std::string record_;
  std::vector<WorkerFeed*> feeds_;
  SessionWatch* sessions_ = nullptr;
  std::unique_ptr<pg::Watch> watch_;
  EventOwner owner_;
  ngx_event_t turn_ = {};
};

}  // namespace trestle::http
