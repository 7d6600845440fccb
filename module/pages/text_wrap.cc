#include "pages/text_wrap.h"

#include <algorithm>

#include "pages/unicode.h"

namespace trestle::pages {

namespace {

using Text = std::u32string;

bool is_blank(char32_t c) { return (c >= 9 && c <= 13) || c == ' '; }
bool is_letter(char32_t c) {
  return unicode::is_word(c) && !unicode::is_decimal(c);
}
bool is_word_punctuation(char32_t c) {
  return unicode::is_word(c) ||
         std::u32string_view(U"!\"'&.,?").find(c) != std::u32string_view::npos;
}

bool is_blank_text(const Text& text) {
  return std::ranges::all_of(text, unicode::is_space);
}

// Cuts a line into words, blanks and dashes that may stand on lines of their
// own.
class Splitter {
 public:
  explicit Splitter(const Text& s) : s_(s) {}

  std::vector<Text> run(bool hyphens) {
    std::vector<Text> chunks;
    for (std::size_t at = 0; at < s_.size();) {
      std::size_t end = is_blank(s_[at]) ? blanks_end(at)
                        : hyphens        ? piece_end(at)
                                         : word_end(at);
      chunks.push_back(s_.substr(at, end - at));
      at = end;
    }
    return chunks;
  }

 private:
  [[nodiscard]] char32_t at(std::size_t i) const {
    return i < s_.size() ? s_[i] : U'\0';
  }
  [[nodiscard]] std::size_t blanks_end(std::size_t i) const {
    while (i < s_.size() && is_blank(s_[i])) i++;
    return i;
  }
  [[nodiscard]] std::size_t word_end(std::size_t i) const {
    while (i < s_.size() && !is_blank(s_[i])) i++;
    return i;
  }
  // Two or more dashes with a word behind them; the end, or i.
  [[nodiscard]] std::size_t dashes_end(std::size_t i) const {
    std::size_t end = i;
    while (at(end) == U'-') end++;
    return end >= i + 2 && end < s_.size() && unicode::is_word(s_[end]) ? end
                                                                        : i;
  }
  [[nodiscard]] bool breaks_behind_hyphen(std::size_t i) const {
    if (at(i) != U'-') return false;
    bool two_letters = i >= 2 && is_letter(s_[i - 1]) && is_letter(s_[i - 2]);
    bool short_part = i >= 3 && is_letter(s_[i - 3]) && s_[i - 2] == U'-' &&
                      is_word_punctuation(s_[i - 1]);
    if (!two_letters && !short_part) return false;
    if (!is_letter(at(i + 1))) return false;
    return is_letter(at(i + 2)) || (at(i + 2) == U'-' && is_letter(at(i + 3)));
  }
  [[nodiscard]] std::size_t piece_end(std::size_t start) const {
    if (start > 0 && is_word_punctuation(s_[start - 1]))
      if (std::size_t end = dashes_end(start); end > start) return end;
    for (std::size_t i = start + 1;; i++) {
      if (i >= s_.size() || is_blank(s_[i])) return std::min(i, s_.size());
      if (breaks_behind_hyphen(i)) return i + 1;
      if (is_word_punctuation(s_[i - 1]) && dashes_end(i) > i) return i;
    }
  }

  const Text& s_;
};

// Takes what fits of a word longer than a line.
void cut_long_word(Text& word, bool& taken, Text& line, std::size_t width,
                   bool break_words, bool hyphens, bool line_empty) {
  if (break_words) {
    std::size_t room = width < 1 ? 1 : width - line.size();
    std::size_t end = room;
    if (hyphens && word.size() > room && room > 0) {
      std::size_t hyphen = word.rfind(U'-', room - 1);
      if (hyphen != Text::npos && hyphen > 0 &&
          word.find_first_not_of(U'-') < hyphen)
        end = hyphen + 1;
    }
    line += word.substr(0, end);
    word.erase(0, end);
    taken = word.empty();
  } else if (line_empty) {
    line += word;
    taken = true;
  }
}

}  // namespace

std::vector<std::string> wrap_text(std::string_view text, std::size_t width,
                                   bool break_long_words,
                                   bool break_on_hyphens) {
  Text decoded = unicode::decode(text);
  std::vector<Text> chunks = Splitter(decoded).run(break_on_hyphens);
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < chunks.size()) {
    if (!lines.empty() && is_blank_text(chunks[at])) at++;
    Text line;
    std::size_t last = 0;  // where the line's last chunk begins
    bool any = false;
    while (at < chunks.size() && line.size() + chunks[at].size() <= width) {
      last = line.size();
      line += chunks[at++];
      any = true;
    }
    if (at < chunks.size() && chunks[at].size() > width) {
      bool taken = false;
      std::size_t before = line.size();
      cut_long_word(chunks[at], taken, line, width, break_long_words,
                    break_on_hyphens, !any);
      // Even an empty piece counts as the line's last one, as in textwrap.
      if (break_long_words || line.size() > before) {
        last = before;
        any = true;
      }
      if (taken) at++;
    }
    if (any && is_blank_text(line.substr(last))) {
      line.resize(last);
      any = last > 0;
    }
    if (any) lines.push_back(unicode::encode(line));
  }
  return lines;
}

}  // namespace trestle::pages
