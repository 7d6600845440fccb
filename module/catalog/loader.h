// CatalogLoader is the sink of one load_plan(): it feeds a builder, which its
// owner then has put the catalog together, a little at a time. Pure: whoever
// owns a pool and a clock decides when.
#pragma once

#include <cstdint>
#include <string>

#include "catalog/builder.h"
#include "catalog/rows.h"

namespace trestle::catalog {

// What tells whether the database's schemas have changed since.
struct Changes {
  std::uint64_t decisive = 0;  // counts, see sql/catalog/changes.sql
  std::uint64_t others = 0;
  std::uint64_t snapshot_end = 0;  // transactions from there on are not seen
  std::string fingerprint;         // sql/catalog/fingerprint.sql
};

// Told once how the reading went, from the event loop.
class LoadHandler {
 public:
  virtual ~LoadHandler() = default;
  // All rows are there; link_some() and take() follow.
  virtual void on_read() = 0;
  virtual void on_load_failed(const RunError& error) = 0;
};

class CatalogLoader final : public RowSink {
 public:
  explicit CatalogLoader(LoadHandler& handler) : handler_(handler) {}

  void on_columns(std::size_t statement,
                  std::span<const ResultColumn> columns) override {
    static_cast<void>(statement);
    static_cast<void>(columns);
  }
  bool on_row(std::size_t statement, std::span<const Cell> cells) override {
    if (static_cast<Query>(statement) == Query::changes) {
      changes_.decisive = to_number<std::uint64_t>(cells[0]);
      changes_.others = to_number<std::uint64_t>(cells[1]);
      changes_.snapshot_end = to_number<std::uint64_t>(cells[2]);
    } else if (static_cast<Query>(statement) == Query::fingerprint) {
      changes_.fingerprint = to_text(cells[0]);
    }
    builder_.add(static_cast<Query>(statement), cells);
    return true;
  }
  void on_statement_done(std::size_t statement,
                         std::uint64_t affected) override {
    static_cast<void>(statement);
    static_cast<void>(affected);
  }
  void on_done() override { handler_.on_read(); }
  void on_error(const RunError& error) override {
    handler_.on_load_failed(error);
  }

  // A fraction of a millisecond's work. False: nothing is left.
  [[nodiscard]] bool link_some() { return builder_.link_some(); }
  // The catalog, with all that was left of the work; the loader is spent.
  [[nodiscard]] CatalogRef take() { return std::move(builder_).finish(); }
  // As it was when the reading began.
  [[nodiscard]] const Changes& changes() const { return changes_; }

 private:
  LoadHandler& handler_;
  CatalogBuilder builder_;
  Changes changes_;
};

}  // namespace trestle::catalog
