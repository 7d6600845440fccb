#include "http/database_sessions.h"

#include "catalog/rows.h"
#include "frontend/judge.h"
#include "http/request_view.h"

namespace trestle::http {

namespace {

// Rows asked for at once.
constexpr std::size_t kBatch = 1'000;
// A change is in the log a moment before others see it.
constexpr pg::Milliseconds kGather = 50;

constexpr std::string_view kEnded = "session ended";

}  // namespace

DatabaseSessions::DatabaseSessions(Runtime& runtime, const Database& database)
    : runtime_(runtime), database_(database) {
  using Kind = pg::Loop::TimerKind;
  pg::Loop& loop = runtime_.loop();
  period_ =
      loop.make_timer(callback<&DatabaseSessions::on_period>(this), Kind::idle);
  turn_ =
      loop.make_timer(callback<&DatabaseSessions::on_turn>(this), Kind::idle);
  runtime_.add(*this);
}

DatabaseSessions::~DatabaseSessions() {
  run_.reset();
  if (linked_) runtime_.remove(*this);
  if (table_ != 0) runtime_.live().changes(database_)->unsubscribe(*this);
}

void DatabaseSessions::let_go() noexcept {
  linked_ = false;
  run_.reset();
}

// --- streams -----------------------------------------------------------------

void DatabaseSessions::add(StreamIdentity& stream) {
  streams_[stream.identity().session].push_back(&stream);
  if (database_.sessions == nullptr) return;
  if (!period_->running()) period_->start(database_.session_recheck);
  // Until it is known which table the feed is to tell of.
  if (table_ == 0 && runtime_.live().changes(database_) != nullptr &&
      doubted_.insert(stream.identity().session).second && !turn_->running())
    turn_->start(0);
}

void DatabaseSessions::remove(StreamIdentity& stream) {
  auto found = streams_.find(stream.identity().session);
  if (found == streams_.end()) return;
  std::erase(found->second, &stream);
  if (found->second.empty()) streams_.erase(found);
}

void DatabaseSessions::end(const std::string& session) {
  auto found = streams_.find(session);
  if (found == streams_.end()) return;
  const std::vector<StreamIdentity*> streams = std::move(found->second);
  streams_.erase(found);
  for (StreamIdentity* stream : streams) stream->end(kEnded);
}

void DatabaseSessions::doubt_all() {
  std::vector<std::string> sessions;
  for (const auto& [session, streams] : streams_) sessions.push_back(session);
  if (database_.sessions == nullptr) {
    for (const std::string& session : sessions) end(session);
    return;
  }
  doubted_.insert(sessions.begin(), sessions.end());
  if (!turn_->running()) turn_->start(kGather);
}

void DatabaseSessions::on_period() noexcept {
  guard(ngx_cycle->log, [&] {
    if (streams_.empty()) return;
    period_->start(database_.session_recheck);
    doubt_all();
  });
}

// --- the feed ----------------------------------------------------------------

void DatabaseSessions::follow_table(Cell oid) {
  live::ChangeRouter* changes = runtime_.live().changes(database_);
  const Oid table = catalog::to_number<Oid>(oid);
  if (changes == nullptr || table == table_) return;
  if (table_ != 0) changes->unsubscribe(*this);
  table_ = table;
  changes->subscribe(table_, *this);
  doubt_all();  // what has changed before
}

void DatabaseSessions::on_row(const live::RowChange& change) {
  using Kind = live::RowChange::Kind;
  if (change.kind == Kind::insert) return;
  const auto& cells = change.before.empty() ? change.after : change.before;
  const auto& columns = change.relation.columns;
  for (std::size_t i = 0; i < cells.size() && i < columns.size(); i++) {
    if (columns[i].name != "id") continue;
    const std::string session(cells[i].text);
    if (change.kind == Kind::erase) return end(session);
    if (!streams_.contains(session)) return;
    doubted_.insert(session);
    if (!turn_->running()) turn_->start(kGather);
    return;
  }
}

// --- rows --------------------------------------------------------------------

void DatabaseSessions::on_turn() noexcept {
  guard(ngx_cycle->log, [&] {
    if (run_ != nullptr) {
      if (!run_over_) return;
      run_.reset();
      take_rows();
    }
    if (!doubted_.empty()) ask();
  });
}

void DatabaseSessions::ask() {
  asked_.clear();
  rows_.clear();
  while (!doubted_.empty() && asked_.size() < kBatch)
    asked_.push_back(std::move(doubted_.extract(doubted_.begin()).value()));
  run_over_ = failed_ = false;
  Plan plan;
  plan.access = Access::read;
  plan.statements.push_back(database_.sessions->find_all(asked_));
  catalog::CatalogRef catalog = runtime_.catalog(database_).wanted();
  plan.effects = judge(catalog.get(), plan).effects;
  run_ = runtime_.pool(database_).submit(std::move(plan), {}, *this,
                                         {.latest = true});
}

bool DatabaseSessions::on_row(std::size_t, std::span<const Cell> cells) {
  if (cells.size() != 4 || is_null(cells[0]) || is_null(cells[1]) ||
      is_null(cells[2]))
    return true;
  rows_.insert_or_assign(
      std::string(cells[0]),
      Row{.claims = std::string(cells[1]),
          .expires = catalog::to_number<std::int64_t>(cells[2])});
  if (!is_null(cells[3])) follow_table(cells[3]);
  return true;
}

void DatabaseSessions::on_done() {
  run_over_ = true;
  turn_->start(0);
}

// They are asked for again.
void DatabaseSessions::on_error(const RunError& error) {
  ngx_str_t text = borrow(error.message);
  ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                "trestle: sessions of open streams cannot be asked for: %V",
                &text);
  run_over_ = failed_ = true;
  turn_->start(0);
}

void DatabaseSessions::take_rows() {
  if (failed_) {
    doubted_.clear();
    return;
  }
  for (const std::string& session : asked_) {
    auto row = rows_.find(session);
    if (row == rows_.end())
      end(session);
    else
      judge_row(session, row->second);
  }
}

void DatabaseSessions::judge_row(const std::string& session, const Row& row) {
  auto found = streams_.find(session);
  if (found == streams_.end()) return;
  Result<auth::Identity> now =
      database_.auth->stored_identity(row.claims, row.expires);
  const auth::Identity& then = found->second.front()->identity();
  if (!now.ok() || now->role != then.role ||
      now->claims->json != then.claims->json)
    return end(session);
  for (StreamIdentity* stream : found->second) stream->extend(row.expires);
}

}  // namespace trestle::http
