#include "http/exchange.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "auth/errors.h"
#include "base/json.h"
#include "http/answer_head.h"
#include "http/answer_stream.h"
#include "http/errors.h"
#include "http/handlers.h"
#include "http/observe.h"
#include "http/read_position.h"
#include "live/handshake.h"

namespace trestle::http {

namespace {

// Bodies below this go to one buffer, so that they are read where they lie.
constexpr off_t kSingleBuffer = 64 * 1024;

HttpExchange* exchange_of(ngx_http_request_t* r) {
  return static_cast<HttpExchange*>(find_context(r)->exchange);
}

// That of request bodies where none was named.
ngx_path_t* temp_path_of(ngx_http_request_t* r, const LocationConf& conf) {
  if (conf.temp_path != nullptr) return conf.temp_path;
  const auto* core = static_cast<ngx_http_core_loc_conf_t*>(
      ngx_http_get_module_loc_conf(r, ngx_http_core_module));
  return core->client_body_temp_path;
}

bool expects_body(ngx_http_request_t* r) {
  return r == r->main &&
         (r->headers_in.content_length_n > 0 || r->headers_in.chunked);
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
                 .temp_path = temp_path_of(context.r, conf),
                 .max_temp_bytes = conf.max_temp_file_size},
                *this, callback<&HttpExchange::schedule>(this)),
      body_(runtime.loop(), callback<&HttpExchange::on_body_ready>(this)),
      replan_(runtime, *conf.database, callback<&HttpExchange::schedule>(this)),
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

  if (conf_.body_timeout != 0 && expects_body(r_)) {
    body_timer_ = runtime_.loop().make_timer(
        callback<&HttpExchange::on_body_timeout>(this),
        pg::Loop::TimerKind::holding);
    body_timer_->start(conf_.body_timeout);
  }
  if (r_->headers_in.content_length_n > 0 &&
      r_->headers_in.content_length_n < kSingleBuffer)
    r_->request_body_in_single_buf = 1;
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
    exchange->body_timer_.reset();
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
    r_->read_event_handler = ngx_http_block_reading;
    if (c->read->timer_set) ngx_del_timer(c->read);
    r_->keepalive = 0;  // the rest of the body may still come
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
  if (!AnswerStream::open(r_, context_, conf_, runtime_)) break_connection();
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
                             .log = this});
  std::optional<Work> work = conf_.frontend->begin(*exchange_);
  if (work && cache_) cache_->prepare(*work, *exchange_);
  if (work) submit(std::move(*work));
}

void HttpExchange::submit(Work work) {
  const std::size_t first = has_probe() ? 1 : 0;
  if (work.plan.statements.size() > first)
    first_sql_ = work.plan.statements[first].sql;
  if (first_sql_ != nullptr) context_.statement = first_sql_->name;
  replan_.prepare(work.plan, exchange_->catalog);
  add_trace(conf_, context_.request, work.settings);
  work_.emplace(std::move(work));
  run_over_ = false;
  writes_ = false;
  if (!work_->subrequest.empty()) return ask(work_->subrequest);
  const Database& database =
      work_->database.empty()
          ? *conf_.database
          : *find_database(runtime_.conf().databases, work_->database);
  writes_ = work_->plan.access == Access::write && &database == conf_.database;
  run_ = runtime_.pool(database).submit(std::move(work_->plan),
                                        std::move(work_->settings), *this,
                                        run_options(database));
}

// What the visitor has written before counts for the location's database.
// What follows a first run has a time in the queue of its own.
pg::RunOptions HttpExchange::run_options(const Database& database) {
  const pg::Milliseconds arrived = std::exchange(arrived_, 0);
  if (&database != conf_.database)
    return {.query_timeout = conf_.query_timeout, .arrived = arrived};
  return {
      .query_timeout = conf_.query_timeout,
      .arrived = arrived,
      .after = std::max({required_position(context_.request, database),
                         written_.value_or(0), cache_ ? cache_->after() : 0}),
      .wants_position = has_position_cookie(database)};
}

// What the front-end wants to run after what has just ended.
void HttpExchange::submit_next() {
  std::optional<Work> next = work_->continuation->take_next();
  if (!next) {
    work_->continuation = nullptr;
    return;
  }
  end_run();
  if (cache_) cache_->give_up();
  submit(std::move(*next));
}

