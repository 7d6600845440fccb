#include "http/catalog_watch.h"

#include <new>
#include <string>

#include "catalog/queries.h"
#include "catalog/rows.h"

namespace trestle::http {

namespace {

constexpr pg::Milliseconds kInterval = 5'000;

SqlRef text_of(catalog::Query query) {
  return make_sql(std::string(catalog::query_text(query)));
}

}  // namespace

CatalogWatch::CatalogWatch(pg::Loop& loop, pg::Pool& pool, Callback on_change)
    : loop_(loop),
      pool_(pool),
      on_change_(on_change),
      counts_(text_of(catalog::Query::changes)),
      fingerprint_(text_of(catalog::Query::fingerprint)),
      timer_(loop.make_timer(callback<&CatalogWatch::on_timer>(this),
                             pg::Loop::TimerKind::idle)) {}

void CatalogWatch::note_loaded(const catalog::Changes& changes) {
  known_ = changes;
  others_ = changes.others;
}

void CatalogWatch::start() { timer_->start(kInterval); }

// Begins anew with the next request: an idle database is left alone.
void CatalogWatch::on_timer() noexcept {
  try {
    if (!asking_) ask();
  } catch (const std::bad_alloc&) {
    loop_.log(pg::Loop::Level::error, "out of memory while watching a catalog");
  }
}

void CatalogWatch::ask() {
  Plan plan;
  plan.statements.push_back(
      {.sql = closer_ ? fingerprint_ : counts_, .params = {}});
  plan.access = Access::read;
  plan.effects = Effects::clean;
  asking_ = true;
  // A standby counts nothing.
  run_ = pool_.submit(std::move(plan), {}, *this, {.latest = true});
}

bool CatalogWatch::on_row(std::size_t, std::span<const Cell> cells) {
  if (closer_) {
    if (cells[0] != known_.fingerprint) on_change_();
    return true;
  }
  others_ = catalog::to_number<std::uint64_t>(cells[1]);
  if (catalog::to_number<std::uint64_t>(cells[0]) != known_.decisive)
    on_change_();
  return true;
}

void CatalogWatch::on_done() {
  asking_ = false;
  const bool was_closer = closer_;
  closer_ = !was_closer && others_ != known_.others;
  if (was_closer) known_.others = others_;
  // The run itself is destroyed with the next one.
  if (closer_) timer_->start(1);
}

}  // namespace trestle::http
