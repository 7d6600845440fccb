// The formats of an answer and the choice among them by Accept (RFC 9110
// 12.5.1).
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace trestle::query {

enum class Format { json, csv, ndjson };

// With its charset, as Content-Type carries it.
[[nodiscard]] std::string_view content_type_of(Format format);
// The bare media type.
[[nodiscard]] std::string_view media_type_of(Format format);

// The offered format that the client likes best; of equals the one named first
// in `accept`, then the one offered first. An empty `accept` takes anything.
// nullopt: none.
[[nodiscard]] std::optional<Format> choose_format(
    std::string_view accept, std::span<const Format> offered);

}  // namespace trestle::query
