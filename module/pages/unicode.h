// Text as Python sees it: a sequence of code points, with full Unicode case
// mapping and character classes (ICU). All input is UTF-8; bytes that are not
// count as one code point each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trestle::pages::unicode {

// The code point at `at`, which is moved behind it.
[[nodiscard]] char32_t next(std::string_view text, std::size_t& at);

[[nodiscard]] std::size_t length(std::string_view text);
// Byte offset of code point `index`, or text.size().
[[nodiscard]] std::size_t offset(std::string_view text, std::size_t index);
[[nodiscard]] bool is_ascii(std::string_view text);
[[nodiscard]] std::u32string decode(std::string_view text);
void append(std::string& out, char32_t c);
[[nodiscard]] std::string encode(std::u32string_view text);

[[nodiscard]] std::string upper(std::string_view text);
[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] std::string casefold(std::string_view text);
[[nodiscard]] std::string swapcase(std::string_view text);
// str.capitalize() and str.title().
[[nodiscard]] std::string capitalize(std::string_view text);
[[nodiscard]] std::string title(std::string_view text);

[[nodiscard]] bool is_space(char32_t c);
[[nodiscard]] bool is_alpha(char32_t c);
[[nodiscard]] bool is_decimal(char32_t c);
[[nodiscard]] bool is_digit(char32_t c);
[[nodiscard]] bool is_numeric(char32_t c);
[[nodiscard]] bool is_alnum(char32_t c);
[[nodiscard]] bool is_upper(char32_t c);
[[nodiscard]] bool is_lower(char32_t c);
[[nodiscard]] bool is_title(char32_t c);
[[nodiscard]] bool is_cased(char32_t c);
[[nodiscard]] bool is_printable(char32_t c);
// \w of Python's re.
[[nodiscard]] bool is_word(char32_t c);
[[nodiscard]] bool is_identifier(std::string_view text);
// The character of a name like "SNOWMAN", or 0.
[[nodiscard]] char32_t by_name(std::string_view name);
// Value of a decimal digit of any script, or -1.
[[nodiscard]] int digit_value(char32_t c);

[[nodiscard]] std::string_view strip(std::string_view text, bool left = true,
                                     bool right = true);
// str.splitlines(): the lines, with their ends when `keep_ends`.
[[nodiscard]] std::vector<std::string_view> split_lines(std::string_view text,
                                                        bool keep_ends = false);

}  // namespace trestle::pages::unicode
