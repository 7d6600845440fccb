// Many clients at once from one thread: each sends a request, takes the answer,
// sends the next, for a time or a number of requests; or, with a rate, requests
// are due at fixed times whatever the answers do. The test says what each
// request is and judges each outcome; faults are injected in between by tick.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "support/http_client.h"

namespace trestle::testing {

// How one request ended.
enum class Outcome {
  answered,   // a whole answer
  cut,        // the connection broke in the middle of the answer, or before it
  stale,      // a connection that had answered before was closed before a byte
              // of this answer: the race that every HTTP/1.1 server has
  refused,    // no connection
  timed_out,  // nothing whole within Load::deadline
  aborted,    // we left, as Load::leave_after asked for
  garbage,    // not HTTP
};

struct LoadResult {
  int client = 0;
  std::uint64_t number = 0;  // of this client's requests, from 0
  std::uint64_t order = 0;   // of all clients' requests, from 0
  Outcome outcome = Outcome::answered;
  Response response;  // of an answered one
  double ms = 0;      // from the first byte sent, or due, to the outcome
};

struct LoadCounts {
  std::uint64_t answered = 0;
  std::uint64_t ok = 0;      // answered with 2xx
  std::uint64_t failed = 0;  // cut, refused, timed out, garbage
  std::uint64_t stale = 0;
  std::uint64_t aborted = 0;
  double worst_ms = 0;

  [[nodiscard]] std::string text() const;
};

struct Load {
  Address address;
  int clients = 8;
  bool keep_alive = true;  // false: a new connection for each request
  Milliseconds deadline{30'000};
  // Requests per second of all clients together; a request takes any client
  // that is free. 0: each client sends its next one at once.
  double rate = 0;

  // The bytes of a client's next request.
  std::function<std::string(int client, std::uint64_t number)> request = {};
  // Called with each outcome.
  std::function<void(const LoadResult&)> done = {};
  // How long until this request is given up by closing its connection, with
  // RST; negative: not at all.
  std::function<int(int client, std::uint64_t number)> leave_after_ms = {};
  // Called between two waits, at least each 20 ms.
  std::function<void()> tick = {};

  // Sends until the time is over, or the number is reached, then takes the
  // answers that are due. Both 0: until tick has set `stop`.
  LoadCounts run(Milliseconds time, std::uint64_t requests = 0);
  bool stop = false;
};

}  // namespace trestle::testing
