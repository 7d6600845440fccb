// W3C Trace Context: which trace a request belongs to.
#pragma once

#include <optional>
#include <string_view>

namespace trestle::status {

// The trace-id of a traceparent header (Trace Context Level 1, 3.2.2): 32
// lower-case hexadecimal digits. nullopt when the header is not well-formed, as
// the recommendation asks. Borrows.
[[nodiscard]] std::optional<std::string_view> trace_id(
    std::string_view traceparent);

}  // namespace trestle::status
