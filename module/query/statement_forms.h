// The SQL that one statement of a file is run as, and what has been learnt of
// its result's types.
//
// Rows arrive as text, and JSON is made of it here; but the text of a
// composite, or of an array of a user's type, does not say enough. Which types
// a statement answers is known to PostgreSQL alone, so the first JSON run of a
// statement in a process is a probe:
//
//   with trestle_row as (STATEMENT)
//     select trestle_row.*, row_to_json(trestle_row.*) from trestle_row
//
// It answers right whatever the types are, and tells them. From then on the
// statement runs as it is written, when all types have a direct form, or with
// to_json() of those columns that have none. Every run compares the types it
// meets with those learnt, so that a changed table is noticed, not misread: a
// read is run once more then. What a write answers may have been committed when
// it is noticed, so a write is run as a probe each time. And a form that names
// columns is learnt anew with each catalog, for it would fail on one that has
// gone.
//
// A statement that changes data and may answer one row only has that checked by
// the server (wrap_rows(), single_row), so that a second row undoes the change.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sql/handler_file.h"
#include "sql/row_sink.h"
#include "sql/statement.h"

namespace trestle::query {

// One way to run a statement. Immutable; a request keeps the one it began with.
struct RowForm {
  enum class Kind {
    plain,  // the statement's own columns
    probe,  // and the row's JSON behind them
    mixed,  // and to_json() of some of them behind them
  };
  Kind kind = Kind::plain;
  SqlRef sql = {};
  bool is_wrapped = false;      // not the text as the file has it
  std::vector<Oid> types = {};  // mixed: of the statement's own columns
  std::vector<int> json_at =
      {};  // mixed: by column, place of its JSON, -1: direct
};

// Owned by the front-end; changed only from the event loop of one process.
class StatementForms {
 public:
  explicit StatementForms(const FileStatement& statement);

  // For an answer that needs each column's text alone (CSV, or no answer).
  [[nodiscard]] const std::shared_ptr<const RowForm>& text_form() const {
    return plain_;
  }
  // For JSON, as far as is known by now. `generation`: of the catalog; 0: there
  // is none.
  [[nodiscard]] const std::shared_ptr<const RowForm>& json_form(
      std::uint64_t generation) const {
    const bool is_old =
        json_->kind == RowForm::Kind::mixed && generation != learnt_generation_;
    return is_old ? probe_ : json_;
  }

  // The same for what cannot be run once more.
  [[nodiscard]] const std::shared_ptr<const RowForm>& safe_json_form() const {
    return probe_ != nullptr ? probe_ : plain_;
  }

  // A probe's columns, its own last one included.
  void learn(std::span<const ResultColumn> columns, std::uint64_t generation);
  // A run met other types than those learnt: probe again.
  void forget();
  // The server cannot run the statement inside WITH (feature_not_supported: a
  // rule on the table): from now on as it is written.
  void unwrap();

  [[nodiscard]] bool can_probe() const { return probe_ != nullptr; }

 private:
  std::string text_;
  bool single_row_ = false;
  std::shared_ptr<const RowForm> plain_;
  std::shared_ptr<const RowForm> probe_;  // null: cannot be wrapped
  std::shared_ptr<const RowForm> json_;
  std::uint64_t learnt_generation_ = 0;
};

}  // namespace trestle::query
