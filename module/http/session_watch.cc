#include "http/session_watch.h"

#include "http/database_sessions.h"
#include "http/runtime.h"

namespace trestle::http {

SessionWatch::SessionWatch(Runtime& runtime, std::size_t databases)
    : runtime_(runtime), databases_(databases) {}

SessionWatch::~SessionWatch() = default;

void SessionWatch::clear() { databases_.clear(); }

void SessionWatch::add(const Database& database, StreamIdentity& stream) {
  std::unique_ptr<DatabaseSessions>& sessions = databases_[database.index];
  if (sessions == nullptr)
    sessions = std::make_unique<DatabaseSessions>(runtime_, database);
  sessions->add(stream);
}

void SessionWatch::remove(const Database& database, StreamIdentity& stream) {
  databases_[database.index]->remove(stream);
}

void SessionWatch::ended(std::string_view database,
                         const std::string& session) {
  for (std::unique_ptr<DatabaseSessions>& sessions : databases_)
    if (sessions != nullptr && sessions->database().name == database)
      sessions->end(session);
}

void SessionWatch::on_lapped() {
  for (std::unique_ptr<DatabaseSessions>& sessions : databases_)
    if (sessions != nullptr) sessions->doubt_all();
}

}  // namespace trestle::http
