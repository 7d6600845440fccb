#include "http/schema_look.h"

#include <algorithm>
#include <new>

#include "catalog/queries.h"
#include "catalog/rows.h"

namespace trestle::http {

namespace {

// As many times as long as the look took.
constexpr pg::Milliseconds kPauses = 9;
constexpr pg::Milliseconds kLongestPause = 500;

}  // namespace

SchemaLook::SchemaLook(pg::Loop& loop, pg::Pool& pool, Owner& owner)
    : loop_(loop),
      pool_(pool),
      owner_(owner),
      sql_(make_sql(
          std::string(catalog::query_text(catalog::Query::fingerprint)))),
      timer_(loop.make_timer(callback<&SchemaLook::on_timer>(this),
                             pg::Loop::TimerKind::holding)),
      over_(loop.make_timer(callback<&SchemaLook::on_over>(this),
                            pg::Loop::TimerKind::holding)) {}

void SchemaLook::want() {
  wanted_ = true;
  if (looking_ || timer_->running()) return;
  const pg::Milliseconds now = loop_.now();
  timer_->start(next_ > now ? next_ - now : 0);
}

void SchemaLook::on_timer() noexcept {
  try {
    begin();
  } catch (const std::bad_alloc&) {
    loop_.log(pg::Loop::Level::error,
              "out of memory while looking at a schema");
    looking_ = false;
    next_ = loop_.now() + kLongestPause;
    want();
  }
}

void SchemaLook::begin() {
  looking_ = true;
  wanted_ = false;
  owner_.on_look();
  begun_ = loop_.now();
  fingerprint_.clear();
  error_.reset();
  Plan plan;
  plan.statements.push_back({.sql = sql_, .params = {}});
  plan.access = Access::read;
  plan.effects = Effects::clean;
  std::unique_ptr<pg::Run> run = pool_.submit(
      std::move(plan), catalog::load_settings(), *this, {.latest = true});
  if (looking_ && !over_->running()) run_ = std::move(run);
}

bool SchemaLook::on_row(std::size_t, std::span<const Cell> cells) {
  fingerprint_ = catalog::to_text(cells[0]);
  return true;
}

void SchemaLook::on_error(const RunError& error) {
  error_ = std::make_unique<RunError>(error);
  end();
}

// From inside the run's last call: the run itself goes in the next turn.
void SchemaLook::end() {
  const pg::Milliseconds now = loop_.now();
  next_ = now + std::min(kPauses * (now - begun_), kLongestPause);
  over_->start(0);
}

void SchemaLook::on_over() noexcept {
  try {
    run_.reset();
    looking_ = false;
    const std::string found = fingerprint_;
    const std::unique_ptr<RunError> error = std::move(error_);
    owner_.on_looked(found, error.get());
    if (wanted_) want();
  } catch (const std::bad_alloc&) {
    loop_.log(pg::Loop::Level::error,
              "out of memory while looking at a schema");
  }
}

}  // namespace trestle::http
