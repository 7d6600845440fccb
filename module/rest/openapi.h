// The description of an API: OpenAPI 2.0 as PostgREST writes it, or 3.1.
#pragma once

#include <string>
#include <vector>

#include "rest/answer.h"
#include "sql/sql_writer.h"

namespace trestle::rest {

// Lists what the role may use: "relation:OID" with its rights, "function:OID",
// each as one text. Without it, when privileges are ignored, everything shows.
[[nodiscard]] SqlWriter write_description(const ApiRequest& request);

[[nodiscard]] Answer make_openapi(const RequestState& state,
                                  const std::vector<std::string>& usable);

}  // namespace trestle::rest
