// Small operations on text that several folders need. All of them are bytewise
// and locale-free; "ASCII" functions leave bytes above 0x7f as they are.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trestle {

// The parts behind one another, allocated once.
[[nodiscard]] std::string concat(std::initializer_list<std::string_view> parts);

[[nodiscard]] std::string ascii_lower(std::string_view text);
[[nodiscard]] bool ascii_iequals(std::string_view a, std::string_view b);

// Without blanks, tabs, CR and LF at both ends. Borrows from `text`.
[[nodiscard]] std::string_view trim(std::string_view text);

// Whether `word` is one of `words`, which stand between single blanks, also at
// both ends. A search: for short tables, or seldom.
[[nodiscard]] bool is_word_of(std::string_view words, std::string_view word);

// The pieces between separators; an empty text gives one empty piece. Borrows.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text,
                                                  char separator);

// True when `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no
// surrogates, nothing above U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view text);

// Appends the UTF-8 form of `code_point`; the caller has checked the range.
void append_utf8(std::string& out, std::uint32_t code_point);

// Percent-decoding (RFC 3986 2.1); with `plus_is_space` as in HTML forms.
// nullopt on a % that two hexadecimal digits do not follow.
[[nodiscard]] std::optional<std::string> url_decode(std::string_view text,
                                                    bool plus_is_space);

// Everything but RFC 3986's unreserved characters as %XX.
[[nodiscard]] std::string url_encode(std::string_view text);

// Base64url without padding (RFC 4648 5). The decoder refuses padding, foreign
// characters and non-zero spare bits, so one value has exactly one spelling.
[[nodiscard]] std::optional<std::string> base64url_decode(
    std::string_view text);
[[nodiscard]] std::string base64url_encode(std::string_view bytes);

// Lower-case hexadecimal digits, two per byte.
[[nodiscard]] std::string hex_encode(std::string_view bytes);

// FNV-1a with a fixed seed: for names of statements and caches of our own
// making, not for tables keyed by users' input.
[[nodiscard]] std::uint64_t fnv1a(std::string_view text,
                                  std::uint64_t seed = 0xcbf29ce484222325ULL);

// Number of edits (insert, delete, replace, swap of neighbours) between two
// words: the measure behind "perhaps you meant".
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `word`, or "" when none is within a third of its
// length. Ties go to the first.
[[nodiscard]] std::string_view nearest_word(
    std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace trestle
