// The tables of str's methods by subject, which methods_text.cc searches, and
// what they share.
#pragma once

#include <span>

#include "pages/callable.h"

namespace trestle::pages {

[[nodiscard]] std::span<const Callable> text_search_methods();
[[nodiscard]] std::span<const Callable> text_change_methods();
[[nodiscard]] std::span<const Callable> text_split_methods();

// Fails: the argument `name` is no text.
Value wants_text(Machine& m, const Value& v, std::string_view name);

// A text argument as the text `self` joins with: escaped for Markup. False:
// failed.
[[nodiscard]] bool text_argument(Machine& m, const Value& self, const Value& v,
                                 Value& out);

}  // namespace trestle::pages
