// Integers beyond 64 bits, as decimal text: what Python's int does when a sum
// or product leaves the machine word. Rare, so simplicity wins over speed;
// the arithmetic is OpenSSL's BIGNUM.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trestle::pages::bigint {

// Operands and results are decimal digits with an optional minus sign.
[[nodiscard]] std::string add(std::string_view a, std::string_view b);
[[nodiscard]] std::string subtract(std::string_view a, std::string_view b);
[[nodiscard]] std::string multiply(std::string_view a, std::string_view b);
// Rounds towards minus infinity; `b` is not zero.
[[nodiscard]] std::string floor_divide(std::string_view a, std::string_view b);
// The sign of the divisor; `b` is not zero.
[[nodiscard]] std::string modulo(std::string_view a, std::string_view b);
// nullopt when the result would have more than `max_bits` bits.
[[nodiscard]] std::optional<std::string> power(std::string_view base,
                                               std::uint64_t exponent,
                                               std::size_t max_bits);
[[nodiscard]] std::string negate(std::string_view a);
// -1, 0, 1.
[[nodiscard]] int compare(std::string_view a, std::string_view b);
// The integer part of a finite number.
[[nodiscard]] std::string from_double(double value);
// Digits of `radix` 2, 8, 10 or 16 (lower case) without prefix, to decimal.
[[nodiscard]] std::optional<std::string> parse(std::string_view digits,
                                               int radix);
// The digits in another radix, with sign.
[[nodiscard]] std::string to_radix(std::string_view a, int radix);
[[nodiscard]] int bit_length(std::string_view a);

}  // namespace trestle::pages::bigint
