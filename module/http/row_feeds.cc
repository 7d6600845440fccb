#include "http/row_feeds.h"

#include <algorithm>

#include "base/text.h"
#include "frontend/errors.h"
#include "frontend/settings.h"
#include "http/row_class.h"
#include "http/runtime.h"

namespace trestle::http {

namespace {

// Statements that all classes of a worker run at a time.
constexpr std::size_t kRunning = 4;

Error no_feed() {
  return {.code = "TRS640",
          .http_status = 503,
          .message = "The database has no change feed",
          .hint = "Write feed; in its trestle_database"};
}

Error no_rows_when_polling() {
  return {.code = "TRS642",
          .http_status = 503,
          .message = "Changes of rows are not known: the database is polled"};
}

Settings settings_of(const auth::Identity& identity, const RowQuery& query) {
  Settings settings;
  for (Setting& setting : request_settings(identity, Request{}))
    if (setting.name == "role" || setting.name == "request.jwt.claims")
      settings.push_back(std::move(setting));
  settings.insert(settings.end(), query.settings().begin(),
                  query.settings().end());
  return settings;
}

// What tells classes apart.
std::string class_key(const Database& database, const RowOptions& options,
                      const catalog::Catalog& catalog,
                      const Settings& settings) {
  std::string key =
      concat({database.name, "\n", std::to_string(catalog.generation()), "\n",
              options.request.table, "\n", options.request.filter, "\n",
              options.request.select, "\n", std::to_string(options.max_rows)});
  for (const Setting& setting : settings)
    key.append("\n").append(setting.name).append("=").append(setting.value);
  return key;
}

}  // namespace

// --- a subscription ----------------------------------------------------------

RowSubscription::~RowSubscription() {
  std::erase(feeds_.fresh_, this);
  if (class_ != nullptr) class_->remove(*this);
  if (CatalogRuntime* catalog = feeds_.runtime().catalog_if_made(database_))
    catalog->forget(*this);
}

void RowSubscription::refuse(const Error& error) {
  if (ended_) return;
  ended_ = true;
  class_ = nullptr;
  listener_.on_refused(error);
}

void RowSubscription::on_catalog(const catalog::CatalogRef& catalog,
                                 const RunError* error) {
  if (catalog != nullptr)
    feeds_.join(*this, catalog);
  else if (error != nullptr)
    refuse(error_of(*error, Access::read, identity_.authenticated()));
}

// --- all of them -------------------------------------------------------------

RowFeeds::RowFeeds(Runtime& runtime)
    : runtime_(runtime),
      turn_(runtime.loop().make_timer(callback<&RowFeeds::on_turn>(this),
                                      pg::Loop::TimerKind::idle)) {}

// Classes leave the line when they go.
RowFeeds::~RowFeeds() { classes_.clear(); }

std::unique_ptr<RowSubscription> RowFeeds::subscribe(
    const Database& database, RowOptions options,
    const auth::Identity& identity, RowListener& listener) {
  std::unique_ptr<RowSubscription> subscription(new RowSubscription(
      *this, database, std::move(options), identity, listener));
  fresh_.push_back(subscription.get());
  turn_->start(0);
  return subscription;
}

void RowFeeds::look_at_fresh() {
  while (!fresh_.empty()) {
    RowSubscription& subscription = *fresh_.back();
    fresh_.pop_back();
    CatalogRuntime& catalog = runtime_.catalog(subscription.database_);
    if (catalog.current() != nullptr)
      join(subscription, catalog.current());
    else
      catalog.wait(subscription);
  }
}

void RowFeeds::join(RowSubscription& subscription,
                    const catalog::CatalogRef& catalog) {
  const Database& database = subscription.database_;
  live::ChangeRouter* changes = runtime_.live().changes(database);
  if (changes == nullptr) return subscription.refuse(no_feed());
  if (changes->status() == live::FeedStatus::polling)
    return subscription.refuse(no_rows_when_polling());
  if (changes->status() == live::FeedStatus::failed)
    return subscription.refuse(feed_failed(changes->problem()));
  const auth::Identity& identity = subscription.identity_;
  Result<std::shared_ptr<const RowQuery>> query = database.rows->plan_rows(
      catalog, subscription.options_.request, identity.role);
  if (!query.ok()) return subscription.refuse(query.error());
  Settings settings = settings_of(identity, **query);
  std::unique_ptr<RowClass>& place =
      classes_[class_key(database, subscription.options_, *catalog, settings)];
  if (place == nullptr)
    place = std::make_unique<RowClass>(
        *this, database, *changes, std::move(*query), std::move(settings),
        subscription.options_.request.table, subscription.options_.max_rows);
  place->add(subscription);
}

void RowFeeds::want_turn(RowClass& view) {
  line_.push_back(&view);
  turn_->start(0);
}

void RowFeeds::leave_turn(RowClass& view) { std::erase(line_, &view); }

void RowFeeds::turn_over() {
  running_--;
  if (!line_.empty()) turn_->start(0);
}

void RowFeeds::idle(RowClass&) { turn_->start(0); }

void RowFeeds::on_turn() noexcept {
  guard(ngx_cycle->log, [&] {
    look_at_fresh();
    std::erase_if(classes_,
                  [](const auto& entry) { return entry.second->empty(); });
    while (running_ < kRunning && !line_.empty()) {
      RowClass* view = line_.front();
      line_.pop_front();
      if (view->start()) running_++;
    }
  });
}

Error feed_failed(std::string_view problem) {
  return {.code = "TRS641",
          .http_status = 503,
          .message = "The change feed does not run",
          .details = problem.empty() ? std::nullopt
                                     : std::optional(std::string(problem))};
}

}  // namespace trestle::http
