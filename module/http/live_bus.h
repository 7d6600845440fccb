// Carries published messages between all workers: one publishes into the ring
// and wakes the others; each delivers what it reads to its own subscribers. So
// all workers deliver in the same order.
//
// A worker that was overtaken tells every subscriber to resync.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/live_zone.h"
#include "http/nginx.h"
#include "live/dialect.h"
#include "live/hub.h"
#include "live/ring.h"
#include "pg/loop.h"

namespace trestle::http {

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

  // What is behind this place will be delivered to those who are here now.
  [[nodiscard]] live::EventId position() const;

  // Pushes to one outlet what was published to `key` behind `since`, up to
  // position(). False: some of it is gone.
  [[nodiscard]] bool replay(std::string_view key, const live::EventId& since,
                            live::Outlet& outlet) const;

 private:
  void take_place();
  void wake_others();
  void on_wakeup() noexcept;
  void on_quit() noexcept {}
  static void on_turn(ngx_event_t* event) noexcept;
  void drain();
  void deliver(std::string_view record);
  void tell_resync();

  live::Hub& hub_;
  live::Ring ring_;
  std::span<LivePlace> places_;
  ngx_log_t* log_;
  std::size_t place_ = kLivePlaces;  // kLivePlaces: none was free
  live::Position at_ = 0;
  std::string record_;
  std::unique_ptr<pg::Watch> watch_;
  EventOwner owner_;
  ngx_event_t turn_ = {};
};

// Topics belong to a database: two databases' topics of one name are two.
[[nodiscard]] std::string topic_key(std::string_view database,
                                    std::string_view topic);
[[nodiscard]] std::string_view topic_of(std::string_view key);

}  // namespace trestle::http
