// The members of one JSON object as the texts that json_to_record() hands to
// the types of columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/statement.h"

namespace trestle::rest {

// By key; of a name that comes twice, the last one counts. `text` is valid
// JSON. Empty: some member is a list or an object, or has escaped characters,
// not each of which PostgreSQL can store.
[[nodiscard]] std::vector<Param> plain_values(
    std::string_view text, const std::vector<std::string>& keys);

}  // namespace trestle::rest
