#include "http/admin.h"

#include "http/catalog_runtime.h"
#include "http/outside.h"
#include "http/runtime.h"

namespace trestle::http {

namespace {

constexpr ngx_msec_t kReloadTimeout = 30'000;

ngx_int_t send_status(ngx_http_request_t* r, ngx_uint_t status) {
  r->headers_out.status = status;
  r->headers_out.content_length_n = status == NGX_HTTP_NO_CONTENT ? -1 : 0;
  r->header_only = 1;
  return ngx_http_send_header(r);
}

class ReloadRequest;

// Waits for the catalog of one database.
class ReloadWaiter final : public CatalogWaiter {
 public:
  ReloadWaiter(ReloadRequest& request, CatalogRuntime& catalog)
      : request_(request), catalog_(catalog) {
    catalog_.wait_for_new(*this);
  }
  ~ReloadWaiter() { catalog_.forget(*this); }

  void on_catalog(const catalog::CatalogRef& catalog,
                  const RunError* error) override;

 private:
  ReloadRequest& request_;
  CatalogRuntime& catalog_;
};

// One POST to reload: answers when all databases have been read anew.
class ReloadRequest final : public RunHolder {
 public:
  ReloadRequest(ngx_http_request_t* r, Runtime& runtime)
      : r_(r), runtime_(runtime) {
    timer_ =
        runtime.loop().make_timer(callback<&ReloadRequest::on_timeout>(this),
                                  pg::Loop::TimerKind::holding);
    runtime.add(*this);
  }
  ~ReloadRequest() override {
    let_go();
    runtime_.remove(*this);
  }

  void start() {
    timer_->start(kReloadTimeout);
    // Other workers see it before they serve their next request.
    for (const std::unique_ptr<Database>& database : runtime_.conf().databases)
      if (auto* counters = runtime_.counters(*database)) counters->reloads++;
    for (const std::unique_ptr<Database>& database : runtime_.conf().databases)
      left_++, waiters_.push_back(std::make_unique<ReloadWaiter>(
                   *this, runtime_.catalog(*database)));
    if (left_ == 0) finish();
  }

  // From inside a run's last call: the answer is given in the next turn.
  void on_one(bool failed) {
    failed_ = failed_ || failed;
    if (--left_ == 0) finish();
  }

  void let_go() noexcept override {
    timer_.reset();
    waiters_.clear();
  }

 private:
  void finish() {
    over_ = true;
    timer_->start(0);
  }

  void on_timeout() noexcept {
    ngx_http_request_t* r = r_;
    ngx_connection_t* c = r->connection;
    ngx_uint_t status = over_ && !failed_
                            ? ngx_uint_t{NGX_HTTP_NO_CONTENT}
                            : ngx_uint_t{NGX_HTTP_GATEWAY_TIME_OUT};
    let_go();
    ngx_http_finalize_request(r, send_status(r, status));
    ngx_http_run_posted_requests(c);
  }

  ngx_http_request_t* r_;
  Runtime& runtime_;
  std::unique_ptr<pg::Timer> timer_;
  std::vector<std::unique_ptr<ReloadWaiter>> waiters_;
  int left_ = 0;
  bool over_ = false;
  bool failed_ = false;
};

void ReloadWaiter::on_catalog(const catalog::CatalogRef& catalog,
                              const RunError* error) {
  static_cast<void>(catalog);
  request_.on_one(error != nullptr);
}

}  // namespace

ngx_int_t admin_handler(ngx_http_request_t* r) {
  std::string_view uri = view(r->uri);
  Runtime* runtime = Runtime::get();
  auto* main = static_cast<MainConf*>(
      ngx_http_get_module_main_conf(r, ngx_http_trestle_module));
  if (!is_local_client(r, main->trusted_proxies)) return NGX_HTTP_FORBIDDEN;
  if (runtime == nullptr) return NGX_HTTP_SERVICE_UNAVAILABLE;
  ngx_int_t rc = ngx_http_discard_request_body(r);
  if (rc != NGX_OK) return rc;
  if (uri.ends_with("/release")) {
    for (const std::unique_ptr<Database>& database :
         runtime->conf().databases) {
      if (auto* counters = runtime->counters(*database)) counters->releases++;
      runtime->release(*database);
    }
    return send_status(r, NGX_HTTP_NO_CONTENT);
  }
  if (!uri.ends_with("/reload")) return NGX_HTTP_NOT_ALLOWED;
  auto* request = pool_new<ReloadRequest>(r->pool, r, *runtime);
  if (request == nullptr) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  r->main->count++;
  request->start();
  return NGX_DONE;
}

}  // namespace trestle::http
