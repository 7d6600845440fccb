#include "http/session_lookup.h"

#include <algorithm>
#include <charconv>

#include "frontend/errors.h"
#include "frontend/judge.h"
#include "http/config.h"
#include "http/context.h"
#include "http/request_view.h"
#include "http/runtime.h"

namespace trestle::http {

namespace {

// One look-up of one request. Owned by the request's context, so that it is
// left when the request goes.
class SessionLookup final : public PendingLookup,
                            private RowSink,
                            private RunHolder {
 public:
  SessionLookup(RequestContext& context, const Database& database,
                Runtime& runtime)
      : context_(context),
        database_(database),
        runtime_(runtime),
        turn_(runtime.loop().make_timer(callback<&SessionLookup::on_turn>(this),
                                        pg::Loop::TimerKind::holding)) {
    runtime_.add(*this);
  }
  ~SessionLookup() override {
    run_.reset();
    if (linked_) runtime_.remove(*this);
  }

  void start(std::string row_id) {
    row_id_ = std::move(row_id);
    Plan plan;
    plan.access = Access::read;
    plan.statements.push_back(database_.sessions->find(row_id_));
    catalog::CatalogRef catalog = runtime_.catalog(database_).wanted();
    plan.effects = judge(catalog.get(), plan).effects;
    begun_us_ = runtime_.loop().now_us();
    // A standby may not know yet of a session that has begun or ended.
    run_ = runtime_.pool(database_).submit(std::move(plan), {}, *this,
                                           {.latest = true});
  }

 private:
  void on_columns(std::size_t, std::span<const ResultColumn>) override {}
  bool on_row(std::size_t, std::span<const Cell> cells) override {
    if (cells.size() != 2 || is_null(cells[0]) || is_null(cells[1]))
      return true;
    std::int64_t expires = 0;
    std::from_chars(cells[1].data(), cells[1].data() + cells[1].size(),
                    expires);
    outcome_ = database_.auth->stored_identity(cells[0], expires);
    if (outcome_->ok()) (*outcome_)->session = row_id_;
    return true;
  }
  void on_statement_done(std::size_t, std::uint64_t) override {}
  void on_done() override { turn_->start(0); }
  void on_error(const RunError& error) override {
    outcome_ = error_of(error, Access::read, false);
    turn_->start(0);
  }
  void let_go() noexcept override {
    linked_ = false;
    run_.reset();
  }

  // The run's last call has returned. Destroys this.
  void on_turn() noexcept {
    ngx_http_request_t* r = context_.r;
    ngx_connection_t* c = r->connection;
    ngx_http_set_log_request(c->log, r);
    guard(c->log, [&] {
      context_.lookup_us += runtime_.loop().now_us() - begun_us_;
      // Nobody of that id, or with claims that name nobody.
      if (!outcome_) outcome_ = database_.auth->anonymous();
      context_.stored.push_back({&database_, *std::move(outcome_)});
      context_.lookup.reset();
      if (r == r->main) r->read_event_handler = ngx_http_block_reading;
      ngx_http_core_run_phases(r);
    });
    ngx_http_run_posted_requests(c);
  }

  RequestContext& context_;
  const Database& database_;
  Runtime& runtime_;
  std::unique_ptr<pg::Timer> turn_;
  std::unique_ptr<pg::Run> run_;
  std::optional<Result<auth::Identity>> outcome_;
  std::string row_id_;
  std::uint64_t begun_us_ = 0;
  bool linked_ = true;  // in the runtime's list
};

// The request that a subrequest belongs to has asked with the same headers.
void copy_known(const RequestContext& context, RequestContext& target,
                const Database& database) {
  for (const StoredIdentity& known : context.stored)
    if (known.database == &database) target.stored.push_back(known);
}

bool is_known(const RequestContext& context, const Database& database) {
  return std::ranges::any_of(context.stored, [&](const StoredIdentity& known) {
    return known.database == &database;
  });
}

// True: under way.
bool begin_lookup(ngx_http_request_t* r, RequestContext& context,
                  const Database& database) {
  if (r != r->main)
    if (const RequestContext* main = find_context(r->main))
      copy_known(*main, context, database);
  if (is_known(context, database)) return false;
  Runtime* runtime = Runtime::get();
  if (runtime == nullptr) return false;
  std::optional<std::string> row_id =
      database.auth->asked_session(context.request, use_of(context.request));
  if (!row_id) return false;
  auto lookup = std::make_unique<SessionLookup>(context, database, *runtime);
  SessionLookup& started = *lookup;
  context.lookup = std::move(lookup);
  // Notices a client that leaves.
  if (r == r->main) r->read_event_handler = ngx_http_test_reading;
  started.start(*std::move(row_id));
  return true;
}

}  // namespace

ngx_int_t look_up_sessions(ngx_http_request_t* r) {
  const LocationConf& conf = location_conf(r);
  const Database* asked[] = {
      conf.auth != nullptr ? conf.auth->database : nullptr, conf.database,
      conf.live != nullptr ? conf.live->database : nullptr};
  bool any = std::ranges::any_of(asked, [](const Database* database) {
    return database != nullptr && database->sessions != nullptr;
  });
  if (!any) return NGX_DECLINED;
  RequestContext* context = get_context(r);
  if (context == nullptr) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  if (context->lookup != nullptr) return NGX_AGAIN;
  for (const Database* database : asked)
    if (database != nullptr && database->sessions != nullptr &&
        begin_lookup(r, *context, *database))
      return NGX_AGAIN;
  return NGX_DECLINED;
}

ngx_int_t subrequest_session_handler(ngx_http_request_t* r) noexcept {
  if (r == r->main) return NGX_DECLINED;
  return guard(r->connection->log, ngx_int_t{NGX_HTTP_INTERNAL_SERVER_ERROR},
               [&] { return look_up_sessions(r); });
}

}  // namespace trestle::http
