#include "pages/template_error.h"

#include <algorithm>

#include "base/text.h"

namespace trestle::pages {

std::string_view TemplateError::kind_name() const {
  switch (kind) {
    case Kind::syntax:
      return "syntax";
    case Kind::undefined:
      return "undefined";
    case Kind::notfound:
      return "notfound";
    case Kind::runtime:
      break;
  }
  return "runtime";
}

std::string TemplateError::summary() const {
  std::string one_line = message;
  std::ranges::replace(one_line, '\n', ' ');
  return concat({file, ":", std::to_string(line), ": ", kind_name(),
                 " error: ", one_line});
}

std::string TemplateError::report() const {
  if (excerpt.empty()) return summary();
  return concat({summary(), "\n", excerpt});
}

void locate(TemplateError& error, std::string_view source, std::size_t offset) {
  offset = std::min(offset, source.size());
  std::size_t start =
      offset == 0 ? std::string_view::npos : source.rfind('\n', offset - 1);
  start = start == std::string_view::npos ? 0 : start + 1;
  std::size_t end = std::min(source.find('\n', start), source.size());
  error.line =
      1 + static_cast<std::uint32_t>(std::count(
              source.begin(), source.begin() + static_cast<long>(start), '\n'));
  error.column = static_cast<std::uint32_t>(offset - start) + 1;
  std::string_view text =
      source.substr(start, std::min<std::size_t>(end - start, 200));
  std::string number = std::to_string(error.line);
  // Tabs stay tabs, so that the marker stands below what it means.
  std::string blank(
      text.substr(0, std::min<std::size_t>(offset - start, text.size())));
  for (char& c : blank)
    if (c != '\t') c = ' ';
  error.excerpt = concat({"  ", number, " | ", text, "\n  ",
                          std::string(number.size(), ' '), " | ", blank, "^"});
}

}  // namespace trestle::pages
