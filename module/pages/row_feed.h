// Between a statement whose rows come one by one and the page that walks over
// them: the rows that have come and are not yet forgotten. Bounded by what
// comes at once, however many rows there are.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "base/callback.h"
#include "pages/arena.h"
#include "pages/value.h"
#include "sql/row_sink.h"

namespace trestle::pages {

class RowFeed final : public RowStream {
 public:
  // `wait` returns when a row was added, or at the end.
  explicit RowFeed(Callback wait) : wait_(wait) {}

  // --- the statement's side
  void on_columns(std::span<const ResultColumn> columns) {
    columns_.assign(columns.begin(), columns.end());
  }
  void add(std::span<const Cell> cells);
  void finish() { is_over_ = true; }
  // As finish(), and nobody wants the page any more.
  void leave() { is_over_ = is_left_ = true; }
  // Rows that the page has not taken yet, and their bytes.
  [[nodiscard]] std::size_t waiting_rows() const { return added_ - taken_; }
  [[nodiscard]] std::size_t waiting_bytes() const { return open_bytes_; }
  // Bytes of all rows that are here.
  [[nodiscard]] std::size_t bytes() const;

  // --- the page's side
  [[nodiscard]] bool is_ready() const override {
    return is_over_ || taken_ < added_;
  }
  [[nodiscard]] bool is_left() const override { return is_left_; }
  [[nodiscard]] bool next(Value& row) override;
  void keep() override { keeps_ = true; }

 private:
  // What came between two waits.
  struct Batch {
    Arena arena;
    std::vector<Cell> cells;
    Rows rows;
  };
  void forget_old();

  Callback wait_;
  std::vector<ResultColumn> columns_;
  std::deque<std::unique_ptr<Batch>> batches_;  // the last is being filled
  std::size_t reading_ = 0;                     // index of a batch
  std::size_t position_ = 0;                    // row in it
  std::size_t added_ = 0;
  std::size_t taken_ = 0;
  std::size_t open_bytes_ = 0;
  bool starts_batch_ = true;
  bool keeps_ = false;
  bool is_over_ = false;
  bool is_left_ = false;
};

}  // namespace trestle::pages
