#include "pages/http_cache.h"

#include <cstdint>

#include "base/text.h"

namespace trestle::pages {

namespace {

std::string_view opaque(std::string_view tag) {
  tag = trim(tag);
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  return tag;
}

}  // namespace

std::string tag_of(std::string_view body) {
  std::uint64_t hash = fnv1a(body);
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(hash >> shift));
  return concat(
      {"W/\"", hex_encode(bytes), "-", std::to_string(body.size()), "\""});
}

bool has_tag(const Request& request, std::string_view tag) {
  std::optional<std::string_view> known = request.header("if-none-match");
  if (!known) return false;
  for (std::string_view each : split(*known, ','))
    if (trim(each) == "*" || opaque(each) == opaque(tag)) return true;
  return false;
}

}  // namespace trestle::pages
