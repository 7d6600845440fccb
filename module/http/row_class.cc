#include "http/row_class.h"

#include <algorithm>

#include "base/text.h"
#include "sql/sql_writer.h"

namespace trestle::http {

namespace {

// (4)
constexpr pg::Milliseconds kGather = 20;
// How long subscribers wait for a feed that does not come.
constexpr pg::Milliseconds kLate = 10'000;
// Transactions that are remembered until a snapshot has seen them.
constexpr std::size_t kTold = 1'000;

Statement snapshot_statement() {
  SqlWriter sql;
  sql.raw("select ").raw(live::kSnapshot);
  return std::move(sql).finish();
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
  if (query_->relation().row_security)
    routes_ = std::make_unique<RouteWatch>(
        feeds_.runtime(), database_, *query_, settings_,
        callback<&RowClass::on_routes>(this));
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
  if (view_.on_commit(commit)) {
    if (told_.size() == kTold) told_.erase(told_.begin());
    told_.push_back(commit);
  }
  if (view_.took_routes()) routes_->used();
  if (view_.overflowed()) return lose_all();
  const bool busy = step_ == Step::changed || step_ == Step::rights || in_line_;
  if (busy && !gather_->running()) gather_->start(kGather);
  plan_next();
}

// What other routes have left out may be missing now.
void RowClass::on_routes() noexcept {
  guard(ngx_cycle->log, [&] {
    const bool had = view_.has_routes();
    view_.set_routes(routes_->routes());
    if (had) lose_all();
  });
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

// --- telling -----------------------------------------------------------------

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
