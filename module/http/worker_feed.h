// A database's changes in one worker: the router that consumers subscribe to,
// and what it must know of the process that reads the feed. With
// `feed poll=TIME` there is no such process: consumers are told at intervals
// that anything may have changed.
#pragma once

#include <memory>
#include <string>

#include "http/database.h"
#include "http/feed_nudge.h"
#include "http/feed_state.h"
#include "live/changes.h"
#include "pg/loop.h"

namespace trestle::http {

class LiveBus;

class WorkerFeed final : public live::FeedSource {
 public:
  // All outlive it. `state` null: there were too many.
  WorkerFeed(pg::Loop& loop, LiveBus& bus, const Database& database,
             FeedState* state);

  [[nodiscard]] live::ChangeRouter& router() { return router_; }
  [[nodiscard]] const std::string& database() const { return name_; }

  // Null: there is no process that reads it.
  [[nodiscard]] FeedState* state() { return state_; }
  // Everything that committed before it is in the ring.
  [[nodiscard]] live::Lsn written() const;
  // The ring has been read as far as that.
  void read_up_to(live::Lsn position);

 private:
  live::FeedStatus status() const override;
  std::string problem() const override;
  void want(live::Lsn lsn) override;
  void on_poll() noexcept;
  void on_turn() noexcept;
  void on_look() noexcept;

  LiveBus& bus_;
  const Database& database_;
  std::string name_;
  FeedState* state_;
  pg::Milliseconds poll_;
  live::Lsn wanted_ = 0;
  std::unique_ptr<pg::Timer> timer_;
  std::unique_ptr<pg::Timer> turn_;
  std::unique_ptr<pg::Timer> look_;  // which server is the primary
  FeedNudge nudge_;
  live::ChangeRouter router_;
};

}  // namespace trestle::http
