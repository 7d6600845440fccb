#include "http/live_query.h"

#include <algorithm>

#include "base/text.h"
#include "frontend/errors.h"
#include "http/errors.h"

namespace trestle::http {

namespace {

// (1)
constexpr pg::Milliseconds kGather = 50;
// (4) between the first tries, and at most.
constexpr pg::Milliseconds kRetry = 1'000;
constexpr pg::Milliseconds kMaxRetry = 30'000;

Error no_feed(std::string_view problem) {
  return {
      .code = "TRS621",
      .http_status = 501,
      .message = concat({"The answer cannot be followed: ", problem}),
      .hint = "Set \"feed on\" in its trestle_database, or \"feed poll=1s\""};
}

Error writes() {
  return {.code = "TRS622",
          .http_status = 405,
          .message = "What may write cannot be followed"};
}

bool same(const AnswerBuffer& a, const AnswerBuffer& b) {
  return a.status() == b.status() && a.body() == b.body();
}

}  // namespace

// --- followers ---------------------------------------------------------------

Follower::~Follower() {
  if (query_ != nullptr) query_->unfollow(*this);
}

void LiveQueries::follow(Follower& follower, const RunPlace& place,
                         std::unique_ptr<StoredRequest> request,
                         const auth::Identity& identity,
                         const LiveState& live) {
  std::string key =
      concat({std::to_string(reinterpret_cast<std::uintptr_t>(&place.frontend)),
              "\n", identity.role, "\n",
              identity.claims != nullptr ? identity.claims->json : "", "\n",
              request->key()});
  // A stream is where its follower is.
  if (live.stream) key.append(std::to_string(++streams_));
  std::unique_ptr<LiveQuery>& query = queries_[key];
  if (query == nullptr)
    query = std::make_unique<LiveQuery>(*this, std::move(key), place,
                                        std::move(request), identity, live);
  query->follow(follower);
}

void LiveQueries::forget(const std::string& key) {
  auto found = queries_.find(key);
  if (found == queries_.end()) return;
  std::unique_ptr<LiveQuery> query = std::move(found->second);
  queries_.erase(found);
}

LiveQuery::LiveQuery(LiveQueries& owner, std::string key, const RunPlace& place,
                     std::unique_ptr<StoredRequest> request,
                     const auth::Identity& identity, const LiveState& live)
    : owner_(owner),
      key_(std::move(key)),
      place_(place),
      request_(std::move(request)),
      identity_(identity),
      live_(live) {
  using Kind = pg::Loop::TimerKind;
  pg::Loop& loop = place_.runtime.loop();
  gather_ =
      loop.make_timer(callback<&LiveQuery::on_gathered>(this), Kind::idle);
  turn_ = loop.make_timer(callback<&LiveQuery::on_turn>(this), Kind::idle);
  reads_over_ =
      loop.make_timer(callback<&LiveQuery::on_reads>(this), Kind::idle);
}

LiveQuery::~LiveQuery() {
  for (Follower* follower : followers_)
    if (follower != nullptr) follower->query_ = nullptr;
  if (waiting_ && Runtime::get() != nullptr)
    place_.runtime.catalog(place_.database).forget(*this);
}

void LiveQuery::follow(Follower& follower) {
  follower.query_ = this;
  follower.told_ = false;
  followers_.push_back(&follower);
  turn_->start(0);
}

void LiveQuery::unfollow(Follower& follower) {
  follower.query_ = nullptr;
  std::ranges::replace(followers_, &follower, static_cast<Follower*>(nullptr));
  if (telling_) return;
  tidy();
  if (followers_.empty()) owner_.forget(key_);
}

void LiveQuery::tidy() { std::erase(followers_, nullptr); }

void LiveQuery::on_turn() noexcept {
  if (answered_) return tell(false);
  if (watch_ == nullptr && !waiting_) begin();
}

void LiveQuery::tell(bool last) {
  telling_ = true;
  for (std::size_t i = 0; i < followers_.size(); i++) {
    Follower* follower = followers_[i];
    if (follower == nullptr || (follower->told_ && !last)) continue;
    follower->told_ = true;
    if (last) {
      follower->query_ = nullptr;
      followers_[i] = nullptr;
    }
    follower->on_answer(answer_, last);
  }
  telling_ = false;
  tidy();
  if (followers_.empty()) owner_.forget(key_);
}

void LiveQuery::refuse(const Error& error) {
  answer_ = {};
  place_.frontend.refuse(request_->view(), error, answer_);
  tell(true);
}

// --- changes -----------------------------------------------------------------

void LiveQuery::begin() {
  CatalogRuntime& catalog = place_.runtime.catalog(place_.database);
  if (catalog.current() == nullptr) {
    waiting_ = true;
    return catalog.wait(*this);
  }
  live::ChangeRouter* router = place_.runtime.live().changes(place_.database);
  if (router == nullptr) return refuse(no_feed("the database has no feed"));
  if (router->status() == live::FeedStatus::failed)
    return refuse(no_feed(router->problem()));
  watch_ = std::make_unique<live::ReadWatch>(
      *router, callback<&LiveQuery::on_change>(this));
  run();
}

void LiveQuery::on_catalog(const catalog::CatalogRef& catalog,
                           const RunError* error) {
  waiting_ = false;
  if (error != nullptr && catalog == nullptr)
    return refuse(errors::no_catalog());
  turn_->start(0);
}

void LiveQuery::on_change() noexcept {
  if (!gather_->running()) gather_->start(kGather);
}

void LiveQuery::on_gathered() noexcept {
  if (run_ != nullptr)
    dirty_ = true;
  else
    run();
}

// --- runs --------------------------------------------------------------------

void LiveQuery::run() {
  const catalog::CatalogRef& current =
      place_.runtime.catalog(place_.database).current();
  const bool new_catalog = current != nullptr && current != catalog_;
  if (new_catalog) {
    catalog_ = current;
    watch_->watch_everything(*catalog_);  // (2)
  }
  dirty_ = false;
  run_ = std::make_unique<RequestRun>(place_,
                                      callback<&LiveQuery::on_run_over>(this));
  run_->start(*request_, identity_, live_, RequestRun::Mode::follow);
  if (new_catalog) ask_reads();
}

void LiveQuery::ask_reads() {
  reads_run_.reset();
  reads_ = {};
  Plan plan;
  plan.access = Access::read;
  for (const Statement& statement : run_->reads())
    plan.statements.push_back(live::explain(statement));
  unread_ = plan.statements.size();
  if (unread_ == 0) return;
  reads_run_ = place_.runtime.pool(place_.database)
                   .submit(std::move(plan), Settings(run_->settings()), *this,
                           {.query_timeout = place_.query_timeout});
}

bool LiveQuery::on_row(std::size_t, std::span<const Cell> cells) {
  if (unread_ > 0) unread_--;
  live::add_reads(reads_, cells.empty() ? Cell() : cells[0]);
  return true;
}

void LiveQuery::on_done() { reads_over_->start(0); }

// It goes on hearing of everything.
void LiveQuery::on_error(const RunError&) {
  reads_.everything = true;
  reads_over_->start(0);
}

void LiveQuery::on_reads() noexcept {
  reads_run_.reset();
  if (unread_ > 0) reads_.everything = true;
  watch_->watch(reads_, *catalog_);
}

void LiveQuery::on_run_over() noexcept {
  std::unique_ptr<RequestRun> run = std::move(run_);
  if (run->declined()) return refuse(writes());
  // It was planned anew: what that plan reads is not watched yet (2).
  if (run->catalog() != nullptr && run->catalog() != catalog_) dirty_ = true;
  take_answer(run->answer());
}

void LiveQuery::take_answer(const AnswerBuffer& answer) {
  const int status = answer.status();
  if (status >= 500 && answered_) {  // (4)
    const pg::Milliseconds delay =
        std::min(kRetry << std::min(failures_, 5u), kMaxRetry);
    failures_++;
    return gather_->start(delay);
  }
  failures_ = 0;
  if (status >= 400) {
    answer_ = answer;
    return tell(true);
  }
  if (live_.stream && !live_.nothing_new) dirty_ = true;  // the next batch
  if (dirty_) gather_->start(live_.stream ? 0 : kGather);
  const bool news =
      live_.stream ? !live_.nothing_new : !answered_ || !same(answer, answer_);
  if (news) {
    answer_ = answer;
    for (Follower* follower : followers_)
      if (follower != nullptr) follower->told_ = false;
  }
  answered_ = answered_ || news;
  if (answered_) tell(false);
}

}  // namespace trestle::http
