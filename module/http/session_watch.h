// Ends what is open in the name of a session when the session ends, in all
// workers.
//
//  (1) A log-out, or a login in its place, that went through this nginx is told
//      through the ring: LiveBus calls ended() in every worker.
//  (2) Sessions in a table may end without us: the rows of those that have
//      streams are asked for every session_recheck, and at once when the change
//      feed tells of theirs.
//  (3) A session whose row says something else than when its stream was opened
//      has ended, too: whoever comes back is who the row names.
//  (4) A worker that was overtaken by the ring cannot know who has logged out:
//      rows are asked for, and streams of sessions in cookies end.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/database.h"

namespace trestle::http {

class DatabaseSessions;
class Runtime;
class StreamIdentity;

class SessionWatch {
 public:
  // The runtime outlives it.
  SessionWatch(Runtime& runtime, std::size_t databases);
  ~SessionWatch();
  SessionWatch(const SessionWatch&) = delete;
  SessionWatch& operator=(const SessionWatch&) = delete;

  // An identity with a session, until it is removed or its session has ended.
  void add(const Database& database, StreamIdentity& stream);
  void remove(const Database& database, StreamIdentity& stream);

  // Nobody has a stream any more.
  void clear();

  // --- for LiveBus
  void ended(std::string_view database, const std::string& session);
  void on_lapped();

 private:
  Runtime& runtime_;
  std::vector<std::unique_ptr<DatabaseSessions>> databases_;  // by index
};

}  // namespace trestle::http
