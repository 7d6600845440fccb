#include "http/cache_visit.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "frontend/answer_key.h"
#include "frontend/entity_tag.h"
#include "frontend/kept_until.h"
#include "http/headers.h"
#include "http/runtime.h"

namespace trestle::http {

namespace {

constexpr std::string_view kHit = "HIT";
constexpr std::string_view kMiss = "MISS";
constexpr std::string_view kBypass = "BYPASS";

constexpr std::size_t kMostKey = 64 * 1024;
// Of each request, for the log alone.
constexpr std::string_view kRequestId = "request_id";

// Transactions below it are over, and seen by every snapshot from then on.
const SqlRef& probe() {
  static const SqlRef sql = make_sql(
      "select pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())"
      "::pg_catalog.text");
  return sql;
}

bool has_read_method(const Request& request) {
  return request.method == "GET" || request.method == "POST";
}

// Headers that tell of this one answer alone.
void drop_own_headers(ResponseHead& head) {
  std::erase_if(head.headers, [](const Header& header) {
    return ascii_iequals(header.name, "Server-Timing");
  });
}

bool may_be_kept(const ResponseHead& head) {
  if (head.status != 200 || !head.reason.empty()) return false;
  return std::ranges::none_of(head.headers, [](const Header& header) {
    return ascii_iequals(header.name, "Set-Cookie") ||
           (ascii_iequals(header.name, "Cache-Control") &&
            header.value.find("no-store") != std::string::npos);
  });
}

}  // namespace

CacheVisit::CacheVisit(RequestContext& context, const LocationConf& conf,
                       Runtime& runtime)
    : context_(context),
      conf_(conf),
      runtime_(runtime),
      feed_(runtime.live().feed_state(*conf.database)),
      counters_(runtime.counters(*conf.database)),
      cache_(runtime.answers()) {}

CacheVisit::~CacheVisit() {
  if (counters_ == nullptr) return;
  status::add(status_ == kHit    ? counters_->cache_hits
              : status_ == kMiss ? counters_->cache_misses
                                 : counters_->cache_bypassed,
              1);
}

void CacheVisit::set_status(std::string_view status) {
  status_ = context_.cache_status = status;
}

// All that the server has sent is told.
bool CacheVisit::is_healthy() const {
  const Database& database = *conf_.database;
  if (feed_ == nullptr || database.feed->poll != 0 || conf_.dev == 1 ||
      !has_read_method(context_.request))
    return false;
  const std::uint64_t now = ngx_current_msec;
  const auto status = static_cast<live::FeedStatus>(feed_->status.load());
  return status == live::FeedStatus::running && !feed_->is_silent(now) &&
         now >= feed_->steady_from.load();
}

// Answers may be given and kept.
bool CacheVisit::is_usable() {
  if (!is_healthy()) return false;
  const Database& database = *conf_.database;
  const std::uint64_t written = feed_->written.load();
  after_ = std::max(written, feed_->marks.position({}));
  CatalogRuntime& catalog = runtime_.catalog(database);
  if (catalog.wanted() == nullptr) return false;
  if (!catalog.is_latest()) {
    // What a NOTIFY has had loaded may have begun before the feed told of it.
    catalog.reload();
    return false;
  }
  if (feed_->passed.load() >= written) return true;
  runtime_.live().want(database, written);
  return false;
}

// Planning has not begun: whatever it can see is in the key.
void CacheVisit::make_key(const RequestFacts& facts) {
  key_.reserve(1024);
  append_key_part(key_, runtime_.conf().cache_life);
  append_key_part(key_, std::to_string(conf_.cache_index));
  append_key_part(key_, runtime_.catalog(*conf_.database).schema_id());
  append_request_key(key_, *conf_.frontend, *context_.identity,
                     context_.request);
  for (const BindParam& param : conf_.params)
    append_key_part(key_, facts.param(param.name));
  for (const VariableIndex& capture : conf_.captures)
    append_key_part(key_, facts.capture(capture.name));
  for (const VariableIndex& variable : conf_.variables)
    if (variable.name != kRequestId)
      append_key_part(key_, facts.variable(variable.name));
}

bool CacheVisit::answer(const RequestFacts& facts, ResponseSink& response) {
  set_status(kBypass);
  if (!is_usable()) return false;
  make_key(facts);
  if (key_.size() > kMostKey) {
    key_.clear();
    return false;
  }
  const auto found = cache_.answer(key_, feed_->marks, response);
  if (found == AnswerCache::Found::answer) {
    set_status(kHit);
    return true;
  }
  if (found == AnswerCache::Found::outdated && counters_ != nullptr)
    status::add(counters_->cache_dropped, 1);
  if (context_.request.method == "GET") hide_validator();
  return false;
}

// nginx compares it to the tag of whatever is answered; an answer without a
// body could not be kept.
void CacheVisit::hide_validator() {
  const auto is_validator = [](const HeaderView& header) {
    return ascii_iequals(header.name, "If-None-Match");
  };
  std::span<const HeaderView>& headers = context_.request.headers;
  if (std::ranges::none_of(headers, is_validator)) return;
  auto* left = static_cast<HeaderView*>(
      ngx_palloc(context_.r->pool, headers.size_bytes()));
  if (left == nullptr) return;
  HeaderView* end = left;
  for (const HeaderView& header : headers)
    if (!is_validator(header)) new (end++) HeaderView(header);
  headers = {left, end};
}

// Why the answer cannot be kept; empty: it can, until `tables_` change.
std::string CacheVisit::problem(const Work& work, const Exchange& exchange) {
  const CatalogRuntime& catalog = runtime_.catalog(*conf_.database);
  if (exchange.catalog == nullptr || exchange.catalog != catalog.current())
    return "the catalog has changed";
  KeptUntil kept =
      kept_until(work, *exchange.catalog,
                 runtime_.reads(*conf_.database)
                     .by(exchange.catalog, conf_.database->feed->publication));
  tables_ = std::move(kept.tables);
  return std::move(kept.problem);
}

void CacheVisit::prepare(Work& work, const Exchange& exchange) {
  give_up();
  if (key_.empty()) return;
  const std::string why = problem(work, exchange);
  if (!why.empty()) {
    ngx_str_t text = borrow(why);
    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, context_.r->connection->log, 0,
                   "trestle: the answer is not kept: %V", &text);
    static_cast<void>(text);
    return;
  }
  set_status(kMiss);
  after_ = std::max(after_, feed_->marks.position(tables_));
  has_probe_ = true;
  work.plan.statements.insert(work.plan.statements.begin(),
                              Statement{.sql = probe(), .params = {}});
  copy_.begin(cache_.max_body());
}

