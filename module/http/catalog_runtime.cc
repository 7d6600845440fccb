#include "http/catalog_runtime.h"

#include <new>
#include <utility>

#include "base/text.h"
#include "catalog/queries.h"

namespace trestle::http {

namespace {

constexpr pg::Milliseconds kDebounce = 100;
// After a failed load. Waiters do not wait that long: their request starts one.
constexpr pg::Milliseconds kRetry = 1'000;
constexpr pg::Milliseconds kLoadTimeout = 60'000;
// What was read is put together in turns of that length, and what has come
// meanwhile goes first.
constexpr std::uint64_t kTurn_us = 1'000;
constexpr pg::Milliseconds kPause = 1;

// A large catalog takes long to free, too: a thread does it.
class FreeCatalog final : public pg::Job {
 public:
  explicit FreeCatalog(catalog::CatalogRef catalog)
      : catalog_(std::move(catalog)) {}
  void run() noexcept override { catalog_.reset(); }
  void done() noexcept override {}

 private:
  catalog::CatalogRef catalog_;
};

// Whoever lets go of it last has it freed so, as long as there is a loop.
catalog::CatalogRef freed_by_thread(catalog::CatalogRef catalog,
                                    std::weak_ptr<pg::Loop*> loop) {
  const catalog::Catalog* plain = catalog.get();
  return {plain, [inner = std::move(catalog),
                  weak = std::move(loop)](const catalog::Catalog*) mutable {
            const std::shared_ptr<pg::Loop*> alive = weak.lock();
            if (alive == nullptr) return;
            try {
              static_cast<void>((*alive)->offload(
                  std::make_unique<FreeCatalog>(std::move(inner))));
            } catch (const std::bad_alloc&) {
              // Here, then.
            }
          }};
}

}  // namespace

CatalogRuntime::CatalogRuntime(pg::Loop& loop, pg::Pool& pool,
                               const Database& database)
    : loop_(loop),
      pool_(pool),
      database_(database),
      watch_(loop, pool, callback<&CatalogRuntime::on_change>(this)),
      look_(loop, pool, *this) {
  debounce_ = loop.make_timer(callback<&CatalogRuntime::on_timer>(this),
                              pg::Loop::TimerKind::idle);
  link_ = loop.make_timer(callback<&CatalogRuntime::on_link>(this),
                          pg::Loop::TimerKind::holding);
  over_ = loop.make_timer(callback<&CatalogRuntime::on_over>(this),
                          pg::Loop::TimerKind::idle);
}

CatalogRuntime::~CatalogRuntime() {
  loop_alive_.reset();  // its threads end with it
  while (waiters_ != nullptr) forget(*waiters_);
  while (next_waiters_ != nullptr) forget(*next_waiters_);
  while (look_waiters_ != nullptr) forget(*look_waiters_);
}

const catalog::CatalogRef& CatalogRuntime::wanted() {
  const catalog::CatalogRef& catalog = current();
  if (catalog != nullptr)
    watch_.note_use();
  else if (!loading_)
    reload();
  return catalog;
}

void CatalogRuntime::wait(CatalogWaiter& waiter) {
  if (loading_ && is_outdated(begun_)) drop_load();
  add(waiters_, waiter);
  if (!loading_) load();
}

void CatalogRuntime::wait_for_schema(CatalogWaiter& waiter) {
  add(next_waiters_, waiter);
  if (!loading_) look_.want();  // else when the load is over
}

void CatalogRuntime::add(CatalogWaiter*& list, CatalogWaiter& waiter) {
  waiter.previous_ = nullptr;
  waiter.next_ = list;
  if (list != nullptr) list->previous_ = &waiter;
  list = &waiter;
  waiter.list_ = &list;
}

void CatalogRuntime::move_all(CatalogWaiter*& from, CatalogWaiter*& to) {
  while (from != nullptr) {
    CatalogWaiter& waiter = *from;
    forget(waiter);
    add(to, waiter);
  }
}

void CatalogRuntime::wait_for_new(CatalogWaiter& waiter) {
  if (loading_) drop_load();  // what it has read so far may be too old
  wait(waiter);
}

void CatalogRuntime::forget(CatalogWaiter& waiter) {
  if (waiter.list_ == nullptr) return;
  if (waiter.next_ != nullptr) waiter.next_->previous_ = waiter.previous_;
  (waiter.previous_ != nullptr ? waiter.previous_->next_ : *waiter.list_) =
      waiter.next_;
  waiter.next_ = waiter.previous_ = nullptr;
  waiter.list_ = nullptr;
}

void CatalogRuntime::reload() {
  if (retired_) return;
  if (loading_)
    dirty_ = true;
  else if (!debounce_->running())
    debounce_->start(kDebounce);
}

void CatalogRuntime::retire() {
  retired_ = true;
  debounce_->stop();
  watch_.retire();
  if (listener_ != nullptr) listener_->retire();
}

void CatalogRuntime::load() {
  loading_ = true;
  dirty_ = false;
  debounce_->stop();  // what it was to load, this one sees
  move_all(next_waiters_, waiters_);
  if (asked_ != nullptr) begun_ = asked_->load(std::memory_order_acquire);
  if (changes_ != nullptr) changes_begun_ = changes_->load();
  run_.reset();
  loader_ = std::make_unique<catalog::CatalogLoader>(*this);
  std::unique_ptr<pg::Run> run =
      pool_.submit(catalog::load_plan(), catalog::load_settings(), *loader_,
                   {.query_timeout = kLoadTimeout, .latest = true});
  if (loading_) run_ = std::move(run);
}

void CatalogRuntime::drop_load() {
  run_.reset();
  link_->stop();
  loading_ = false;
}

void CatalogRuntime::on_read() {
  turns_ = 0;
  link_->start(kPause);
}

void CatalogRuntime::on_link() noexcept {
  try {
    turns_++;
    const std::uint64_t until = loop_.now_us() + kTurn_us;
    while (loader_->link_some())
      if (loop_.now_us() >= until) return link_->start(kPause);
    on_loaded();
  } catch (const std::bad_alloc&) {
    RunError error;
    error.kind = RunError::Kind::unavailable;
    error.message = "out of memory";
    on_load_failed(error);
  }
}

void CatalogRuntime::on_loaded() {
  catalog_ = freed_by_thread(loader_->take(), loop_alive_);
  watch_.note_loaded(loader_->changes());
  fingerprint_ = loader_->changes().fingerprint;
  changes_seen_ = changes_begun_;
  schema_id_ =
      concat({fingerprint_, ".", std::to_string(loader_->changes().decisive)});
  snapshot_end_ = static_cast<std::uint32_t>(loader_->changes().snapshot_end);
  failed_ = false;
  loop_.log(pg::Loop::Level::info,
            concat({"catalog of \"", database_.name, "\" loaded, linked in ",
                    std::to_string(turns_), " turns"}));
  tell(nullptr);
}

void CatalogRuntime::on_load_failed(const RunError& error) {
  if (!failed_)
    loop_.log(pg::Loop::Level::error,
              concat({"catalog of \"", database_.name,
                      "\" could not be loaded: ", error.message}));
  failed_ = true;
  if (!retired_ && catalog_ != nullptr) debounce_->start(kRetry);
  tell(&error);
}

// From inside the run's last call: the run itself goes in the next turn.
void CatalogRuntime::tell(const RunError* error) {
  loading_ = false;
  served_ = begun_;  // also when it failed: it is tried again, but not at once
  over_->start(0);
  tell_all(waiters_, error);
}

// Each may forget others, so the list is walked from its head.
void CatalogRuntime::tell_all(CatalogWaiter*& list, const RunError* error) {
  while (list != nullptr) {
    CatalogWaiter& waiter = *list;
    forget(waiter);
    waiter.on_catalog(catalog_, error);
  }
}

void CatalogRuntime::on_look() { move_all(next_waiters_, look_waiters_); }

// A load that is under way may have begun before those who wait have failed.
void CatalogRuntime::on_looked(const std::string& fingerprint,
                               const RunError* error) {
  if (error != nullptr || fingerprint == fingerprint_)
    return tell_all(look_waiters_, error);
  move_all(look_waiters_, next_waiters_);
  if (next_waiters_ != nullptr && !loading_ && !over_->running()) begin_load();
}

void CatalogRuntime::on_over() noexcept {
  if (loading_) return;
  run_.reset();
  loader_.reset();
  if (next_waiters_ != nullptr) look_.want();
  if (retired_) return;
  try {
    if (listener_ == nullptr && catalog_ != nullptr)
      listener_ = std::make_unique<pg::Listener>(
          loop_, pool_, std::vector<std::string>{"pgrst", "trestle"},
          database_.pool.connect_timeout, *this);
  } catch (...) {
    loop_.log(pg::Loop::Level::error, "out of memory while listening");
  }
  if (dirty_) {
    dirty_ = false;
    reload();
  }
}

void CatalogRuntime::on_timer() noexcept {
  if (!loading_ && !retired_) begin_load();
}

void CatalogRuntime::begin_load() noexcept {
  try {
    load();
  } catch (...) {
    loading_ = false;
    loop_.log(pg::Loop::Level::error, "out of memory while loading a catalog");
  }
}

void CatalogRuntime::on_notify(std::string_view channel,
                               std::string_view payload) {
  static_cast<void>(channel);
  // The configuration is nginx's: `reload config` asks for nothing here.
  if (payload == "reload config") return;
  reload();
}

void CatalogRuntime::on_listening() { reload(); }

}  // namespace trestle::http
