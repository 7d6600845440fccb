// What a request tells those who watch: a line about a slow run, its trace for
// PostgreSQL, its times for the browser.
#pragma once

#include <string>

#include "frontend/frontend.h"
#include "http/config.h"
#include "http/context.h"
#include "sql/statement.h"

namespace trestle::http {

// nginx's error log, for front-ends. `log` outlives it.
class NginxLog final : public Log {
 public:
  explicit NginxLog(ngx_log_t* log) : log_(log) {}
  void error(std::string_view message) const override;

 private:
  ngx_log_t* log_;
};

// trestle_slow_query: a warning when `stats` took longer than the location
// allows. `sql`: the first statement of the run.
void log_slow_run(const LocationConf& conf, const RequestContext& context,
                  const pg::RunStats& stats, const Sql& sql);

// trestle_trace: names the request's trace as the transaction's
// application_name, when a well-formed traceparent came with it.
void add_trace(const LocationConf& conf, const Request& request,
               Settings& settings);

// trestle_server_timing: Server-Timing with the time in the queue, with
// PostgreSQL so far, and in all.
void add_server_timing(const LocationConf& conf, const RequestContext& context,
                       ResponseHead& head);

}  // namespace trestle::http
