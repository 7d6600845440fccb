#include "live/plan_text.h"

namespace trestle::live {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::size_t skip_quoted(std::string_view text, std::size_t at) {
  const char quote = text[at++];
  while (at < text.size()) {
    if (text[at] == quote) {
      if (at + 1 >= text.size() || text[at + 1] != quote) return at + 1;
      at++;
    }
    at++;
  }
  return at;
}

std::string_view without_parentheses(std::string_view text) {
  while (text.starts_with('(') && text.ends_with(')')) {
    int depth = 0;
    for (std::size_t at = 0; at + 1 < text.size();) {
      if (text[at] == '\'' || text[at] == '"') {
        at = skip_quoted(text, at);
        continue;
      }
      if (text[at] == '(') depth++;
      if (text[at] == ')') depth--;
      if (depth == 0) return text;
      at++;
    }
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

std::vector<std::string_view> operands(std::string_view text,
                                       std::string_view word) {
  std::vector<std::string_view> parts;
  text = without_parentheses(text);
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\'' || text[at] == '"') {
      at = skip_quoted(text, at);
      continue;
    }
    if (text[at] == '(') depth++;
    if (text[at] == ')') depth--;
    if (depth == 0 && text.substr(at).starts_with(word)) {
      parts.push_back(text.substr(begin, at - begin));
      begin = at += word.size();
      continue;
    }
    at++;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

}  // namespace trestle::live
