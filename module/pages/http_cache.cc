#include "pages/http_cache.h"

#include "base/text.h"

namespace trestle::pages {

namespace {

std::string_view opaque(std::string_view tag) {
  tag = trim(tag);
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  return tag;
}

}  // namespace

bool has_tag(const Request& request, std::string_view tag) {
  std::optional<std::string_view> known = request.header("if-none-match");
  if (!known) return false;
  for (std::string_view each : split(*known, ','))
    if (trim(each) == "*" || opaque(each) == opaque(tag)) return true;
  return false;
}

}  // namespace trestle::pages