// A location of this server in place of a database.
void HttpExchange::ask(const std::string& path) {
  auto find = [](ngx_http_request_t* r) -> SubrequestWaiter* {
    RequestContext* context = find_context(r);
    bool waits = context != nullptr && context->exchange != nullptr &&
                 exchange_of(r)->work_.has_value();
    return waits ? exchange_of(r) : nullptr;
  };
  if (!ask_location(r_, path, find)) on_answer(NGX_HTTP_BAD_GATEWAY, "");
}

void HttpExchange::on_answer(ngx_uint_t status, std::string_view body) {
  std::string number = std::to_string(status);
  const Cell cells[] = {number, body};
  static_cast<void>(work_->answer->on_row(0, cells));
  on_done();
}

void HttpExchange::error(std::string_view message) const {
  ngx_str_t text = borrow(message);
  ngx_log_error(NGX_LOG_ERR, r_->connection->log, 0, "trestle: %V", &text);
}

void HttpExchange::on_columns(std::size_t statement,
                              std::span<const ResultColumn> columns) {
  if (replan_.is_under_way()) return;
  if (has_probe() && statement-- == 0) return;
  work_->answer->on_columns(statement, columns);
}

bool HttpExchange::on_row(std::size_t statement, std::span<const Cell> cells) {
  if (replan_.is_under_way()) return true;
  if (has_probe() && statement-- == 0) {
    cache_->take_probe(cells);
    return true;
  }
  if (work_->answer->on_row(statement, cells)) return true;
  paused_ = true;
  schedule();
  return false;
}

void HttpExchange::on_statement_done(std::size_t statement,
                                     std::uint64_t affected) {
  if (replan_.is_under_way()) return;
  if (has_probe() && statement-- == 0) return;
  work_->answer->on_statement_done(statement, affected);
}

void HttpExchange::on_done() {
  if (replan_.is_under_way()) return;
  committed_ = true;
  replan_.note_end(nullptr);
  if (writes_) {
    const WalPosition position = run_->stats().position;
    written_ = position != 0 ? position : kNoStandby;
  }
  work_->answer->on_done();
  run_over_ = true;
  schedule();
}

void HttpExchange::on_error(const RunError& error) {
  if (replan_.is_under_way()) return;
  context_.sqlstate = error.sqlstate;
  // It may have happened.
  if (writes_ && error.kind == RunError::Kind::lost) written_ = kNoStandby;
  if (can_do_over() && replan_.takes(error, writes_)) return;
  replan_.note_end(&error);
  RunError told = error;
  if (has_probe() && told.statement > 0) told.statement--;
  if (cache_) cache_->give_up();
  work_->answer->on_error(told);
  run_over_ = true;
  schedule();
}

// What a write has answered may have been committed: it is not done over.
bool HttpExchange::plan_again(Outdated what) {
  return !writes_ && can_do_over() && replan_.takes(what);
}

// Behind a run that has committed, or in another database, nothing can be.
bool HttpExchange::can_do_over() const {
  return !committed_ && work_ && work_->database.empty() &&
         work_->subrequest.empty() && response_.can_restart();
}

void HttpExchange::go_on_replanning() {
  end_run();
  const Replan::Next next = replan_.go_on();
  if (next == Replan::Next::wait) return;
  if (next == Replan::Next::fail) {
    on_error(replan_.error());
    return drive();
  }
  static_cast<void>(response_.restart());
  context_.sqlstate.clear();
  work_.reset();
  run_over_ = true;
  plan_and_submit(runtime_.catalog(*conf_.database).current());
  if (run_over_) replan_.note_end(nullptr);  // answered by the plan itself
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
  ngx_event_t* event = r->connection->write;
  if (event->timedout) {
    ngx_log_error(NGX_LOG_INFO, r->connection->log, NGX_ETIMEDOUT,
                  "client timed out");
    r->connection->timedout = 1;
    ngx_http_finalize_request(r, NGX_HTTP_REQUEST_TIME_OUT);
    return;
  }
  guard(r->connection->log, [&] {
    HttpExchange* exchange = exchange_of(r);
    if (event->delayed || r->aio)
      exchange->wait_for_client();
    else
      exchange->drive();
  });
}

