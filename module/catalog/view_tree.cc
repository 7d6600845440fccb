// Reads which columns a view shows from the printed tree of its rule.
#include <charconv>

#include "catalog/relationships.h"
#include "catalog/tree_reader.h"

namespace trestle::catalog {
namespace {

long to_number(std::string_view word) {
  long value = 0;
  std::from_chars(word.data(), word.data() + word.size(), value);
  return value;
}

}  // namespace

std::vector<ViewColumn> parse_view_tree(std::string_view tree) {
  // Depths: 1 the list of queries, 2 the query, 3 its target list, 4 an entry.
  constexpr int kQueryDepth = 2;
  constexpr int kEntryDepth = 4;
  std::vector<ViewColumn> columns;
  ViewColumn column;
  bool junk = false;
  bool in_targets = false;
  int depth = 0;
  TreeReader reader(tree);
  for (std::string_view word = reader.next(); !word.empty();
       word = reader.next()) {
    char c = word.front();
    if (c == '(' || c == '{') {
      ++depth;
      if (in_targets && depth == kEntryDepth && c == '{') {
        column = {};
        junk = false;
      }
      continue;
    }
    if (c == ')' || c == '}') {
      if (in_targets && depth == kEntryDepth && c == '}' && !junk &&
          column.origin != 0 && column.origin_number > 0)
        columns.push_back(column);
      --depth;
      continue;
    }
    if (depth == kQueryDepth && c == ':') in_targets = word == ":targetList";
    if (!in_targets || depth != kEntryDepth) continue;
    if (word == ":resno")
      column.number = static_cast<std::int16_t>(to_number(reader.next()));
    else if (word == ":resorigtbl")
      column.origin = static_cast<Oid>(to_number(reader.next()));
    else if (word == ":resorigcol")
      column.origin_number =
          static_cast<std::int16_t>(to_number(reader.next()));
    else if (word == ":resjunk")
      junk = reader.next() == "true";
  }
  return columns;
}

}  // namespace trestle::catalog
