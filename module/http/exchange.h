// HttpExchange takes one request through its stages: authenticate, read the
// body, begin() of the front-end, run on the pool, send the answer. It lives in
// the request's pool.
//
//  (1) What the front-end or the pool calls only fills the response and posts
//      an event; drive(), which may end the request and so destroy all of this,
//      runs in a turn of its own.
//  (2) The request is finalized only after the run's last call: a write that
//      has not committed is no success, and a run that is destroyed earlier is
//      cancelled.
//  (3) When the client leaves, nginx ends the request: its cleanup destroys the
//      run, and the pool cancels what is executing.
#pragma once

#include <memory>
#include <optional>

#include "frontend/frontend.h"
#include "http/body.h"
#include "http/cache_visit.h"
#include "http/config.h"
#include "http/context.h"
#include "http/observe.h"
#include "http/request_view.h"
#include "http/response.h"
#include "http/runtime.h"
#include "http/subrequest.h"
#include "http/work_run.h"

namespace trestle::http {

class HttpExchange final : private WorkRun::Owner,
                           private ResponseOwner,
                           private RunHolder,
                           private CatalogWaiter,
                           private SubrequestWaiter,
                           private Clock {
 public:
  // The content handler of locations that have a front-end.
  static ngx_int_t handle(ngx_http_request_t* r) noexcept;

  HttpExchange(RequestContext& context, const LocationConf& conf,
               Runtime& runtime);
  ~HttpExchange();

 private:
  [[nodiscard]] ngx_int_t start();
  [[nodiscard]] ngx_int_t refuse_early(const Error& error);

  static void on_body_read(ngx_http_request_t* r) noexcept;
  void on_body_ready() noexcept;
  void on_body_timeout() noexcept;
  void begin();
  void on_catalog(const catalog::CatalogRef& catalog,
                  const RunError* error) override;
  void open_stream();
  void plan_and_submit(catalog::CatalogRef catalog);
  [[nodiscard]] std::uint64_t now_us() const override {
    return runtime_.loop().now_us();
  }
  void submit(Work work);
  void submit_next();
  void ask(const std::string& path);
  void on_answer(ngx_uint_t status, std::string_view body) override;

  // (1)
  void schedule() noexcept;
  static void on_event(ngx_event_t* event) noexcept;
  static void on_write(ngx_http_request_t* r) noexcept;
  void drive();
  void watch_client();
  void wait_for_client();
  void finish(ngx_int_t rc);
  void break_off();
  void let_go() noexcept override;
  void note_stats();
  void end_run();
  [[nodiscard]] pg::RunOptions run_options(bool at_home);

  [[nodiscard]] bool can_restart() const override {
    return response_.can_restart();
  }
  void on_failure(const RunError& error) override;
  bool make_way() override;
  void give_up() override;
  void go_on_replanning();

  void edit(ResponseHead& head) override;
  bool plan_again(Outdated what) override { return run_.plan_again(what); }

  // trestle_cache
  [[nodiscard]] bool answer_from_cache();
  void keep_answer();

  ngx_http_request_t* r_;
  RequestContext& context_;
  const LocationConf& conf_;
  Runtime& runtime_;
  NginxFacts facts_;
  Response response_;
  BodyReader body_;
  std::optional<CacheVisit> cache_;  // nullopt: nothing is kept here
  std::optional<Exchange> exchange_;
  WorkRun run_;  // after exchange_, which its work answers
  std::uint64_t identity_us_ = 0;
  pg::Milliseconds arrived_ = 0;  // as a whole, by the loop's clock

  NginxLog log_;
  EventOwner owner_;
  ngx_event_t event_ = {};
};

}  // namespace trestle::http
