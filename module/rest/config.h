// What one location serves and how: the options of `trestle_rest`, under the
// meanings of PostgREST's configuration. Made at configuration load, immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/statement.h"

namespace trestle::rest {

// How a request's transaction ends; with `_allow_override` the request may say
// otherwise (Prefer: tx=).
enum class TxEnd {
  commit,
  commit_allow_override,
  rollback,
  rollback_allow_override
};

enum class OpenApiMode { follow_privileges, ignore_privileges, disabled };

struct RestConfig {
  // What stands before the resource in the path: "/api/". Starts and ends with
  // a slash.
  std::string base_path = "/";
  // Of the database block: who is nobody. A visitor in that role is told to
  // authenticate (401), others that they may not (403).
  std::string anonymous_role;
  // Exposed schemas; the first is the default. Never empty.
  std::vector<std::string> schemas = {"public"};
  // Put on the search_path after the request's schema.
  std::vector<std::string> extra_search_path = {"public"};
  std::string pre_request;    // "schema.function" or "function"; empty: none
  std::string root_function;  // answers GET of the root; empty: OpenAPI does
  std::optional<std::int64_t> max_rows;
  TxEnd tx_end = TxEnd::commit;
  bool aggregates = false;
  bool plan = false;
  bool prepared = true;
  // A filter may name an embedded resource by its table although the resource
  // has an alias.
  bool legacy_target_names = true;
  bool server_timing = false;
  bool verbose_errors = true;
  bool etag = false;  // answers of reads carry one
  OpenApiMode openapi = OpenApiMode::follow_privileges;
  bool openapi_security = false;
  std::string openapi_proxy_uri;  // outside address; empty: the request's host
  std::vector<std::string> cors_origins;  // empty: every one
  std::string trace_header;               // sent back as it came; empty: none
  Settings app_settings;                  // set for every request
  // Function settings that are applied to the whole transaction.
  std::vector<std::string> hoisted_settings = {
      "statement_timeout", "plan_filter.statement_cost_limit",
      "default_transaction_isolation"};
  // Accept: application/sql shows the statement instead of running it.
  bool show_sql = false;
};

// "schema", then the configured ones: where functions and types are found.
[[nodiscard]] std::string search_path_of(const RestConfig& config,
                                         std::string_view schema);

}  // namespace trestle::rest
