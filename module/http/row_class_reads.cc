// What a class asks the database and what it makes of the answers.
#include <algorithm>

#include "base/text.h"
#include "base/wal_position.h"
#include "frontend/errors.h"
#include "http/row_class.h"

namespace trestle::http {

namespace {

// (3): doubled each time, up to the second.
constexpr pg::Milliseconds kSeeAgain = 1;
constexpr pg::Milliseconds kSeeAgainMost = 100;
// (5)
constexpr ngx_msec_t kTrusted = 1'000;
// After a statement that could not be run.
constexpr pg::Milliseconds kRetry = 500;

Error too_many_rows(std::size_t most) {
  return {.code = "TRS631",
          .http_status = 413,
          .message = concat({"More than ", std::to_string(most),
                             " rows match, too many to be followed"}),
          .hint = "Narrow the filter, or raise trestle_live_rows"};
}

Error not_published(std::string_view table, std::string_view publication) {
  return {.code = "TRS632",
          .http_status = 503,
          .message = concat({"\"", table, "\" is not in the publication \"",
                             publication, "\""}),
          .hint = "alter publication ... add table ..."};
}

Error table_is_another(std::string_view table) {
  return {.code = "TRS635",
          .http_status = 409,
          .message = concat({"The rights of \"", table, "\" have changed"}),
          .hint = "Subscribe again"};
}

}  // namespace

void RowClass::read(Step step, std::vector<Statement> statements) {
  step_ = step;
  over_ = lost_ = false;
  error_.reset();
  snapshot_.clear();
  position_ = 0;
  rows_.clear();
  keys_.clear();
  read_.clear();
  Plan plan;
  plan.statements = std::move(statements);
  plan.access = Access::read;
  plan.effects = query_->effects();
  run_ = feeds_.runtime().pool(database_).submit(std::move(plan), settings_,
                                                 *this, {.latest = true});
}

void RowClass::on_columns(std::size_t statement,
                          std::span<const ResultColumn> columns) {
  if (statement != 1) return;
  encoder_ =
      encode::JsonRows(columns.first(columns.size() - query_->key().size()));
  view_.show_with(encoder_);
}

bool RowClass::on_row(std::size_t statement, std::span<const Cell> cells) {
  if (statement == 0) {
    snapshot_ = cells[0];
  } else if (statement == 2 && step_ == Step::rights) {
    secured_ = cells[0] == "t";
  } else if (statement == 2) {
    position_ = parse_wal_position(cells[0]).value_or(0);
    published_ = cells[1] == "t";
  } else {
    take_row(cells);
  }
  return true;
}

void RowClass::take_row(std::span<const Cell> cells) {
  const std::size_t shown = encoder_.size();
  RowKey key;
  for (std::size_t i = shown; i < cells.size(); i++)
    key.push_back(view_.normal(i - shown, cells[i]));
  if (step_ == Step::all) {
    if (!rows_.empty()) rows_ += ',';
    encoder_.append_object(rows_, cells.first(shown));
    keys_.push_back(std::move(key));
  } else {
    std::string row;
    encoder_.append_object(row, cells.first(shown));
    read_.add(key, std::move(row));
  }
}

void RowClass::on_done() {
  over_ = true;
  turn_->start(0);
}

void RowClass::on_error(const RunError& error) {
  error_ = error;
  on_done();
}

// A run must not be destroyed in its own callback.
void RowClass::on_turn() noexcept {
  guard(ngx_cycle->log, [&] {
    if (!over_) return;
    run_.reset();
    const Step step = step_;
    step_ = Step::none;
    feeds_.turn_over();
    if (error_) {
      fail(step, *error_);
    } else if (!lost_) {
      if (step == Step::all) take_all();
      if (step == Step::changed) take_changed();
      if (step == Step::rights) take_rights();
      if (step == Step::missed) take_missed();
    }
    away_ = nullptr;
    plan_next();
  });
}

void RowClass::take_all() {
  if (!published_)
    return refuse_all(not_published(table_, database_.feed->publication));
  const bool seen = std::ranges::all_of(told_before_, [&](const auto& commit) {
    return live::snapshot_sees(snapshot_, commit.xid);
  });
  if (!seen) return try_again(kSeeAgain);
  forget_seen();
  const bool good =
      valid_ ? view_.take_more(keys_) : view_.take_all(keys_, read_at_);
  if (!good) return refuse_all(too_many_rows(max_rows_));
  valid_ = true;
  const bool whole = keys_.size() <= max_rows_;
  const std::string rows = concat({"[", rows_, "]"});
  for_members([&](RowSubscription& member) {
    if (!member.wants_rows_) return;
    member.wants_rows_ = false;
    if (whole)
      member.listener_.on_rows(rows, read_at_);
    else
      leave(member, too_many_rows(max_rows_));
  });
  changes_.forget(*this);
  changes_.wait_for(position_, *this);
}

// (3)
void RowClass::take_changed() {
  if (!batch_.seen_by(snapshot_)) {
    batch_kept_ = true;
    return try_again(std::min(kSeeAgain << tries_++, kSeeAgainMost));
  }
  tries_ = 0;
  forget_seen();
  tell_batch();
}

// (5)
void RowClass::take_rights() {
  if (secured_) return refuse_all(table_is_another(table_));
  trusted_until_ = ngx_current_msec + kTrusted;
  forget_seen();
  tell_batch();
}

void RowClass::tell_batch() {
  std::vector<live::RowEvent> events;
  const bool good = view_.take_read(batch_, read_, events);
  for (const live::RowEvent& event : events) tell(event);
  if (!good) refuse_all(too_many_rows(max_rows_));
}

void RowClass::take_missed() {
  if (away_ == nullptr) return;
  if (!batch_.seen_by(snapshot_)) return try_again(kSeeAgain);
  away_->options_.since.clear();
  std::vector<live::RowEvent> events;
  if (!view_.replay(batch_, read_, events)) return away_->listener_.on_resync();
  for (const live::RowEvent& event : events) {
    live::RowMessage message(table_, event);
    if (away_ != nullptr) away_->listener_.on_event(message);
  }
}

// Transactions that a snapshot has seen are seen by all that follow.
void RowClass::forget_seen() {
  std::erase_if(told_, [&](const live::CommitPoint& commit) {
    return live::snapshot_sees(snapshot_, commit.xid);
  });
}

void RowClass::fail(Step step, const RunError& error) {
  if (error.kind == RunError::Kind::database)
    return refuse_all(error_of(error, Access::read, true));
  batch_kept_ = (step == Step::changed || step == Step::rights) && !lost_;
  try_again(kRetry);
}

void RowClass::try_again(pg::Milliseconds delay) { retry_->start(delay); }

}  // namespace trestle::http
