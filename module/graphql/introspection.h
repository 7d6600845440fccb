// Answers __schema and __type (specification, section 4) from a schema, without
// a database. Lists of fields, enum values and inputs are sorted by name.
#pragma once

#include <string>

#include "graphql/collect.h"

namespace trestle::graphql {

// Appends the JSON value of one __schema or __type field.
void append_introspection(std::string& out, const CollectContext& context,
                          const CollectedField& field);

// A default value as it stands in a schema file.
[[nodiscard]] std::string literal_text(const Value& value);

}  // namespace trestle::graphql
