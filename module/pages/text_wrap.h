// Breaking a line of text into lines of a width, after Python's textwrap.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trestle::pages {

// Lines of at most `width` (> 0) code points; longer words are cut when
// `break_long_words`, and words may be broken behind hyphens when
// `break_on_hyphens`.
[[nodiscard]] std::vector<std::string> wrap_text(std::string_view line,
                                                 std::size_t width,
                                                 bool break_long_words,
                                                 bool break_on_hyphens);

}  // namespace trestle::pages
