#include "pages/row_feed.h"

namespace trestle::pages {

namespace {

// Rows behind the one just taken that are still looked at: a loop has its
// previous item, this one and the next.
constexpr std::size_t kLookBack = 3;

}  // namespace

void RowFeed::add(std::span<const Cell> cells) {
  if (starts_batch_) {
    batches_.push_back(std::make_unique<Batch>());
    starts_batch_ = false;
    open_bytes_ = 0;
  }
  Batch& batch = *batches_.back();
  for (Cell cell : cells)
    batch.cells.push_back(is_null(cell) ? cell : batch.arena.copy(cell));
  open_bytes_ = batch.arena.used();
  batch.rows = {.columns = columns_,
                .cells = batch.cells.data(),
                .count = batch.rows.count + 1};
  added_++;
}

bool RowFeed::next(Value& row) {
  while (taken_ == added_ && !is_over_) {
    starts_batch_ = true;
    open_bytes_ = 0;
    wait_();
  }
  if (taken_ == added_) return false;
  if (position_ == batches_[reading_]->rows.count) {
    reading_++;
    position_ = 0;
  }
  row = row_value(&batches_[reading_]->rows, position_++);
  taken_++;
  forget_old();
  return true;
}

// Batches of which no row is looked at any more.
void RowFeed::forget_old() {
  if (keeps_) return;
  std::size_t behind = position_;
  std::size_t needed = reading_;
  while (needed > 0 && behind < kLookBack)
    behind += batches_[--needed]->rows.count;
  for (; needed > 0; needed--, reading_--) batches_.pop_front();
}

std::size_t RowFeed::bytes() const {
  std::size_t sum = 0;
  for (const auto& batch : batches_) sum += batch->arena.used();
  return sum;
}

}  // namespace trestle::pages
