// Forms with files: multipart/form-data (RFC 7578).
#pragma once

#include <string_view>

#include "base/result.h"
#include "frontend/named_values.h"

namespace trestle {

// The parts in their order. A field's value is its text. A file's is its
// content in bytea's hex form (\x0a1b..), beside it stand NAME_name and
// NAME_type, what the browser says of it; a file that was not chosen is left
// out. Errors: TRS109 for what is no such form.
[[nodiscard]] Result<NamedValues> parse_multipart(std::string_view content_type,
                                                  std::string_view body);

}  // namespace trestle
