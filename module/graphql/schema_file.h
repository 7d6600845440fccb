// Makes a Schema from type system definitions (specification, section 3).
#pragma once

#include <memory>
#include <string_view>

#include "graphql/ast.h"
#include "graphql/error.h"
#include "graphql/schema.h"

namespace trestle::graphql {

// Adds the definitions of a text that is known to be right: our own.
void add_definitions(Schema& schema, std::string_view text);

// The schema of a file. `document` is parsed by the caller, must hold type
// definitions only, and is borrowed for the call. Errors carry the location.
[[nodiscard]] Outcome<std::unique_ptr<Schema>> schema_of(
    const Document& document);

}  // namespace trestle::graphql
