// Parameters of statements, made of the values of a request. What a parameter
// is made of is kept beside a plan, so that the next request of the same shape
// (Variables::shape()) fills in its own values and plans nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "graphql/model.h"
#include "graphql/variables.h"
#include "sql/statement.h"

namespace trestle::graphql {

struct ValueSource {
  enum class Form : std::uint8_t {
    scalar,
    array,     // PostgreSQL's array; a string may be one as it writes them
    list,      // the same of the items alone
    geojson,   // checked before PostgreSQL sees it
    row_count  // LIMIT and OFFSET: a number that is not negative
  };

  // A literal of the document, or a leaf of the variables.
  Value value = {};
  const Scalar* scalar = nullptr;
  Form form = Form::scalar;
  std::uint64_t most = 0;  // row_count: its largest value; 0: any
};

// Whether the value says something else with other variables.
[[nodiscard]] bool depends_on_variables(const Value& value);

// What a limit says, when it may stand in the text of a statement
// (is_usual_limit()).
[[nodiscard]] std::optional<std::int64_t> usual_limit(const Value& limit);

// The text of the parameter; the error has no path.
[[nodiscard]] Outcome<Param> param_of(const ValueSource& source,
                                      const Variables& variables);

}  // namespace trestle::graphql
