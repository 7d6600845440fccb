// Scanner walks over one query parameter and remembers, at the furthest place
// it came to, what it would have accepted there. Messages are worded as
// PostgREST's parser words them, since clients show and tests compare them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace trestle::rest {

class Scanner {
 public:
  // Borrows `text` for its own life. `what`: "select parameter", "filter" ...
  // `shown`: the text that the message quotes, with `text` its last part.
  Scanner(std::string_view what, std::string_view text)
      : what_(what), text_(text) {}

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  [[nodiscard]] bool looking_at(std::string_view word) const {
    return rest().starts_with(word);
  }
  [[nodiscard]] std::size_t position() const { return at_; }
  void back_to(std::size_t position) { at_ = position; }

  // Steps over `word`, or notes that it was expected here.
  [[nodiscard]] bool accept(std::string_view word);
  // The same with a name of its own for messages.
  [[nodiscard]] bool accept(std::string_view word, std::string_view label);
  void advance(std::size_t bytes) { at_ += bytes; }
  void skip_blanks();
  // Bytes of the character at the current place; 0 at the end.
  [[nodiscard]] std::size_t character_size() const;

  // Notes what would have been accepted here.
  void expect(std::string_view label);
  // The same where the end of input is looked for: the character that is there
  // is then shown in single quotes.
  void expect_end(std::string_view label);

  // The error for the furthest place (PGRST100).
  [[nodiscard]] Error error() const;

 private:
  std::string_view what_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t furthest_ = 0;
  bool quoted_once_ = false;
  std::vector<std::string> expected_;
};

}  // namespace trestle::rest
