// Reads the printed tree of a view's rule. Only its outline matters: nodes in
// braces, lists in parentheses, fields as ":name value", bytes that are special
// escaped with a backslash (PostgreSQL: src/backend/nodes/outfuncs.c).
#include <charconv>

#include "catalog/builder.h"

namespace trestle::catalog {
namespace {

class TreeReader {
 public:
  explicit TreeReader(std::string_view text) : text_(text) {}

  // The next word: a bracket, or bytes up to a blank or bracket. Empty at the
  // end.
  std::string_view next() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n'))
      ++at_;
    if (at_ == text_.size()) return {};
    std::size_t begin = at_;
    if (is_bracket(text_[at_])) return text_.substr(at_++, 1);
    if (text_[at_] == '"') {
      skip_string();
      return text_.substr(begin, at_ - begin);
    }
    while (at_ < text_.size() && text_[at_] != ' ' && text_[at_] != '\n' &&
           !is_bracket(text_[at_]))
      at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_, text_.size());
    return text_.substr(begin, at_ - begin);
  }

 private:
  static bool is_bracket(char c) {
    return c == '(' || c == ')' || c == '{' || c == '}';
  }
  void skip_string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\') ++at_;
    at_ = std::min(at_ + 1, text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

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
