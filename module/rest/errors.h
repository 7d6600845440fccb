// Every refusal of the REST front-end, one function per code. Codes, statuses
// and texts are PostgREST's (docs/errors.md lists them).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace trestle::rest::errors {

// --- request
// ------------------------------------------------------------------
Error query_syntax(std::string message, std::string details);     // PGRST100
Error rpc_method(std::string_view method);                        // PGRST101
Error bad_body(std::string message);                              // PGRST102
Error bad_range();                                                // PGRST103
Error negative_limit();                                           // PGRST103
Error offset_too_large(std::int64_t offset, std::int64_t total);  // PGRST103
Error put_shape();                                                // PGRST105
Error unknown_schema(std::string_view schema,
                     const std::vector<std::string>& exposed);   // PGRST106
Error not_acceptable(const std::vector<std::string>& accepted);  // PGRST107
Error put_with_range();                                          // PGRST114
Error put_mismatch();                                            // PGRST115
Error unsupported_method(std::string_view method);               // PGRST117
Error bad_preferences(const std::vector<std::string>& names);    // PGRST122
Error bad_path();                                                // PGRST125
Error no_openapi();                                              // PGRST126
Error bad_content_type(std::string_view type);                   // PGRST102

// --- plan
// ---------------------------------------------------------------------
Error not_embedded(std::string_view name);                        // PGRST108
Error use_alias(std::string_view name, std::string_view alias);   // PGRST108
Error order_by_many(std::string_view from, std::string_view to);  // PGRST118
Error embed_filter(std::string_view name);                        // PGRST120
Error aggregates_off();                                           // PGRST123
Error not_implemented(std::string details);                       // PGRST127
Error max_affected_function();                                    // PGRST128
Error unknown_column(std::string_view column,
                     std::string_view relation);  // PGRST204
Error unknown_relation(std::string_view schema, std::string_view name,
                       std::string_view nearest);  // PGRST205

// --- run and response
// ---------------------------------------------------------
Error bad_response_headers();                       // PGRST111
Error bad_response_status();                        // PGRST112
Error not_singular(std::int64_t rows);              // PGRST116
Error bad_raise_detail(std::string_view detail);    // PGRST121
Error bad_raise_message(std::string_view message);  // PGRST121
Error max_affected_exceeded(std::int64_t rows);     // PGRST124
Error precondition_failed();                        // TRS250
Error nested_row_left_out();                        // TRS251
Error outdated();                                   // TRS205

}  // namespace trestle::rest::errors
