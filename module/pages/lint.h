// Load-time lint: values in places of a page where escaping for HTML text does
// not protect.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pages/program.h"

namespace trestle::pages {

struct LintWarning {
  std::string file;
  std::uint32_t line = 0;
  std::string_view code;  // script, style, event, unquoted, quote, url, tag,
                          // comment
  std::string_view message;

  // "FILE:LINE: warning CODE: MESSAGE"
  [[nodiscard]] std::string summary() const;
};

// The warnings of one template, in the order of its lines. Looks at the text of
// each template by itself: the place of an included or imported value is that
// within its own file. Nothing for a template with an error.
[[nodiscard]] std::vector<LintWarning> lint(const Program& program);

}  // namespace trestle::pages
