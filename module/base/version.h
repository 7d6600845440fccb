// The version of this tree, as status pages and packages tell it.
#pragma once

#include <string_view>

namespace trestle {

inline constexpr std::string_view kVersion = "0.1";

}  // namespace trestle
