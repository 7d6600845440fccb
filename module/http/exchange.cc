#include "http/exchange.h"

#include <algorithm>
#include <utility>

#include "auth/errors.h"
#include "base/json.h"
#include "http/answer_head.h"
#include "http/answer_stream.h"
#include "http/client_wait.h"
#include "http/errors.h"
#include "http/handlers.h"
#include "http/observe.h"
#include "http/read_position.h"
#include "live/handshake.h"

namespace trestle::http {

namespace {

HttpExchange* exchange_of(ngx_http_request_t* r) {
  return static_cast<HttpExchange*>(find_context(r)->exchange);
}

}  // namespace

ngx_int_t HttpExchange::handle(ngx_http_request_t* r) noexcept {
  return guard(r->connection->log, ngx_int_t{NGX_HTTP_INTERNAL_SERVER_ERROR},
               [&]() -> ngx_int_t {
                 RequestContext* context = get_context(r);
                 if (context == nullptr || !view_request(r, context->request))
                   return NGX_HTTP_INTERNAL_SERVER_ERROR;
                 Runtime* runtime = Runtime::get();
                 if (runtime == nullptr) return NGX_HTTP_SERVICE_UNAVAILABLE;
                 const LocationConf& conf = location_conf(r);
                 if (conf.kind->upgrade != nullptr && r == r->main &&
                     live::wants_websocket(context->request))
                   return conf.kind->upgrade(r, *context, conf, *runtime);
                 auto* exchange =
                     pool_new<HttpExchange>(r->pool, *context, conf, *runtime);
                 if (exchange == nullptr) return NGX_HTTP_INTERNAL_SERVER_ERROR;
                 context->exchange = exchange;
                 return exchange->start();
               });
}

HttpExchange::HttpExchange(RequestContext& context, const LocationConf& conf,
                           Runtime& runtime)
    : r_(context.r),
      context_(context),
      conf_(conf),
      runtime_(runtime),
      facts_(context.r, conf),
      response_(context.r,
                {.buffer_size = conf.buffer_size,
                 .max_bytes = static_cast<std::uint64_t>(conf.max_result),
                 .temp_path = conf.temp_path,
                 .max_temp_bytes = conf.max_temp_file_size},
                *this, callback<&HttpExchange::schedule>(this)),
      body_(runtime.loop(), callback<&HttpExchange::on_body_ready>(this)),
      run_(runtime, *conf.database, static_cast<WorkRun::Owner&>(*this),
           callback<&HttpExchange::schedule>(this)),
      log_(context.r->connection->log),
      owner_(this) {
  event_.data = &owner_;
  event_.handler = on_event;
  event_.log = r_->connection->log;
  context_.database = conf.database;
  runtime_.add(*this);
}

HttpExchange::~HttpExchange() {
  let_go();
  runtime_.remove(*this);
  context_.exchange = nullptr;
}

// --- request -----------------------------------------------------------------

ngx_int_t HttpExchange::start() {
  // nginx runs these when it gives the request up, before its pool goes.
  ngx_http_cleanup_t* cleanup = ngx_http_cleanup_add(r_, 0);
  if (cleanup == nullptr) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  cleanup->data = this;
  cleanup->handler = [](void* self) noexcept {
    static_cast<HttpExchange*>(self)->let_go();
  };

  const std::uint64_t begun_us = now_us();
  Result<void> identity = authenticate(context_, *conf_.database);
  identity_us_ = context_.lookup_us + now_us() - begun_us;
  if (!identity.ok()) return refuse_early(identity.error());

  body_.expect(r_, conf_.body_timeout,
               callback<&HttpExchange::on_body_timeout>(this));
  ngx_int_t rc = ngx_http_read_client_request_body(r_, on_body_read);
  return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}

// Answers before the body was read; nginx throws it away.
ngx_int_t HttpExchange::refuse_early(const Error& error) {
  ngx_int_t rc = ngx_http_discard_request_body(r_);
  if (rc != NGX_OK) return rc;
  context_.challenge = auth::challenge(error);
  conf_.frontend->refuse(context_.request, error, response_);
  r_->main->count++;  // as reading the body would have done
  drive();
  return NGX_DONE;
}

void HttpExchange::on_body_read(ngx_http_request_t* r) noexcept {
  guard(r->connection->log, [&] {
    HttpExchange* exchange = exchange_of(r);
    if (exchange->body_.collect(r) == BodyReader::State::reading)
      exchange->watch_client();
    else
      exchange->begin();
  });
}

void HttpExchange::on_body_ready() noexcept {
  ngx_connection_t* c = r_->connection;
  guard(c->log, [&] { begin(); });
  ngx_http_run_posted_requests(c);
}

void HttpExchange::on_body_timeout() noexcept {
  ngx_connection_t* c = r_->connection;
  guard(c->log, [&] {
    conf_.frontend->refuse(context_.request, errors::body_timeout(), response_);
    drive();
  });
  ngx_http_run_posted_requests(c);
}

// --- plan, sql, run ----------------------------------------------------------

void HttpExchange::begin() {
  arrived_ = runtime_.loop().now();
  watch_client();
  runtime_.follow_administrators(*conf_.database);
  if (body_.state() == BodyReader::State::failed) {
    conf_.frontend->refuse(context_.request, errors::body_unreadable(),
                           response_);
    return drive();
  }
  context_.request.body = body_.bytes();
  if (r_ == r_->main && wants_stream(context_.request, conf_))
    return open_stream();
  if (answer_from_cache()) return drive();
  CatalogRuntime& catalog = runtime_.catalog(*conf_.database);
  if (catalog.current() == nullptr && conf_.frontend->needs_catalog())
    return catalog.wait(*this);
  plan_and_submit(catalog.wanted());
  drive();
}

bool HttpExchange::answer_from_cache() {
  if (conf_.cache != 1) return false;
  cache_.emplace(context_, conf_, runtime_);
  if (cache_->answer(facts_, response_)) return true;
  response_.copy_to(cache_->copy());
  return false;
}

// The answer goes on; from here the request is the stream's.
void HttpExchange::open_stream() {
  if (!AnswerStream::open(r_, context_, conf_, runtime_)) break_off();
}

// The first load is over.
void HttpExchange::on_catalog(const catalog::CatalogRef& catalog,
                              const RunError* error) {
  if (error != nullptr && catalog == nullptr)
    conf_.frontend->refuse(context_.request, errors::no_catalog(), response_);
  else
    plan_and_submit(catalog);
  schedule();
}

void HttpExchange::plan_and_submit(catalog::CatalogRef catalog) {
  exchange_.emplace(Exchange{.request = context_.request,
                             .identity = *context_.identity,
                             .facts = facts_,
                             .catalog = std::move(catalog),
                             .now = now_s(),
                             .response = response_,
                             .clock = this,
                             .identity_us = identity_us_,
                             .log = &log_});
  std::optional<Work> work = conf_.frontend->begin(*exchange_);
  if (!work) return;
  if (cache_) cache_->prepare(*work, *exchange_);
  submit(std::move(*work));
}

void HttpExchange::submit(Work work) {
  const bool has_probe = cache_ && cache_->has_probe();
  const std::size_t first = has_probe ? 1 : 0;
  if (work.plan.statements.size() > first)
    context_.statement = work.plan.statements[first].sql;
  add_trace(conf_, context_.request, work.settings);
  if (!work.subrequest.empty()) {
    run_.submit(std::move(work), exchange_->catalog, {});
    return ask(run_.work()->subrequest);
  }
  const pg::RunOptions options = run_options(run_.is_at_home(work));
  run_.submit(std::move(work), exchange_->catalog, options,
              has_probe ? &*cache_ : nullptr);
}

// What the visitor has written before counts for the location's database.
// What follows a first run has a time in the queue of its own.
pg::RunOptions HttpExchange::run_options(bool at_home) {
  const pg::Milliseconds arrived = std::exchange(arrived_, 0);
  if (!at_home)
    return {.query_timeout = conf_.query_timeout, .arrived = arrived};
  const Database& database = *conf_.database;
  return {.query_timeout = conf_.query_timeout,
          .arrived = arrived,
          .after = std::max({required_position(context_.request, database),
                             run_.written().value_or(0),
                             cache_ ? cache_->after() : 0}),
          .wants_position = has_position_cookie(database)};
}

// What the front-end wants to run after what has just ended.
void HttpExchange::submit_next() {
  std::optional<Work> next = run_.take_next();
  if (!next) return;
  end_run();
  if (cache_) cache_->give_up();
  submit(std::move(*next));
}

// A location of this server in place of a database.
void HttpExchange::ask(const std::string& path) {
  auto find = [](ngx_http_request_t* r) -> SubrequestWaiter* {
    RequestContext* context = find_context(r);
    bool waits = context != nullptr && context->exchange != nullptr &&
                 exchange_of(r)->run_.work() != nullptr;
    return waits ? exchange_of(r) : nullptr;
  };
  if (!ask_location(r_, path, find)) on_answer(NGX_HTTP_BAD_GATEWAY, "");
}

void HttpExchange::on_answer(ngx_uint_t status, std::string_view body) {
  run_.answer_location(static_cast<unsigned>(status), body);
}

void HttpExchange::on_failure(const RunError& error) {
  context_.sqlstate = error.sqlstate;
  if (cache_) cache_->give_up();
}

void HttpExchange::go_on_replanning() {
  end_run();
  const Replan::Next next = run_.go_on();
  if (next == Replan::Next::wait) return;
  if (next == Replan::Next::plan) {
    static_cast<void>(response_.restart());
    plan_and_submit(runtime_.catalog(*conf_.database).current());
  }
  drive();
}

bool HttpExchange::make_way() {
  if (!response_.spill()) return false;
  schedule();
  return true;
}

void HttpExchange::give_up() {
  ngx_log_error(NGX_LOG_WARN, r_->connection->log, 0,
                "trestle: too many slow readers, an answer is broken off");
  response_.abort();
}

// --- response ----------------------------------------------------------------

void HttpExchange::schedule() noexcept {
  if (!event_.posted) {
    ngx_post_event(&event_, &ngx_posted_events);
  }
}

void HttpExchange::on_event(ngx_event_t* event) noexcept {
  auto* exchange = EventOwner::of<HttpExchange>(event);
  ngx_connection_t* c = exchange->r_->connection;
  ngx_http_set_log_request(c->log, exchange->r_);
  guard(c->log, [&] { exchange->drive(); });
  ngx_http_run_posted_requests(c);
}

// The client can take more.
void HttpExchange::on_write(ngx_http_request_t* r) noexcept {
  if (end_if_too_slow(r)) return;
  guard(r->connection->log, [&] {
    HttpExchange* exchange = exchange_of(r);
    if (r->connection->write->delayed || r->aio)
      exchange->wait_for_client();
    else
      exchange->drive();
  });
}

// Sends what there is and decides how to go on. May destroy this.
void HttpExchange::drive() {
  unpost(event_);
  if (run_.is_replanning()) return go_on_replanning();
  submit_next();
  const bool is_over = run_.is_over();
  if (is_over && !response_.complete()) {
    // Rows are over and the answer is not: that is a fault of the front-end.
    ngx_log_error(NGX_LOG_ERR, r_->connection->log, 0,
                  "trestle: the answer was left unfinished");
    response_.abort();
  }
  if (!is_over && response_.ended() && !response_.replaced())  // (2)
    return run_.resume();
  if (cache_ && is_over && response_.ended()) keep_answer();
  switch (response_.push()) {
    case Response::State::finished:
      return finish(response_.rc());
    case Response::State::broken:
      return break_off();
    case Response::State::blocked:
    case Response::State::waiting:
      break;
  }
  wait_for_client();
  if (response_.has_room()) run_.resume();
}

void HttpExchange::keep_answer() {
  std::string tag = cache_->keep();
  if (!tag.empty()) response_.set_tag(std::move(tag));
}

// While rows come or the body is read, notices a client that leaves (3).
void HttpExchange::watch_client() {
  if (r_ == r_->main) r_->read_event_handler = ngx_http_test_reading;
}

void HttpExchange::wait_for_client() {
  if (!http::wait_for_client(r_, on_write)) break_off();
}

void HttpExchange::finish(ngx_int_t rc) {
  ngx_http_request_t* r = r_;
  let_go();
  r->write_event_handler = ngx_http_request_empty_handler;
  ngx_http_finalize_request(r, rc);
}

void HttpExchange::break_off() {
  ngx_http_request_t* r = r_;
  let_go();
  break_connection(r);
}

// The run is over or given up; nothing of ours calls back any more.
void HttpExchange::let_go() noexcept {
  unpost(event_);
  if (is_waiting()) runtime_.catalog(*conf_.database).forget(*this);
  body_.forget();
  end_run();
  run_.let_go();
  exchange_.reset();
}

void HttpExchange::note_stats() {
  if (const pg::RunStats* stats = run_.stats()) context_.stats = *stats;
}

// A run has ended, or is given up.
void HttpExchange::end_run() {
  if (run_.stats() == nullptr) return;
  note_stats();
  if (context_.statement != nullptr)
    log_slow_run(conf_, context_, *context_.stats, *context_.statement);
  run_.end();
}

void HttpExchange::edit(ResponseHead& head) {
  complete_head(head, context_, *conf_.database, runtime_);
  if (run_.may_have_written() && has_position_cookie(*conf_.database))
    head.headers.push_back(
        position_cookie(context_.request, *conf_.database,
                        run_.written().value_or(kNoStandby)));
  note_stats();
  add_server_timing(conf_, context_, head);
}

}  // namespace trestle::http
