// The catalog of one database in one worker: loaded when it is first needed,
// loaded anew when the database says so (NOTIFY pgrst or trestle), or when a
// statement fails as if the schema had moved; swapped whole. A load that fails
// leaves the old one in place.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "catalog/loader.h"
#include "http/catalog_watch.h"
#include "http/database.h"
#include "http/schema_look.h"
#include "live/change_marks.h"
#include "pg/listener.h"
#include "pg/loop.h"
#include "pg/pool.h"

namespace trestle::http {

// Somebody who waits for a load. Told once, from the event loop; destroyed or
// forgotten before its catalog runtime.
class CatalogWaiter {
 public:
  CatalogWaiter() = default;
  virtual ~CatalogWaiter() = default;
  CatalogWaiter(const CatalogWaiter&) = delete;
  CatalogWaiter& operator=(const CatalogWaiter&) = delete;

  // `error`: the load that was waited for has failed; then `catalog` is the one
  // before it, or null.
  virtual void on_catalog(const catalog::CatalogRef& catalog,
                          const RunError* error) = 0;

  [[nodiscard]] bool is_waiting() const { return list_ != nullptr; }

 private:
  friend class CatalogRuntime;
  CatalogWaiter* next_ = nullptr;
  CatalogWaiter* previous_ = nullptr;
  CatalogWaiter** list_ = nullptr;  // the head of the one it is in
};

class CatalogRuntime final : public catalog::LoadHandler,
                             public pg::Listener::Owner,
                             private SchemaLook::Owner {
 public:
  // All outlive it.
  CatalogRuntime(pg::Loop& loop, pg::Pool& pool, const Database& database);
  ~CatalogRuntime() override;

  // `asked` counts, over all workers, how often a new catalog was asked for.
  // Outlives this.
  void follow(const std::atomic<std::uint64_t>& asked) {
    asked_ = &asked;
    served_ = asked.load(std::memory_order_acquire);
  }

  // `changes` counts what is known of changes of the schema. Outlives this.
  void heed(const std::atomic<std::uint64_t>& changes) { changes_ = &changes; }
  // The catalog in use was read behind the last such change.
  [[nodiscard]] bool is_latest() const {
    return current() != nullptr &&
           (changes_ == nullptr || changes_->load() == changes_seen_);
  }
  // Whether a snapshot that sees all transactions below `xmin` sees the schema
  // that the catalog in use was read of, on a standby too.
  [[nodiscard]] bool is_seen_by(std::uint32_t xmin) const {
    return !live::precedes(xmin, snapshot_end_);
  }
  // The same for the same schemas, in all processes.
  [[nodiscard]] const std::string& schema_id() const { return schema_id_; }

  // Null: not loaded yet, or another worker was asked for a newer one.
  [[nodiscard]] const catalog::CatalogRef& current() const {
    return is_outdated(served_) ? none_ : catalog_;
  }

  // The same, for those who do without it for now: begins to load it.
  [[nodiscard]] const catalog::CatalogRef& wanted();

  // Starts the load that is missing if it is not under way.
  void wait(CatalogWaiter& waiter);
  void forget(CatalogWaiter& waiter);
  [[nodiscard]] bool is_awaited() const {
    return waiters_ != nullptr || next_waiters_ != nullptr ||
           look_waiters_ != nullptr;
  }
  // Waits for a load that begins now, whatever is under way.
  void wait_for_new(CatalogWaiter& waiter);
  // Waits for the catalog of the schema as it is from now on: whether that is
  // the one in use is looked at first (schema_look.h).
  void wait_for_schema(CatalogWaiter& waiter);

  // Loads anew, soon: many calls in a row make one load.
  void reload();
  // The process is to end: no more loads.
  void retire();

 private:
  void on_read() override;
  void on_load_failed(const RunError& error) override;
  void on_notify(std::string_view channel, std::string_view payload) override;
  void on_listening() override;
  void on_timer() noexcept;
  void on_change() noexcept { reload(); }
  void on_look() override;
  void on_looked(const std::string& fingerprint,
                 const RunError* error) override;
  void on_link() noexcept;
  void on_over() noexcept;

  static void add(CatalogWaiter*& list, CatalogWaiter& waiter);
  void move_all(CatalogWaiter*& from, CatalogWaiter*& to);
  void begin_load() noexcept;
  void load();
  void drop_load();
  void on_loaded();
  void tell(const RunError* error);
  void tell_all(CatalogWaiter*& list, const RunError* error);
  [[nodiscard]] bool is_outdated(std::uint64_t begun) const {
    return asked_ != nullptr &&
           asked_->load(std::memory_order_acquire) != begun;
  }

  pg::Loop& loop_;
  std::shared_ptr<pg::Loop*> loop_alive_{std::make_shared<pg::Loop*>(&loop_)};
  pg::Pool& pool_;
  const Database& database_;
  const std::atomic<std::uint64_t>* asked_ = nullptr;
  const std::atomic<std::uint64_t>* changes_ = nullptr;
  std::uint64_t changes_begun_ = 0;  // what they were when the load began
  std::uint64_t changes_seen_ = 0;   // by the catalog in use
  std::string schema_id_;
  std::uint32_t snapshot_end_ = 0;  // no later transaction is in the catalog
  std::uint64_t begun_ = 0;         // what it was when the load began
  std::uint64_t served_ = 0;        // and when the last one to end did
  const catalog::CatalogRef none_;
  catalog::CatalogRef catalog_;
  std::unique_ptr<catalog::CatalogLoader> loader_;
  std::unique_ptr<pg::Run> run_;
  std::unique_ptr<pg::Listener> listener_;
  CatalogWatch watch_;
  SchemaLook look_;
  std::unique_ptr<pg::Timer> debounce_;
  std::unique_ptr<pg::Timer> link_;   // puts together what was read
  std::unique_ptr<pg::Timer> over_;   // clears a finished run from the loop
  CatalogWaiter* waiters_ = nullptr;  // for the load under way
  CatalogWaiter* next_waiters_ = nullptr;  // for a load or look that begins
  CatalogWaiter* look_waiters_ = nullptr;  // for the look under way
  std::string fingerprint_;                // of the schema that was loaded last
  std::uint64_t turns_ = 0;  // that the catalog under way was put together in
  bool loading_ = false;
  bool dirty_ = false;   // asked for again while it loads
  bool failed_ = false;  // the last load; logged once
  bool retired_ = false;
};

}  // namespace trestle::http
