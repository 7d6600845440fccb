#include "http/route_watch.h"

#include "live/reads.h"

namespace trestle::http {

namespace {

// How long a policy that has been changed may go unseen.
constexpr pg::Milliseconds kAgain = 10'000;

}  // namespace

RouteWatch::RouteWatch(Runtime& runtime, const Database& database,
                       const RowQuery& query, const Settings& settings,
                       Callback changed)
    : runtime_(runtime),
      database_(database),
      query_(query),
      settings_(settings),
      changed_(changed) {
  pg::Loop& loop = runtime_.loop();
  turn_ = loop.make_timer(callback<&RouteWatch::on_turn>(this),
                          pg::Loop::TimerKind::idle);
  again_ = loop.make_timer(callback<&RouteWatch::on_again>(this),
                           pg::Loop::TimerKind::idle);
  begin();
}

RouteWatch::~RouteWatch() { run_.reset(); }

void RouteWatch::used() {
  if (step_ == Step::none && !again_->running()) again_->start(kAgain);
}

void RouteWatch::on_again() noexcept {
  guard(ngx_cycle->log, [&] { begin(); });
}

void RouteWatch::begin() {
  found_ = {};
  reader_.reset();
  run(Step::plan, live::explain(query_.all(1)));
}

void RouteWatch::run(Step step, Statement statement) {
  step_ = step;
  Plan plan;
  plan.statements.push_back(std::move(statement));
  plan.access = Access::read;
  run_ = runtime_.pool(database_).submit(std::move(plan), Settings(settings_),
                                         *this, {.latest = true});
}

bool RouteWatch::on_row(std::size_t, std::span<const Cell> cells) {
  if (step_ == Step::plan && !is_null(cells[0]))
    reader_.emplace(query_.relation(), cells[0]);
  if (step_ == Step::values && reader_) found_ = reader_->routes(cells);
  return true;
}

// Without routes everybody is asked.
void RouteWatch::on_error(const RunError&) {
  found_ = {};
  reader_.reset();
  turn_->start(0);
}

// A run must not be destroyed in its own callback.
void RouteWatch::on_turn() noexcept {
  guard(ngx_cycle->log, [&] {
    run_.reset();
    if (step_ == Step::plan && reader_ && reader_->found())
      return run(Step::values, reader_->values());
    finish();
  });
}

void RouteWatch::finish() {
  step_ = Step::none;
  if (found_ == routes_) return;
  routes_ = std::move(found_);
  changed_();
}

}  // namespace trestle::http
