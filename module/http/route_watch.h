// Finds out which rows a class of followers can see at all (live/routes.h), and
// keeps watch: as long as rows are left out by it, it is asked again now and
// then whether that still holds.
#pragma once

#include <memory>
#include <optional>

#include "base/callback.h"
#include "frontend/row_query.h"
#include "http/runtime.h"
#include "live/routes.h"
#include "pg/pool.h"

namespace trestle::http {

class RouteWatch final : private RowSink {
 public:
  // Begins at once. `changed` is called in a turn of its own whenever the
  // routes have become other ones; all outlive this.
  RouteWatch(Runtime& runtime, const Database& database, const RowQuery& query,
             const Settings& settings, Callback changed);
  ~RouteWatch() override;

  [[nodiscard]] const live::Routes& routes() const { return routes_; }
  // Rows have been left out.
  void used();

 private:
  enum class Step { none, plan, values };

  void on_columns(std::size_t, std::span<const ResultColumn>) override {}
  bool on_row(std::size_t statement, std::span<const Cell> cells) override;
  void on_statement_done(std::size_t, std::uint64_t) override {}
  void on_done() override { turn_->start(0); }
  void on_error(const RunError& error) override;

  void on_again() noexcept;
  void on_turn() noexcept;
  void begin();
  void run(Step step, Statement statement);
  void finish();

  Runtime& runtime_;
  const Database& database_;
  const RowQuery& query_;
  const Settings& settings_;
  Callback changed_;
  Step step_ = Step::none;
  std::optional<live::RouteReader> reader_;
  live::Routes found_;  // by the run under way
  live::Routes routes_;
  std::unique_ptr<pg::Run> run_;
  std::unique_ptr<pg::Timer> turn_;
  std::unique_ptr<pg::Timer> again_;
};

}  // namespace trestle::http
