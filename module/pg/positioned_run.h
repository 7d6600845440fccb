// A write that is to be read back from a standby, or not from what was kept
// before it: when it has committed, the primary is asked where its log stands,
// and then the sink is told. Whatever has replayed that far shows the write.
#pragma once

#include <atomic>
#include <memory>

#include "pg/pool.h"
#include "sql/row_sink.h"

namespace trestle::pg {

class PositionedRun final : public Run, private RowSink {
 public:
  using Written = std::atomic<std::uint64_t>;  // see PoolConfig::written

  // `pool`, `sink` and `written` outlive it. Null: refused, the sink has been
  // told.
  [[nodiscard]] static std::unique_ptr<Run> submit(Pool& pool, Plan plan,
                                                   Settings settings,
                                                   RowSink& sink,
                                                   RunOptions options,
                                                   Written* written);

  PositionedRun(Pool& pool, RowSink& sink, Written* written)
      : pool_(pool), sink_(sink), shared_(written) {}

  void resume() override;
  [[nodiscard]] const RunStats& stats() const override {
    return written_ ? stats_ : write_->stats();
  }

 private:
  // Takes the answer to the question.
  class Answer final : public RowSink {
   public:
    explicit Answer(PositionedRun& run) : run_(run) {}
    void on_columns(std::size_t, std::span<const ResultColumn>) override {}
    bool on_row(std::size_t, std::span<const Cell> cells) override;
    void on_statement_done(std::size_t, std::uint64_t) override {}
    void on_done() override { run_.sink_.on_done(); }
    // Unknown, which is told as 0: the write has happened all the same.
    void on_error(const RunError&) override { run_.sink_.on_done(); }

   private:
    PositionedRun& run_;
  };

  void on_columns(std::size_t statement,
                  std::span<const ResultColumn> columns) override;
  bool on_row(std::size_t statement, std::span<const Cell> cells) override;
  void on_statement_done(std::size_t statement,
                         std::uint64_t affected) override;
  void on_done() override;
  void on_error(const RunError& error) override;
  bool make_way() override { return sink_.make_way(); }
  void give_up() override { sink_.give_up(); }

  Pool& pool_;
  RowSink& sink_;
  Written* shared_;  // null: nobody wants to know
  Answer answer_{*this};
  RunStats stats_;
  bool written_ = false;
  std::unique_ptr<Run> write_;
  std::unique_ptr<Run> question_;
};

}  // namespace trestle::pg
