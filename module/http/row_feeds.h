// Who follows which rows in this worker. Subscribers with the same query, role
// and claims are one class (http/row_class.h): what changes is read once for
// all of them.
//
// A few classes run a statement at a time; the others wait in a line, and what
// changes meanwhile gathers.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "auth/identity.h"
#include "frontend/row_query.h"
#include "http/catalog_runtime.h"
#include "http/nginx.h"
#include "live/row_event.h"
#include "pg/loop.h"

namespace trestle::http {

class RowClass;
class RowFeeds;
class Runtime;
struct Database;

// Who is told. Calls come from the event loop, never from inside the call that
// subscribed; a listener may end its subscription in them.
class RowListener {
 public:
  // All rows that match now: at the beginning when they were asked for, and
  // again behind on_resync(). `rows` is a JSON array.
  virtual void on_rows(std::string_view rows, const live::EventId& id) = 0;
  // From here on nothing is missed. Once.
  virtual void on_ready(const live::EventId& id) = 0;
  virtual void on_event(live::RowMessage& message) = 0;
  // Changes may have been missed: what is known of the rows is void.
  virtual void on_resync() = 0;
  // The subscription has ended. Last call.
  virtual void on_refused(const Error& error) = 0;

 protected:
  ~RowListener() = default;
};

struct RowOptions {
  RowRequest request;
  bool rows = false;
  std::string since;         // an EventId, as the client knows it
  std::size_t max_rows = 0;  // that are remembered
};

// One subscription; ends when it is destroyed.
class RowSubscription final : private CatalogWaiter {
 public:
  ~RowSubscription() override;

  [[nodiscard]] const RowOptions& options() const { return options_; }
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  friend class RowFeeds;
  friend class RowClass;

  RowSubscription(RowFeeds& feeds, const Database& database, RowOptions options,
                  const auth::Identity& identity, RowListener& listener)
      : feeds_(feeds),
        database_(database),
        options_(std::move(options)),
        identity_(identity),
        listener_(listener) {}

  void on_catalog(const catalog::CatalogRef& catalog,
                  const RunError* error) override;
  void refuse(const Error& error);

  RowFeeds& feeds_;
  const Database& database_;
  RowOptions options_;
  auth::Identity identity_;
  RowListener& listener_;
  RowClass* class_ = nullptr;
  bool ready_ = false;
  bool wants_rows_ = false;  // on_rows() has not been called yet
  bool ended_ = false;
};

class RowFeeds {
 public:
  explicit RowFeeds(Runtime& runtime);
  ~RowFeeds();
  RowFeeds(const RowFeeds&) = delete;
  RowFeeds& operator=(const RowFeeds&) = delete;

  // `listener` outlives the subscription. Everything else is told to it.
  [[nodiscard]] std::unique_ptr<RowSubscription> subscribe(
      const Database& database, RowOptions options,
      const auth::Identity& identity, RowListener& listener);

  [[nodiscard]] Runtime& runtime() { return runtime_; }

  // --- for classes
  // Calls RowClass::start() when it is its turn.
  void want_turn(RowClass& view);
  void leave_turn(RowClass& view);
  void turn_over();
  // Nobody is left: it is destroyed in a later turn, unless somebody comes.
  void idle(RowClass& view);

 private:
  friend class RowSubscription;

  void join(RowSubscription& subscription, const catalog::CatalogRef& catalog);
  void look_at_fresh();
  void on_turn() noexcept;

  Runtime& runtime_;
  std::unordered_map<std::string, std::unique_ptr<RowClass>> classes_;
  std::vector<RowSubscription*> fresh_;  // have not been looked at yet
  std::deque<RowClass*> line_;
  std::size_t running_ = 0;
  std::unique_ptr<pg::Timer> turn_;
};

// TRS641; `problem` as ChangeRouter::problem().
[[nodiscard]] Error feed_failed(std::string_view problem);

}  // namespace trestle::http
