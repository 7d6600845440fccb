#include "http/readiness.h"

#include <memory>
#include <vector>

#include "base/text.h"
#include "http/runtime.h"
#include "http/status.h"

namespace trestle::http {

namespace {

constexpr pg::Milliseconds kTimeout = 2'000;

// A read that touches nothing, and so shares a connection.
Plan probe() {
  static const SqlRef kProbe = make_sql("select 1");
  Plan plan;
  plan.statements.push_back({.sql = kProbe, .params = {}});
  plan.access = Access::read;
  plan.effects = Effects::clean;
  return plan;
}

class ReadinessRequest;

// Asks one database.
class Probe final : public RowSink {
 public:
  Probe(ReadinessRequest& request, const Database& database)
      : request_(request), database_(database) {}

  // False: the answer is there already.
  void start(Runtime& runtime) {
    run_ = runtime.pool(database_).submit(probe(), {}, *this,
                                          {.query_timeout = kTimeout});
  }

  void on_columns(std::size_t, std::span<const ResultColumn>) override {}
  bool on_row(std::size_t, std::span<const Cell>) override { return true; }
  void on_statement_done(std::size_t, std::uint64_t) override {}
  void on_done() override;
  void on_error(const RunError& error) override;

  [[nodiscard]] const std::string& name() const { return database_.name; }
  [[nodiscard]] bool answered() const { return answered_; }

 private:
  ReadinessRequest& request_;
  const Database& database_;
  std::unique_ptr<pg::Run> run_;
  bool answered_ = false;
};

// One request to `ready`: answers when all databases have, or have failed to.
class ReadinessRequest final : public RunHolder {
 public:
  ReadinessRequest(ngx_http_request_t* r, Runtime& runtime)
      : r_(r), runtime_(runtime) {
    timer_ =
        runtime.loop().make_timer(callback<&ReadinessRequest::on_timer>(this),
                                  pg::Loop::TimerKind::holding);
    runtime.add(*this);
  }
  ~ReadinessRequest() override {
    let_go();
    runtime_.remove(*this);
  }

  void start() {
    timer_->start(kTimeout);
    for (const std::unique_ptr<Database>& database : runtime_.conf().databases)
      probes_.push_back(std::make_unique<Probe>(*this, *database));
    left_ = probes_.size();
    for (const std::unique_ptr<Probe>& one : probes_) one->start(runtime_);
    if (left_ == 0) timer_->start(0);
  }

  // From inside a run's last call: the answer is given in the next turn.
  void on_one() {
    if (--left_ == 0) timer_->start(0);
  }

  void let_go() noexcept override {
    timer_.reset();
    probes_.clear();
  }

 private:
  void on_timer() noexcept {
    ngx_http_request_t* r = r_;
    ngx_connection_t* c = r->connection;
    const ngx_int_t rc =
        guard(c->log, ngx_int_t{NGX_HTTP_INTERNAL_SERVER_ERROR},
              [&] { return answer(); });
    ngx_http_finalize_request(r, rc);
    ngx_http_run_posted_requests(c);
  }

  ngx_int_t answer() {
    int status = 200;
    std::string text;
    for (const std::unique_ptr<Probe>& one : probes_) {
      if (!one->answered()) status = 503;
      text += concat({one->name(), one->answered() ? ": ready\n" : ": away\n"});
    }
    let_go();
    return send_text(r_, status, "text/plain; charset=utf-8", text);
  }

  ngx_http_request_t* r_;
  Runtime& runtime_;
  std::unique_ptr<pg::Timer> timer_;
  std::vector<std::unique_ptr<Probe>> probes_;
  std::size_t left_ = 0;
};

void Probe::on_done() {
  answered_ = true;
  request_.on_one();
}

void Probe::on_error(const RunError&) { request_.on_one(); }

}  // namespace

ngx_int_t readiness_handler(ngx_http_request_t* r) {
  Runtime* runtime = Runtime::get();
  if (runtime == nullptr) return NGX_HTTP_SERVICE_UNAVAILABLE;
  auto* request = pool_new<ReadinessRequest>(r->pool, r, *runtime);
  if (request == nullptr) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  r->main->count++;
  request->start();
  return NGX_DONE;
}

}  // namespace trestle::http
