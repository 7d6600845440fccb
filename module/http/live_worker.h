// What all live connections of a worker share: the buffer they read into, the
// compressors, and a list by which they are found when the worker ends.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/live_bus.h"
#include "http/nginx.h"
#include "http/worker_feed.h"
#include "live/calls.h"
#include "live/hub.h"
#include "live/session.h"

namespace trestle::http {

struct Database;
struct LiveLocation;
struct MainConf;
class LiveQueries;
class PresenceRooms;
class RealtimeRooms;

// Something that holds a connection and must let go of it when the worker is
// told to stop at once.
class LivePeer {
 public:
  LivePeer() = default;
  LivePeer(const LivePeer&) = delete;
  LivePeer& operator=(const LivePeer&) = delete;

  virtual ~LivePeer() = default;
  virtual void let_go() noexcept = 0;
  [[nodiscard]] virtual bool is_event_stream() const noexcept { return false; }
  // The worker finishes gracefully.
  virtual void on_worker_quit() noexcept {}

 private:
  friend class LiveWorker;
  LivePeer* next_ = nullptr;
  LivePeer* previous_ = nullptr;
};

class LiveWorker {
 public:
  // `conf` outlives it.
  LiveWorker(pg::Loop& loop, const MainConf& conf, ngx_log_t* log);
  ~LiveWorker();
  LiveWorker(const LiveWorker&) = delete;
  LiveWorker& operator=(const LiveWorker&) = delete;

  // Tells all connections that the worker finishes.
  void quit();
  // Ends all connections at once.
  void let_go();

  void add(LivePeer& peer);
  void remove(LivePeer& peer);

  // Its content counts until the event loop's next handler.
  [[nodiscard]] std::span<u_char> read_buffer() { return read_buffer_; }
  [[nodiscard]] pg::Loop& loop() { return loop_; }
  [[nodiscard]] live::Deflaters& deflaters() { return deflaters_; }
  [[nodiscard]] live::Hub& hub() { return hub_; }
  // Null: no location has channels, and no database a feed.
  [[nodiscard]] LiveBus* bus() { return bus_.get(); }
  // What the process that reads its feed tells. Null: there is none.
  [[nodiscard]] FeedState* feed_state(const Database& database);
  // Has the feed pass a position soon.
  void want(const Database& database, live::Lsn position);
  // Where consumers hear of changes in the database. Null: it has no feed.
  [[nodiscard]] live::ChangeRouter* changes(const Database& database);
  [[nodiscard]] LiveQueries& queries() { return *queries_; }
  // Only where there is a bus.
  [[nodiscard]] RealtimeRooms& rooms() { return *rooms_; }
  [[nodiscard]] PresenceRooms& presence() { return *presence_; }
  struct Counts {
    std::size_t websockets = 0;
    std::size_t event_streams = 0;
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }

  // How the location's on_message takes messages, as far as it is known.
  [[nodiscard]] std::optional<live::MessageForm> form_of(
      const LiveLocation& location) const;
  void set_form(const LiveLocation& location, live::MessageForm form);
  void forget_form(const LiveLocation& location);

  // A new name for a connection, that nobody can guess.
  [[nodiscard]] static std::string new_id();

 private:
  [[nodiscard]] WorkerFeed* feed_of(const Database& database);

  pg::Loop& loop_;
  std::array<u_char, 16 * 1024> read_buffer_;
  live::Deflaters deflaters_;
  live::Hub hub_;
  std::unique_ptr<LiveBus> bus_;
  std::vector<std::unique_ptr<WorkerFeed>> feeds_;
  std::unique_ptr<LiveQueries> queries_;
  std::unique_ptr<RealtimeRooms> rooms_;
  std::unique_ptr<PresenceRooms> presence_;
  std::unordered_map<const LiveLocation*, live::MessageForm> forms_;
  LivePeer* peers_ = nullptr;
  Counts counts_;
};

}  // namespace trestle::http
