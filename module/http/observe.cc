#include "http/observe.h"

#include <algorithm>

#include "base/text.h"
#include "http/headers.h"
#include "http/loop.h"
#include "status/report.h"
#include "status/trace.h"

namespace trestle::http {

namespace {

constexpr std::size_t kShownSql = 200;

// The beginning of a statement on one line.
std::string on_one_line(std::string_view sql) {
  std::string text(sql.substr(0, kShownSql));
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return sql.size() > kShownSql ? text + "..." : text;
}

}  // namespace

void NginxLog::error(std::string_view message) const {
  ngx_str_t text = borrow(message);
  ngx_log_error(NGX_LOG_ERR, log_, 0, "trestle: %V", &text);
}

void log_slow_run(const LocationConf& conf, const RequestContext& context,
                  const pg::RunStats& stats, const Sql& sql) {
  if (conf.slow_query == 0 || stats.database_us < conf.slow_query * 1'000)
    return;
  const std::string text = concat(
      {"trestle: slow query, ", status::milliseconds(stats.database_us),
       " ms and ", status::milliseconds(stats.queue_us), " ms in the queue, ",
       std::to_string(stats.rows), " rows, database \"", conf.database->name,
       "\", statement \"", sql.name, "\": ", on_one_line(sql.text)});
  ngx_str_t line = borrow(text);
  ngx_log_error(NGX_LOG_WARN, context.r->connection->log, 0, "%V", &line);
}

void add_trace(const LocationConf& conf, const Request& request,
               Settings& settings) {
  if (conf.trace != 1) return;
  std::optional<std::string_view> header = request.header("traceparent");
  if (!header) return;
  if (std::optional<std::string_view> id = status::trace_id(*header))
    settings.push_back({"application_name", concat({"trestle ", *id})});
}

void add_server_timing(const LocationConf& conf, const RequestContext& context,
                       ResponseHead& head) {
  if (conf.server_timing != 1 || has_header(head, "Server-Timing")) return;
  std::string value;
  if (context.stats)
    value = concat(
        {"queue;dur=", status::milliseconds(context.stats->queue_us),
         ", db;dur=", status::milliseconds(context.stats->database_us), ", "});
  value +=
      "total;dur=" + status::milliseconds(monotonic_us() - context.began_us);
  head.headers.push_back({"Server-Timing", std::move(value)});
}

}  // namespace trestle::http
