// A schema in the schema language (specification, section 3).
#pragma once

#include <string>

#include "graphql/schema.h"

namespace trestle::graphql {

// Types by name, built-in ones left out.
[[nodiscard]] std::string print(const Schema& schema);

}  // namespace trestle::graphql
