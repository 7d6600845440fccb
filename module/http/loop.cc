#include "http/loop.h"

#include <sys/stat.h>
#include <time.h>

#include "http/loop_lookup.h"

namespace trestle::http {

namespace {

// Which socket a number means: a closed socket's number is soon another's.
struct SocketId {
  dev_t device = 0;
  ino_t inode = 0;

  static SocketId of(int fd) {
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0) return {};
    return {info.st_dev, info.st_ino};
  }
  bool operator==(const SocketId&) const = default;
};

// A database socket as an nginx connection. libpq owns the descriptor and may
// close it behind our back, so
//  (1) an event is taken out of the kernel only when the number still means the
//      socket it was added for; else nginx alone is told to forget it;
//  (2) the connection is always given back as "shared": nginx must not close
//      the descriptor.
class NginxWatch final : public pg::Watch {
 public:
  NginxWatch(ngx_log_t* log, const pg::WatchCallbacks& callbacks)
      : log_(log), callbacks_(callbacks) {}
  ~NginxWatch() override { release(); }

  bool bind(int fd) override {
    if (connection_ != nullptr) forget_events();
    if (fd < 0) {
      release();
      return true;
    }
    if (connection_ == nullptr && !acquire(fd)) return false;
    connection_->fd = fd;
    socket_ = SocketId::of(fd);
    return true;
  }

  bool want(bool read, bool write) override {
    if (connection_ == nullptr) return !read && !write;
    return set(connection_->read, NGX_READ_EVENT, read) &&
           set(connection_->write, NGX_WRITE_EVENT, write);
  }

  void set_idle(bool idle) override {
    idle_ = idle;
    if (connection_ != nullptr) connection_->idle = idle ? 1 : 0;
  }

 private:
  bool acquire(int fd) {
    connection_ = ngx_get_connection(fd, log_);
    if (connection_ == nullptr) return false;
    connection_->data = this;
    connection_->log = log_;
    connection_->read->log = log_;
    connection_->write->log = log_;
    connection_->read->handler = on_read;
    connection_->write->handler = on_write;
    connection_->idle = idle_ ? 1 : 0;
    return true;
  }

  void release() {
    if (connection_ == nullptr) return;
    forget_events();
    connection_->shared = 1;  // (2)
    ngx_close_connection(connection_);
    connection_ = nullptr;
  }

  void forget_events() {
    if (!connection_->read->active && !connection_->write->active) return;
    static_cast<void>(want(false, false));
  }

  bool set(ngx_event_t* event, ngx_int_t kind, bool wanted) {
    if (wanted == static_cast<bool>(event->active)) return true;
    if (wanted) return ngx_add_event(event, kind, NGX_LEVEL_EVENT) == NGX_OK;
    bool same = SocketId::of(connection_->fd) == socket_;  // (1)
    return ngx_del_event(event, kind, same ? 0 : NGX_CLOSE_EVENT) == NGX_OK;
  }

  static NginxWatch* owner(ngx_event_t* event) {
    return static_cast<NginxWatch*>(
        static_cast<ngx_connection_t*>(event->data)->data);
  }

  static void on_read(ngx_event_t* event) noexcept {
    auto* connection = static_cast<ngx_connection_t*>(event->data);
    NginxWatch* watch = owner(event);
    guard(watch->log_, [&] {
      bool quit = connection->close && connection->idle;
      connection->close = 0;
      if (quit)
        watch->callbacks_.on_quit();
      else
        watch->callbacks_.on_readable();
    });
  }

  static void on_write(ngx_event_t* event) noexcept {
    NginxWatch* watch = owner(event);
    guard(watch->log_, [&] { watch->callbacks_.on_writable(); });
  }

  ngx_log_t* log_;
  pg::WatchCallbacks callbacks_;
  ngx_connection_t* connection_ = nullptr;
  SocketId socket_;
  bool idle_ = false;
};

class NginxTimer final : public pg::Timer {
 public:
  NginxTimer(ngx_log_t* log, Callback on_timer, pg::Loop::TimerKind kind)
      : owner_(this), on_timer_(on_timer) {
    event_.data = &owner_;
    event_.log = log;
    event_.handler = on_event;
    event_.cancelable = kind == pg::Loop::TimerKind::idle;
  }
  ~NginxTimer() override { stop(); }

  void start(pg::Milliseconds delay) override {
    // nginx leaves a timer alone that would move by less than 300 ms.
    stop();
    if (delay == 0) {
      // Behind this turn's events. As a timer it would wait for the next
      // millisecond of nginx's clock, and keep the loop spinning until then.
      ngx_post_event(&event_, &ngx_posted_events);
      return;
    }
    ngx_add_timer(&event_, delay);
  }

  void stop() override {
    if (event_.timer_set) ngx_del_timer(&event_);
    unpost(event_);
  }

