// RowSink receives what a plan's statements answer. pg/ calls it from the event
// loop; a front-end implements it to turn rows into JSON, CSV or HTML.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sql/statement.h"

namespace trestle {

// A column of a result, from PostgreSQL's RowDescription.
struct ResultColumn {
  std::string name;
  Oid type = 0;
};

// One value in text format. A NULL has data() == nullptr; an empty text has
// size 0 and data() != nullptr.
using Cell = std::string_view;
[[nodiscard]] inline bool is_null(Cell cell) { return cell.data() == nullptr; }

// What PostgreSQL said of a failed statement (fields of ErrorResponse), or what
// Trestle says in its own name when no server answered (sqlstate empty).
struct RunError {
  enum class Kind {
    database,     // an ErrorResponse: sqlstate is set
    unavailable,  // no connection could be had: nothing has run
    overload,     // queue full or wait over: nothing has run
    lost,      // the connection died while it ran: outcome unknown if a write
    timeout,   // our guard timer fired
    canceled,  // the client left
  };
  Kind kind = Kind::database;
  std::string sqlstate;
  std::string message;
  std::optional<std::string> detail;
  std::optional<std::string> hint;
  // Of a constraint violation: whom to blame in a form. Empty when not sent.
  std::string constraint;
  std::string table;
  std::string column;
  std::size_t statement = 0;  // index in the plan
};

class RowSink {
 public:
  virtual ~RowSink() = default;

  // Once per statement that answers rows, before its first row. The columns
  // live until the statement ends.
  virtual void on_columns(std::size_t statement,
                          std::span<const ResultColumn> columns) = 0;

  // Once per row. The cells live for this call only. False asks the sender to
  // pause: no more rows come until the run is resumed; a few that were read
  // already may still follow.
  [[nodiscard]] virtual bool on_row(std::size_t statement,
                                    std::span<const Cell> cells) = 0;

  // The statement has ended well. `affected`: rows of the command tag.
  virtual void on_statement_done(std::size_t statement,
                                 std::uint64_t affected) = 0;

  // The transaction has committed: what was answered holds. Last call.
  virtual void on_done() = 0;

  // Nothing of it holds (but see RunError::Kind::lost). Last call.
  virtual void on_error(const RunError& error) = 0;

  // The run is paused, and its connection is wanted. True: the rest is taken
  // without another pause, and the run resumed in a turn of its own. False: it
  // cannot be.
  [[nodiscard]] virtual bool make_way() { return false; }

  // Who cannot make way holds a connection too many: the run is to be left.
  virtual void give_up() {}
};

}  // namespace trestle
