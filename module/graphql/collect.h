// What an operation really selects in one place: fragments expanded, @skip and
// @include decided, fields of one response name brought together
// (specification, section 6.3.2).
#pragma once

#include <string_view>
#include <vector>

#include "graphql/ast.h"
#include "graphql/schema.h"
#include "graphql/variables.h"

namespace trestle::graphql {

struct CollectedField {
  std::string_view key;   // in the response
  const Selection* node;  // the first of them: name and arguments
  const Field* field;     // of the schema
  std::vector<Slice<Selection>> selections;  // of all of them
};

// The document has passed validation and the limits: expanding is bounded.
struct CollectContext {
  const Schema& schema;
  const Document& document;
  const Variables& variables;
};

// The fields of `type` in the order of the response.
[[nodiscard]] std::vector<CollectedField> collect_fields(
    const CollectContext& context, const Type& type,
    const std::vector<Slice<Selection>>& sets);

}  // namespace trestle::graphql
