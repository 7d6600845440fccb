// What the database alone costs: prepared statements pipelined over libpq on a
// few connections, 16 in flight on each, without HTTP and JSON.
//
//   libpq_floor CONNINFO SECONDS        prints how many were answered
#include <libpq-fe.h>
#include <poll.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

namespace {

constexpr std::size_t kConnections = 4;
constexpr int kInFlight = 16;
constexpr const char* kSql = "select id, name from item where id = $1";

struct Connection {
  PGconn* pg = nullptr;
  int in_flight = 0;
};

[[noreturn]] void fail(PGconn* connection) {
  std::fputs(PQerrorMessage(connection), stderr);
  std::exit(1);
}

Connection open(const char* conninfo) {
  Connection made{.pg = PQconnectdb(conninfo)};
  PGresult* prepared = PQprepare(made.pg, "one", kSql, 0, nullptr);
  if (PQresultStatus(prepared) != PGRES_COMMAND_OK) fail(made.pg);
  PQclear(prepared);
  if (PQsetnonblocking(made.pg, 1) != 0 || PQenterPipelineMode(made.pg) != 1)
    fail(made.pg);
  return made;
}

void fill(Connection& connection, std::minstd_rand& random) {
  for (; connection.in_flight < kInFlight; connection.in_flight++) {
    const std::string id = std::to_string(1 + random() % 10'000);
    const char* values[] = {id.c_str()};
    if (PQsendQueryPrepared(connection.pg, "one", 1, values, nullptr, nullptr,
                            0) != 1 ||
        PQpipelineSync(connection.pg) != 1)
      fail(connection.pg);
  }
  if (PQflush(connection.pg) < 0) fail(connection.pg);
}

// How many were answered.
std::uint64_t read(Connection& connection) {
  std::uint64_t answered = 0;
  if (PQconsumeInput(connection.pg) == 0) fail(connection.pg);
  while (connection.in_flight > 0 && PQisBusy(connection.pg) == 0) {
    PGresult* result = PQgetResult(connection.pg);
    if (result == nullptr) continue;  // between a result and its Sync
    const ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    if (status != PGRES_PIPELINE_SYNC) continue;
    connection.in_flight--;
    answered++;
  }
  return answered;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::array<Connection, kConnections> connections;
  std::array<pollfd, kConnections> sockets;
  for (std::size_t i = 0; i < kConnections; i++) {
    connections[i] = open(argv[1]);
    sockets[i] = {PQsocket(connections[i].pg), POLLIN, 0};
  }
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::duration<double>(std::atof(argv[2]));
  std::minstd_rand random(7);
  std::uint64_t answered = 0;
  for (Connection& connection : connections) fill(connection, random);
  while (std::chrono::steady_clock::now() < end) {
    poll(sockets.data(), sockets.size(), 1'000);
    for (std::size_t i = 0; i < kConnections; i++) {
      if (sockets[i].revents == 0) continue;
      answered += read(connections[i]);
      fill(connections[i], random);
    }
  }
  for (Connection& connection : connections) PQfinish(connection.pg);
  std::printf("%lu\n", answered);
}
