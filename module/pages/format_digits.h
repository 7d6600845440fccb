// Digits of numbers, for both of Python's ways of formatting.
#pragma once

#include <string>

#include "pages/value.h"

namespace trestle::pages {

// What a format may ask for at most; more is an error.
inline constexpr int kMaxWidth = 100'000;
inline constexpr int kMaxPrecision = 400;

// Of an integer value, with its sign.
[[nodiscard]] std::string digits_of(const Value& v);

// `type` is e, f, g or their capitals; C's printf rounds as Python does.
[[nodiscard]] std::string real_digits(double d, char type, int precision,
                                      bool alternate);

}  // namespace trestle::pages
