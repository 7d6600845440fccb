#include "graphql/complexity.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace trestle::graphql {
namespace {

constexpr std::uint64_t kMany = 1ULL << 40;  // sums and products stop here

std::uint64_t rows_of(const ListEstimate& list, const Variables& variables) {
  std::uint64_t rows = list.rows;
  if (list.limit) {
    const Value& limit =
        list.limit->leaf != 0 ? variables.leaf(list.limit->leaf) : *list.limit;
    std::from_chars(limit.text.data(), limit.text.data() + limit.text.size(),
                    rows);
  }
  if (list.most > 0) rows = std::min(rows, list.most);
  return std::min(rows, kMany);
}

}  // namespace

std::optional<GraphqlError> check_complexity(
    const std::vector<ListEstimate>& lists, const Variables& variables,
    std::uint64_t max) {
  if (max == 0) return std::nullopt;
  std::uint64_t sum = 0;
  std::vector<std::uint64_t> totals;  // by list: its rows in all its parents
  for (const ListEstimate& list : lists) {
    std::uint64_t above =
        list.parent < 0 ? 1 : totals[static_cast<std::size_t>(list.parent)];
    std::uint64_t rows = rows_of(list, variables);
    std::uint64_t total =
        rows > 0 && above > kMany / rows ? kMany : above * rows;
    totals.push_back(total);
    sum = std::min(sum + total, kMany);
  }
  if (sum <= max) return std::nullopt;
  return GraphqlError{
      .message = concat({"the operation may answer ", std::to_string(sum),
                         " rows, at most ", std::to_string(max),
                         " are allowed: give its lists a smaller limit"}),
      .code = code::kLimit};
}

}  // namespace trestle::graphql
