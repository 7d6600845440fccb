// Numbers and strings as Python prints and reads them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pages/value.h"

namespace trestle::pages {

class Machine;
struct Args;

// repr(float): shortest digits that read back, exponent from 1e16 and below
// 1e-4.
[[nodiscard]] std::string real_repr(double value);
// repr(str).
[[nodiscard]] std::string quoted_repr(std::string_view text);
// float(text): blanks around, underscores between digits, inf and nan.
[[nodiscard]] std::optional<double> parse_real(std::string_view text);
// int(text, base), or missing when it is no integer.
[[nodiscard]] Value parse_integer(Machine& m, std::string_view text, int base);
// round(value, digits) for floats: half to even on the decimal digits.
[[nodiscard]] double round_real(double value, int digits);

// text % argument. Arguments are escaped when `pattern` is safe.
[[nodiscard]] Value percent_format(Machine& m, const Value& pattern,
                                   const Value& argument);
// pattern.format(...).
[[nodiscard]] Value brace_format(Machine& m, const Value& pattern,
                                 const Args& args);
// format(value, spec), appended to `out`. False: failed.
[[nodiscard]] bool format_value(Machine& m, std::string& out,
                                const Value& value, std::string_view spec);

// The value as JSON, as htmlsafe_json_dumps makes it: keys sorted, ", " and
// ": " between, < > & ' and everything beyond ASCII as \uXXXX. False: failed.
[[nodiscard]] bool append_tojson(Machine& m, std::string& out,
                                 const Value& value, int indent);

}  // namespace trestle::pages
