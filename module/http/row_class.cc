#include "http/row_class.h"

#include <algorithm>

#include "base/text.h"
#include "base/wal_position.h"
#include "frontend/errors.h"
#include "sql/sql_writer.h"

namespace trestle::http {

namespace {

// (4)
constexpr pg::Milliseconds kGather = 20;
// (3): doubled each time, up to the second.
constexpr pg::Milliseconds kSeeAgain = 1;
constexpr pg::Milliseconds kSeeAgainMost = 100;
// (5)
constexpr ngx_msec_t kTrusted = 1'000;
// After a statement that could not be run.
constexpr pg::Milliseconds kRetry = 500;
// How long subscribers wait for a feed that does not come.
constexpr pg::Milliseconds kLate = 10'000;
// Transactions that are remembered until a snapshot has seen them.
constexpr std::size_t kTold = 1'000;

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

Statement snapshot_statement() {
  SqlWriter sql;
  sql.raw("select ").raw(live::kSnapshot);
  return std::move(sql).finish();
}

Error table_is_another(std::string_view table) {
  return {.code = "TRS635",
          .http_status = 409,
          .message = concat({"The rights of \"", table, "\" have changed"}),
          .hint = "Subscribe again"};
}

// Whether the table has row security now.
Statement security_statement(const catalog::Relation& relation) {
  constexpr Oid kOid = 26;
  SqlWriter sql;
  sql.raw("select relrowsecurity from pg_catalog.pg_class where oid = ");
  sql.param(std::to_string(relation.oid), kOid);
  return std::move(sql).finish();
}

// Where the log stands, and whether the table is in the publication.
Statement position_statement(const catalog::Relation& relation,
                             const std::string& publication) {
  constexpr Oid kText = 25;
  SqlWriter sql;
  sql.raw("select ").raw(live::kSnapshotLsn);
  sql.raw(
      "::text, exists (select from pg_catalog.pg_publication_tables where "
      "pubname = ");
  sql.param(publication, kText).raw(" and schemaname = ");
  sql.param(relation.schema, kText).raw(" and tablename = ");
  sql.param(relation.name, kText).raw(")");
  return std::move(sql).finish();
}

}  // namespace

RowClass::RowClass(RowFeeds& feeds, const Database& database,
                   live::ChangeRouter& changes,
                   std::shared_ptr<const RowQuery> query, Settings settings,
                   std::string table, std::size_t max_rows)
    : feeds_(feeds),
      database_(database),
      changes_(changes),
      query_(std::move(query)),
      settings_(std::move(settings)),
      table_(std::move(table)),
      max_rows_(max_rows),
      view_(*query_, max_rows) {
  pg::Loop& loop = feeds_.runtime().loop();
  turn_ = loop.make_timer(callback<&RowClass::on_turn>(this),
                          pg::Loop::TimerKind::idle);
  gather_ = loop.make_timer(callback<&RowClass::on_gathered>(this),
                            pg::Loop::TimerKind::idle);
  retry_ = loop.make_timer(callback<&RowClass::on_gathered>(this),
                           pg::Loop::TimerKind::idle);
  late_ = loop.make_timer(callback<&RowClass::on_late>(this),
                          pg::Loop::TimerKind::idle);
  changes_.subscribe(query_->relation().oid, *this);
}

RowClass::~RowClass() {
  changes_.unsubscribe(*this);
  changes_.forget(*this);
  if (in_line_) feeds_.leave_turn(*this);
  if (step_ != Step::none) feeds_.turn_over();
}

void RowClass::add(RowSubscription& subscription) {
  subscription.class_ = this;
  subscription.wants_rows_ = subscription.options_.rows;
  members_.push_back(&subscription);
  late_->start(kLate);
  plan_next();
}

void RowClass::remove(RowSubscription& subscription) {
  if (away_ == &subscription) away_ = nullptr;
  if (telling_)
    std::ranges::replace(members_, &subscription, nullptr);
  else
    std::erase(members_, &subscription);
  if (empty()) feeds_.idle(*this);
}

// --- what is to be done ------------------------------------------------------

bool RowClass::wants_all() const {
  return !valid_ || std::ranges::any_of(members_, [](const auto* member) {
    return member != nullptr && member->wants_rows_;
  });
}

void RowClass::plan_next() {
  if (in_line_ || step_ != Step::none || members_.empty() || retry_->running())
    return;
  if (hand_on()) return;
  const bool changed =
      valid_ && (batch_kept_ || (view_.has_batch() && !gather_->running()));
  if (!wants_all() && !changed && !wants_missed()) return;
  in_line_ = true;
  feeds_.want_turn(*this);
}

// (2)
bool RowClass::wants_missed() const {
  return valid_ && passed_ &&
         std::ranges::any_of(members_, [](const RowSubscription* member) {
           return member != nullptr && !member->ready_;
         });
}

bool RowClass::start() {
  in_line_ = false;
  if (valid_ && (batch_kept_ || view_.has_batch()))
    begin_changed();
  else if (wants_all())
    begin_all();
  else if (wants_missed())
    begin_missed();
  return step_ != Step::none;
}

void RowClass::begin_all() {
  passed_ = false;
  told_before_ = told_;
  read_at_ = feeds_.runtime().live().bus()->position();
  std::vector<Statement> statements;
  statements.push_back(snapshot_statement());
  statements.push_back(query_->all(max_rows_ + 1));
  statements.push_back(
      position_statement(query_->relation(), database_.feed->publication));
  read(Step::all, std::move(statements));
}

void RowClass::begin_changed() {
  if (!batch_kept_) batch_ = view_.take_batch();
  batch_kept_ = false;
  if (passed_ && batch_.is_known() && !query_->relation().row_security)
    begin_rights();
  else
    read_batch(Step::changed);
}

// (5)
void RowClass::begin_rights() {
  std::vector<Statement> statements;
  statements.push_back(snapshot_statement());
  statements.push_back(query_->all(0));
  statements.push_back(security_statement(query_->relation()));
  read(Step::rights, std::move(statements));
}

// (5) What has gathered goes out without a statement, if it may.
bool RowClass::hand_on() {
  const bool trusted =
      static_cast<ngx_msec_int_t>(trusted_until_ - ngx_current_msec) > 0;
  if (!trusted || !valid_ || !passed_ || batch_kept_ || wants_all() ||
      !view_.has_batch() || !view_.knows_batch())
    return false;
  batch_ = view_.take_batch();
  tell_batch();
  return !wants_missed();
}

void RowClass::read_batch(Step step) {
  std::vector<Statement> statements;
  statements.push_back(snapshot_statement());
  if (std::vector<RowKey> keys = batch_.keys_to_read(); !keys.empty())
    statements.push_back(query_->of_keys(keys));
  read(step, std::move(statements));
}

// Whoever was away is told what it missed; the others are ready.
void RowClass::begin_missed() {
  for (RowSubscription* member : members_) {
    if (member->ready_ || member->options_.since.empty()) continue;
    away_ = member;
    if (gather_missed(*member)) return read_batch(Step::missed);
    away_->options_.since.clear();
    away_->listener_.on_resync();
    return plan_next();
  }
  for_members([&](RowSubscription& member) {
    if (member.ready_) return;
    member.ready_ = true;
    member.listener_.on_ready(feeds_.runtime().live().bus()->position());
  });
  late_->stop();
}

// What the ring still holds of the relation since the member left. False: it
// does not reach back so far.
bool RowClass::gather_missed(const RowSubscription& member) {
  class Sink final : public live::ChangeSink {
   public:
    explicit Sink(live::RowView& view) : view_(view) {}
    void on_row(const live::RowChange& change) override {
      view_.on_row(change);
    }
    void on_truncate(const live::FeedRelation&) override {
      view_.on_truncate();
    }
    void on_commit(const live::CommitPoint& commit) override {
      view_.on_commit(commit);
    }
    void on_resync(const live::CommitPoint&) override { whole = false; }
    bool whole = true;

   private:
    live::RowView& view_;
  };

  std::optional<live::EventId> since =
      live::EventId::parse(member.options_.since);
  if (!since) return false;
  live::RowView missed(*query_, max_rows_);
  missed.remember_nothing();
  Sink sink(missed);
  const bool there = feeds_.runtime().live().bus()->replay_changes(
      database_.name, query_->relation().oid, *since, sink);
  batch_ = missed.take_batch();
  return there && sink.whole && !missed.overflowed();
}

// --- the feed ----------------------------------------------------------------

void RowClass::on_commit(const live::CommitPoint& commit) {
  if (told_.size() == kTold) told_.erase(told_.begin());
  told_.push_back(commit);
  view_.on_commit(commit);
  if (view_.overflowed()) return lose_all();
  const bool busy = step_ == Step::changed || step_ == Step::rights || in_line_;
  if (busy && !gather_->running()) gather_->start(kGather);
  plan_next();
}

void RowClass::on_gathered() noexcept {
  guard(ngx_cycle->log, [&] { plan_next(); });
}

void RowClass::on_resync(const live::CommitPoint&) { lose_all(); }

// What the view knows is void: everybody is told, and reads anew.
void RowClass::lose_all() {
  view_.forget();
  valid_ = passed_ = batch_kept_ = false;
  for_members([](RowSubscription& member) {
    member.wants_rows_ = member.options_.rows;
    if (member.ready_) member.listener_.on_resync();
  });
  lost_ = step_ != Step::none;
  plan_next();
}

void RowClass::on_feed_passed() {
  passed_ = true;
  plan_next();
}

void RowClass::on_late() noexcept {
  guard(ngx_cycle->log, [&] {
    const Error error = feed_failed(changes_.problem());
    for_members([&](RowSubscription& member) {
      if (!member.ready_) leave(member, error);
    });
    if (members_.empty()) feeds_.idle(*this);
  });
}

// --- the database ------------------------------------------------------------

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

// --- telling -----------------------------------------------------------------

// Members may leave while they are told.
template <class Tell>
void RowClass::for_members(Tell&& tell) {
  telling_ = true;
  for (std::size_t i = 0; i < members_.size(); i++)
    if (members_[i] != nullptr) tell(*members_[i]);
  telling_ = false;
  std::erase(members_, nullptr);
}

void RowClass::tell(const live::RowEvent& event) {
  live::RowMessage message(table_, event);
  for_members([&](RowSubscription& member) {
    // Who has no rows yet begins with what is there when it is ready.
    const bool follows = member.ready_ || member.options_.rows;
    if (follows && !member.wants_rows_) member.listener_.on_event(message);
  });
}

void RowClass::leave(RowSubscription& member, const Error& error) {
  if (away_ == &member) away_ = nullptr;
  std::ranges::replace(members_, &member, nullptr);
  member.refuse(error);
}

void RowClass::refuse_all(const Error& error) {
  for_members([&](RowSubscription& member) { leave(member, error); });
  feeds_.idle(*this);
}

}  // namespace trestle::http