void CacheVisit::give_up() {
  set_status(kBypass);
  has_probe_ = false;
  xmin_.reset();
  copy_.give_up();
}

// Of the number's 64 bits, those that the feed tells.
void CacheVisit::take_probe(std::span<const Cell> cells) {
  std::uint64_t xmin = 0;
  const char* const end = cells[0].data() + cells[0].size();
  const auto [stop, fault] = std::from_chars(cells[0].data(), end, xmin);
  if (fault == std::errc() && stop == end)
    xmin_ = static_cast<std::uint32_t>(xmin);
}

std::string CacheVisit::keep() {
  const bool is_kept = copy_.is_kept() && xmin_ && may_be_kept(copy_.head());
  const CatalogRuntime& catalog = runtime_.catalog(*conf_.database);
  if (!is_kept || !catalog.is_latest() || !catalog.is_seen_by(*xmin_))
    return {};
  const auto marks = feed_->marks.take(tables_, *xmin_);
  if (!marks) return {};
  ResponseHead& head = copy_.head();
  drop_own_headers(head);
  std::string tag;
  if (!has_header(head, "ETag")) {
    tag = entity_tag(copy_.body());
    head.headers.push_back({"ETag", tag});
  }
  cache_.put(key_, *marks, head, copy_.body());
  copy_.give_up();
  return tag;
}

}  // namespace trestle::http
