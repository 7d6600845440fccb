// CatalogLoader is the sink of one load_plan(): it feeds a builder and hands
// the finished catalog on. Pure: whoever owns a pool decides when to run it.
#pragma once

#include <cstdint>
#include <string>

#include "catalog/builder.h"
#include "catalog/rows.h"

namespace trestle::catalog {

// Told once how a load went, from the event loop.
class LoadHandler {
 public:
  virtual ~LoadHandler() = default;
  // `changes`: the server's count of them (sql/catalog/changes.sql).
  virtual void on_loaded(CatalogRef catalog, std::uint64_t changes) = 0;
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
    if (static_cast<Query>(statement) == Query::changes)
      changes_ = to_number<std::uint64_t>(cells[0]);
    builder_.add(static_cast<Query>(statement), cells);
    return true;
  }
  void on_statement_done(std::size_t statement,
                         std::uint64_t affected) override {
    static_cast<void>(statement);
    static_cast<void>(affected);
  }
  void on_done() override {
    handler_.on_loaded(std::move(builder_).finish(), changes_);
  }
  void on_error(const RunError& error) override {
    handler_.on_load_failed(error);
  }

 private:
  LoadHandler& handler_;
  CatalogBuilder builder_;
  std::uint64_t changes_ = 0;
};

}  // namespace trestle::catalog
