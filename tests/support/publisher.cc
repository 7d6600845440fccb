#include "support/publisher.h"

#include <libpq-fe.h>
#include <poll.h>

#include <memory>

namespace trestle::testing {

Publisher::Publisher(std::string conninfo, Milliseconds pause)
    : conninfo_(std::move(conninfo)), pause_(pause) {
  thread_ = std::thread([this] { run(); });
}

void Publisher::stop() {
  stop_.store(true);
  if (thread_.joinable()) thread_.join();
}

void Publisher::run() {
  using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
  using Outcome = std::unique_ptr<PGresult, decltype(&PQclear)>;
  Connection connection(nullptr, PQfinish);
  while (!stop_.load()) {
    poll(nullptr, 0, static_cast<int>(pause_.count()));
    if (connection == nullptr || PQstatus(connection.get()) != CONNECTION_OK) {
      connection.reset(PQconnectdb(conninfo_.c_str()));
      // A server that dies says so on standard error otherwise.
      PQsetNoticeProcessor(
          connection.get(), [](void*, const char*) {}, nullptr);
      continue;
    }
    const std::string push = "select trestle.push('ticks', '" +
                             std::to_string(last_.fetch_add(1) + 1) + "')";
    const Outcome outcome(PQexec(connection.get(), push.c_str()), PQclear);
    if (PQresultStatus(outcome.get()) == PGRES_TUPLES_OK) commits_.fetch_add(1);
  }
}

}  // namespace trestle::testing