// Sends what there is and decides how to go on. May destroy this.
void HttpExchange::drive() {
  unpost(event_);
  if (replan_.is_under_way()) return go_on_replanning();
  if (run_over_ && work_ && work_->continuation != nullptr) submit_next();
  if (run_over_ && !response_.complete()) {
    // Rows are over and the answer is not: that is a fault of the front-end.
    ngx_log_error(NGX_LOG_ERR, r_->connection->log, 0,
                  "trestle: the answer was left unfinished");
    response_.abort();
  }
  if (!run_over_ && response_.ended() && !response_.replaced()) {  // (2)
    resume();
    return;
  }
  if (cache_ && run_over_ && response_.ended()) keep_answer();
  switch (response_.push()) {
    case Response::State::finished:
      return finish(response_.rc());
    case Response::State::broken:
      return break_connection();
    case Response::State::blocked:
    case Response::State::waiting:
      break;
  }
  wait_for_client();
  if (response_.has_room()) resume();
}

void HttpExchange::keep_answer() {
  std::string tag = cache_->keep();
  if (!tag.empty()) response_.set_tag(std::move(tag));
}

void HttpExchange::resume() {
  if (!paused_ || run_ == nullptr) return;
  paused_ = false;
  run_->resume();
}

// While rows come or the body is read, notices a client that leaves (3).
void HttpExchange::watch_client() {
  if (r_ == r_->main) r_->read_event_handler = ngx_http_test_reading;
}

// Arms the write event and its timer while nginx holds bytes of ours.
void HttpExchange::wait_for_client() {
  ngx_connection_t* c = r_->connection;
  ngx_event_t* event = c->write;
  r_->write_event_handler = on_write;
  auto* core = static_cast<ngx_http_core_loc_conf_t*>(
      ngx_http_get_module_loc_conf(r_, ngx_http_core_module));
  if (r_->buffered || (r_ == r_->main && c->buffered)) {
    if (!event->delayed) ngx_add_timer(event, core->send_timeout);
  } else if (event->timer_set && !event->delayed) {
    ngx_del_timer(event);
  }
  if (ngx_handle_write_event(event, core->send_lowat) != NGX_OK)
    break_connection();
}

void HttpExchange::finish(ngx_int_t rc) {
  ngx_http_request_t* r = r_;
  let_go();
  r->write_event_handler = ngx_http_request_empty_handler;
  ngx_http_finalize_request(r, rc);
}

// What the client has of the answer must not look like the whole.
void HttpExchange::break_connection() {
  ngx_http_request_t* r = r_;
  ngx_connection_t* c = r->connection;
  let_go();
  c->error = 1;
#if (NGX_HTTP_V2)
  bool own_socket = r->stream == nullptr;
#else
  bool own_socket = true;
#endif
  if (own_socket) {
    // Without a length or chunks, only a reset tells it from an end.
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    static_cast<void>(
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset));
  }
  ngx_http_finalize_request(r, NGX_ERROR);
}

// The run is over or given up; nothing of ours calls back any more.
void HttpExchange::let_go() noexcept {
  unpost(event_);
  if (is_waiting()) runtime_.catalog(*conf_.database).forget(*this);
  body_timer_.reset();
  replan_.let_go();
  body_.forget();
  end_run();
  work_.reset();
  exchange_.reset();
}

void HttpExchange::note_stats() {
  if (run_ != nullptr) context_.stats = run_->stats();
}

// A run has ended, or is given up.
void HttpExchange::end_run() {
  if (run_ == nullptr) return;
  note_stats();
  if (first_sql_ != nullptr)
    log_slow_run(conf_, context_, *context_.stats, *first_sql_);
  run_.reset();
}

void HttpExchange::edit(ResponseHead& head) {
  complete_head(head, context_, *conf_.database, runtime_);
  const bool may_have_written = written_ || (writes_ && !run_over_);
  if (may_have_written && has_position_cookie(*conf_.database))
    head.headers.push_back(position_cookie(context_.request, *conf_.database,
                                           written_.value_or(kNoStandby)));
  note_stats();
  add_server_timing(conf_, context_, head);
}

}  // namespace trestle::http
