// JSON text as template values: json and jsonb cells, and the contexts of
// trestle-render. Numbers keep their precision: integers of any size, floats as
// Python's json module reads them.
#pragma once

#include <string_view>

#include "base/result.h"
#include "pages/value.h"

namespace trestle::pages {

// A copy of the text's value in `arena`. Errors: TRS101 with the offset.
[[nodiscard]] Result<Value> parse_json_value(Arena& arena,
                                             std::string_view text);

// The same for text that PostgreSQL has checked; a string when it is no JSON.
[[nodiscard]] Value json_value(Arena& arena, std::string_view text);

}  // namespace trestle::pages
