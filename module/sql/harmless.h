// What of pg_catalog is known to compute and to do nothing else, by name. In
// doubt a name is not here. `schema` is empty where a statement writes none.
#pragma once

#include <string_view>

namespace trestle {

// Left out on purpose: whatever writes settings, locks, notifies, sleeps, reads
// files, moves sequences or runs SQL that it is given.
[[nodiscard]] bool harmless_function(std::string_view schema,
                                     std::string_view name);

// Of those, what looks up an object whose name is among its arguments, or gives
// such a name.
[[nodiscard]] bool finds_names(std::string_view function);

// Of those: what they answer is not the same each time (the clock, chance).
[[nodiscard]] bool unsteady_function(std::string_view name);

// Types whose input and output functions only compute.
[[nodiscard]] bool harmless_type(std::string_view schema,
                                 std::string_view name);

// All operators of pg_catalog by these names do, whatever their operands.
[[nodiscard]] bool harmless_operator(std::string_view schema,
                                     std::string_view name);

}  // namespace trestle
