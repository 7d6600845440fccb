// The tables of filters by subject, which callable.cc searches.
#pragma once

#include <span>

#include "pages/callable.h"

namespace trestle::pages {

[[nodiscard]] std::span<const Callable> text_filters();
[[nodiscard]] std::span<const Callable> html_filters();
[[nodiscard]] std::span<const Callable> number_filters();
[[nodiscard]] std::span<const Callable> list_filters();
[[nodiscard]] std::span<const Callable> select_filters();

}  // namespace trestle::pages
