// The words of a printed tree of PostgreSQL (pg_node_tree). Only the outline
// matters: nodes in braces, lists in parentheses, fields as ":name value",
// bytes that are special escaped with a backslash (PostgreSQL:
// src/backend/nodes/outfuncs.c).
#pragma once

#include <algorithm>
#include <string_view>

namespace trestle::catalog {

class TreeReader {
 public:
  // `text` outlives the reader.
  explicit TreeReader(std::string_view text) : text_(text) {}

  // The next word: a bracket, or bytes up to a blank or bracket. Empty at the
  // end.
  std::string_view next() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    if (at_ == text_.size()) return {};
    std::size_t begin = at_;
    if (is_bracket(text_[at_])) return text_.substr(at_++, 1);
    if (text_[at_] == '"') {
      skip_string();
      return text_.substr(begin, at_ - begin);
    }
    while (at_ < text_.size() && !is_blank(text_[at_]) &&
           !is_bracket(text_[at_]))
      at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_, text_.size());
    return text_.substr(begin, at_ - begin);
  }

  // The same without moving on.
  [[nodiscard]] std::string_view peek() const {
    TreeReader ahead = *this;
    return ahead.next();
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\n'; }
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

}  // namespace trestle::catalog
