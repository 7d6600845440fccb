// What every front-end is (SQL files, REST, GraphQL, pages): it decides what a
// request asks of the database and turns the rows into the answer. http/ reads
// the request, runs the work on a pool and carries the answer; neither knows
// the other's side.
//
//   request -> begin(): plan, sql -> run (pg/) -> Work::answer: response
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auth/identity.h"
#include "base/http_message.h"
#include "base/result.h"
#include "sql/row_sink.h"
#include "sql/statement.h"

namespace trestle::catalog {
class Catalog;
}

namespace trestle {

// What the server knows of a request besides the message itself. Views live as
// long as the request.
class RequestFacts {
 public:
  virtual ~RequestFacts() = default;

  // The value of `trestle_param name ...;`.
  [[nodiscard]] virtual std::optional<std::string_view> param(
      std::string_view name) const = 0;
  // A named capture of the location's or server name's regular expression.
  [[nodiscard]] virtual std::optional<std::string_view> capture(
      std::string_view name) const = 0;
  // The server's variable $name. Only names that the front-end has announced
  // with variables() are known.
  [[nodiscard]] virtual std::optional<std::string_view> variable(
      std::string_view name) const = 0;
};

// Time as its owner measures it: the core has no clock of its own.
class Clock {
 public:
  virtual ~Clock() = default;
  // Monotonic.
  [[nodiscard]] virtual std::uint64_t now_us() const = 0;
};

// Where a front-end tells the administrator what the client is not told.
class Log {
 public:
  virtual ~Log() = default;
  virtual void error(std::string_view message) const = 0;
};

// An answer that somebody follows: the request is run again when the data has
// changed. What the front-end and whoever runs it tell each other.
struct LiveState {
  // In: where the last batch of a stream ended. Out: where this one ends.
  std::optional<std::string> cursor = std::nullopt;
  // Out: the request itself asks to be followed (a GraphQL subscription).
  bool subscription = false;
  // Out: it is a stream; every batch is told, and the next begins at `cursor`.
  bool stream = false;
  // Out: the stream has nothing that is new.
  bool nothing_new = false;
};

// One request as begin() sees it. All members outlive the answer.
struct Exchange {
  const Request& request;
  const auth::Identity& identity;
  const RequestFacts& facts;
  // Null when it has not been loaded yet, and the front-end does not need it.
  std::shared_ptr<const catalog::Catalog> catalog;
  // Seconds since 1970.
  std::int64_t now = 0;
  ResponseSink& response;
  // Null where nobody measures. Outlives the answer.
  const Clock* clock = nullptr;
  // What it took to tell who is asking.
  std::uint64_t identity_us = 0;
  // Null where nobody reads it. Outlives the answer.
  const Log* log = nullptr;
  // Null: the answer is given once. Outlives the answer.
  LiveState* live = nullptr;
};

struct Work;

// More to run for the same request, in a transaction of its own, when the first
// is over: the page that shows what was wrong with a form.
class Continuation {
 public:
  virtual ~Continuation() = default;
  // Asked once the run's last call has returned. nullopt: the answer is given.
  [[nodiscard]] virtual std::optional<Work> take_next() = 0;
};

// What is to be run for one request.
struct Work {
  Plan plan;
  Settings settings;  // role first; request_settings() makes them
  // Receives the rows and writes the answer to Exchange::response, errors
  // included. Lives until its last call has returned.
  std::unique_ptr<RowSink> answer;
  // Null, or `answer` itself.
  Continuation* continuation = nullptr;
  // The database to run it on, by its name in the configuration; empty: the
  // location's.
  std::string database = {};
  // Not empty: there is no plan; a location of this server is asked for this
  // path, as the same visitor. `answer` gets one row of two cells, status and
  // body.
  std::string subrequest = {};
};

// What PostgreSQL says of a statement that it was asked to describe.
struct Description {
  std::vector<std::string> columns;  // none of a statement without rows
  std::optional<RunError> error;
};

// A server variable that a file asks for by that very name (:var.x).
struct NeededVariable {
  std::string name;
  std::string file;  // as shown
  int line = 0;
};

// The handler of one location. Made at configuration load, immutable then:
// requests share it.
class Frontend {
 public:
  virtual ~Frontend() = default;

  // Plans the request. A value: run it, the answer follows from its rows.
  // nullopt: the answer has been given to `exchange.response` already.
  // May be called a second time for the same request, before anything was
  // answered, when the catalog has changed under the first plan.
  [[nodiscard]] virtual std::optional<Work> begin(
      const Exchange& exchange) const = 0;

  // Whether its answers to GET may be followed (Exchange::live).
  [[nodiscard]] virtual bool can_be_live() const { return false; }
  // Its answers are pages: of one that is followed, the live blocks count.
  [[nodiscard]] virtual bool answers_pages() const { return false; }
  // Whether an answer may depend on cookies other than the session's.
  [[nodiscard]] virtual bool reads_cookies() const { return false; }

  // Whether an answer to GET or POST may depend on that header, besides by the
  // settings of its statements. Who reads another one says so here.
  [[nodiscard]] virtual bool reads_header(std::string_view name) const {
    static_cast<void>(name);
    return true;
  }

  // Whether begin() cannot do without a catalog snapshot. Without it, begin()
  // is given one as soon as it has been loaded.
  [[nodiscard]] virtual bool needs_catalog() const { return false; }

  // The names of server variables and captures that begin() may ask for.
  // Called once, at configuration load.
  [[nodiscard]] virtual std::vector<std::string> variables() const {
    return {};
  }

  // Statements whose description tells mistakes that no request need find: a
  // worker has them described when it starts. Borrowed from the front-end.
  [[nodiscard]] virtual std::vector<SqlRef> statements() const { return {}; }

  // The mistakes, one line each, "FILE:LINE: what"; descriptions in the order
  // of statements().
  [[nodiscard]] virtual std::vector<std::string> mistakes(
      std::span<const Description> descriptions) const {
    static_cast<void>(descriptions);
    return {};
  }

  // Those of them that must exist. Called once, at configuration load.
  [[nodiscard]] virtual std::vector<NeededVariable> needed_variables() const {
    return {};
  }

  // Answers a request that was refused before begin() could see it: a bad
  // token, a body that is too large, a database that is away. The default is
  // error_body() with a JSON content type.
  virtual void refuse(const Request& request, const Error& error,
                      ResponseSink& response) const;
};

}  // namespace trestle
