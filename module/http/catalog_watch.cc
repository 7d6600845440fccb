#include "http/catalog_watch.h"

#include <charconv>
#include <new>
#include <string>

#include "catalog/queries.h"

namespace trestle::http {

namespace {

constexpr pg::Milliseconds kInterval = 5'000;

}  // namespace

CatalogWatch::CatalogWatch(pg::Loop& loop, pg::Pool& pool, Callback on_change)
    : loop_(loop),
      pool_(pool),
      on_change_(on_change),
      sql_(make_sql(std::string(catalog::query_text(catalog::Query::changes)))),
      timer_(loop.make_timer(callback<&CatalogWatch::on_timer>(this),
                             pg::Loop::TimerKind::idle)) {}

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
  plan.statements.push_back({.sql = sql_, .params = {}});
  plan.access = Access::read;
  plan.effects = Effects::clean;
  asking_ = true;
  // A standby counts nothing.
  run_ = pool_.submit(std::move(plan), {}, *this, {.latest = true});
}

bool CatalogWatch::on_row(std::size_t, std::span<const Cell> cells) {
  std::uint64_t count = 0;
  std::from_chars(cells[0].data(), cells[0].data() + cells[0].size(), count);
  if (count != changes_) on_change_();
  return true;
}

}  // namespace trestle::http
