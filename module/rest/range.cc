#include "rest/range.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "rest/errors.h"

namespace trestle::rest {
namespace {

std::optional<std::int64_t> to_number(std::string_view text) {
  std::int64_t value = 0;
  auto [end, problem] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc() ||
      end != text.data() + text.size() || value < 0)
    return std::nullopt;
  return value;
}

}  // namespace

Result<std::optional<Range>> parse_range_header(
    std::optional<std::string_view> header) {
  if (!header) return std::optional<Range>();
  std::string_view text = trim(*header);
  if (text.starts_with("items=")) text.remove_prefix(6);
  std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::optional<Range>();
  std::optional<std::int64_t> first = to_number(text.substr(0, dash));
  std::optional<std::int64_t> last = to_number(text.substr(dash + 1));
  if (!first) return std::optional<Range>();
  if (dash + 1 != text.size() && !last) return std::optional<Range>();
  Range range{.offset = *first, .limit = std::nullopt};
  if (last) {
    if (*last < *first) return errors::bad_range();
    range.limit = *last - *first + 1;
  }
  return std::optional<Range>(range);
}

Range intersect(const Range& window, const Range& query) {
  auto end_of = [](const Range& r) -> std::optional<std::int64_t> {
    if (!r.limit) return std::nullopt;
    if (r.offset > INT64_MAX - *r.limit) return INT64_MAX;
    return r.offset + *r.limit;
  };
  Range result;
  result.offset = std::max(window.offset, query.offset);
  std::optional<std::int64_t> a = end_of(window);
  std::optional<std::int64_t> b = end_of(query);
  if (a && b)
    result.limit = std::min(*a, *b) - result.offset;
  else if (a || b)
    result.limit = (a ? *a : *b) - result.offset;
  if (result.limit) result.limit = std::max<std::int64_t>(*result.limit, 0);
  return result;
}

}  // namespace trestle::rest