  bool running() const override { return event_.timer_set || event_.posted; }

 private:
  static void on_event(ngx_event_t* event) noexcept {
    auto* timer = EventOwner::of<NginxTimer>(event);
    guard(event->log, [&] { timer->on_timer_(); });
  }

  EventOwner owner_;
  Callback on_timer_;
  ngx_event_t event_ = {};
};

ngx_uint_t level_of(pg::Loop::Level level) {
  switch (level) {
    case pg::Loop::Level::error:
      return NGX_LOG_ERR;
    case pg::Loop::Level::warn:
      return NGX_LOG_WARN;
    case pg::Loop::Level::info:
      return NGX_LOG_INFO;
    case pg::Loop::Level::debug:
      break;
  }
  return NGX_LOG_DEBUG;
}

}  // namespace

// A job on its way through the thread pool. The loop keeps a list of them: the
// threads are joined before exit_process reaches us, and a job that came back
// too late for the event loop is freed with the loop.
class OffloadTask {
 public:
  OffloadTask(NginxLoop* loop, std::unique_ptr<pg::Job> job)
      : owner_(this), loop_(loop), job_(std::move(job)) {
    task_.ctx = this;
    task_.handler = run;
    task_.event.data = &owner_;
    task_.event.log = loop->log_;
    task_.event.handler = on_done;
    next_ = loop->tasks_;
    if (next_ != nullptr) next_->previous_ = this;
    loop->tasks_ = this;
  }

  ~OffloadTask() {
    if (next_ != nullptr) next_->previous_ = previous_;
    (previous_ != nullptr ? previous_->next_ : loop_->tasks_) = next_;
  }
  OffloadTask(const OffloadTask&) = delete;
  OffloadTask& operator=(const OffloadTask&) = delete;

  bool post(ngx_thread_pool_t* threads) {
    return ngx_thread_task_post(threads, &task_) == NGX_OK;
  }

 private:
  friend class NginxLoop;

  static void run(void* self, ngx_log_t*) noexcept {
    static_cast<OffloadTask*>(self)->job_->run();
  }

  static void on_done(ngx_event_t* event) noexcept {
    std::unique_ptr<OffloadTask> task(EventOwner::of<OffloadTask>(event));
    guard(event->log, [&] { task->job_->done(); });
  }

  EventOwner owner_;
  NginxLoop* loop_;
  std::unique_ptr<pg::Job> job_;
  ngx_thread_task_t task_ = {};
  OffloadTask* next_ = nullptr;
  OffloadTask* previous_ = nullptr;
};

NginxLoop::NginxLoop(ngx_log_t* log, ngx_thread_pool_t* threads,
                     ngx_resolver_t* resolver, ngx_msec_t resolver_timeout,
                     const HostTable* hosts)
    : log_(log),
      threads_(threads),
      resolver_(resolver),
      resolver_timeout_(resolver_timeout),
      hosts_(hosts) {}

NginxLoop::~NginxLoop() {
  for (OffloadTask* task = tasks_; task != nullptr;) {
    OffloadTask* next = task->next_;
    delete task;
    task = next;
  }
}

std::unique_ptr<pg::Watch> NginxLoop::make_watch(
    const pg::WatchCallbacks& callbacks) {
  return std::make_unique<NginxWatch>(log_, callbacks);
}

std::unique_ptr<pg::Timer> NginxLoop::make_timer(Callback on_timer,
                                                 TimerKind kind) {
  return std::make_unique<NginxTimer>(log_, on_timer, kind);
}

bool NginxLoop::offload(std::unique_ptr<pg::Job> job) {
  if (threads_ == nullptr) return false;
  auto task = std::make_unique<OffloadTask>(this, std::move(job));
  if (!task->post(threads_)) return false;
  static_cast<void>(task.release());  // on_done() takes it back
  return true;
}

std::unique_ptr<pg::Lookup> NginxLoop::resolve(const std::string& host,
                                               pg::LookupHandler& handler) {
  if (auto known = hosts_->find(host); known != hosts_->end())
    return std::make_unique<KnownHostLookup>(log_, known->second, handler);
  if (resolver_ == nullptr || resolver_->connections.nelts == 0) return nullptr;
  auto lookup = std::make_unique<NginxLookup>(log_, host, handler);
  lookup->start(resolver_, resolver_timeout_);
  return lookup;
}

std::uint64_t monotonic_us() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1'000;
}

std::uint32_t NginxLoop::random() {
  return static_cast<std::uint32_t>(::random());
}

void NginxLoop::log(Level level, std::string_view text) {
  ngx_str_t borrowed = borrow(text);
  ngx_log_error(level_of(level), log_, 0, "trestle: %V", &borrowed);
}

}  // namespace trestle::http
