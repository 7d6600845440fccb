// Methods and attributes of values, under Python's names.
#pragma once

#include <string_view>

#include "pages/callable.h"

namespace trestle::pages {

// The method of values of this kind, or null.
[[nodiscard]] const Callable* find_method(const Value& object,
                                          std::string_view name);

// Tables by kind; the first parameter is the value itself.
[[nodiscard]] const Callable* find_text_method(std::string_view name);
[[nodiscard]] const Callable* find_list_method(std::string_view name);
[[nodiscard]] const Callable* find_tuple_method(std::string_view name);
[[nodiscard]] const Callable* find_dict_method(std::string_view name);
[[nodiscard]] const Callable* find_number_method(const Value& object,
                                                 std::string_view name);
[[nodiscard]] const Callable* find_object_method(const Value& object,
                                                 std::string_view name);

[[nodiscard]] inline const Callable* find_in(std::span<const Callable> table,
                                             std::string_view name) {
  for (const Callable& c : table)
    if (c.name == name) return &c;
  return nullptr;
}

}  // namespace trestle::pages
