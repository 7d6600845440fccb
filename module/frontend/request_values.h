// The values of a section's parameters, taken from one request: the same for
// every front-end that is made of SQL files.
//
//   TRS102 400  a value is not UTF-8 or holds a NUL character
//   TRS103 400  a required parameter is missing
//   TRS104 415  the body is neither JSON nor a form
#pragma once

#include <vector>

#include "base/result.h"
#include "frontend/frontend.h"
#include "frontend/named_values.h"
#include "sql/handler_file.h"

namespace trestle {

// The body is where a request that changes something brings its values; they
// never mix with the query string's.
[[nodiscard]] bool takes_body(std::string_view method);

// The names and values of the body, by its media type: JSON, a form, or a form
// with files (multipart.h). Errors: TRS101, TRS104 to TRS106, TRS109.
[[nodiscard]] Result<NamedValues> body_values(const Request& request);

// A claim of the visitor, objects and arrays as JSON; `path` has dots between
// names. "role" is the role that statements run under where the claims name
// none. NULL: there is none.
[[nodiscard]] Param claim_value(const auth::Identity& identity,
                                std::string_view path);

// A cookie of that name; underscores stand for dashes too. NULL: there is none.
[[nodiscard]] Param cookie_value(const Request& request, std::string_view name);

// One value for each of section.params, in their order; NULL for what is not
// there. The query string or the body is read only when a named parameter is
// found neither in the directives nor among the captures. `values` are those
// of the query string or body when the caller has read them already. Errors:
// TRS101 to TRS106, TRS109.
[[nodiscard]] Result<std::vector<Param>> request_values(
    const FileSection& section, const Exchange& exchange,
    const NamedValues* values = nullptr);

}  // namespace trestle
