// The functions that pages have beside Jinja's own, under Flask's names:
// url_for(), asset(), get_flashed_messages().
#pragma once

#include <span>

#include "pages/callable.h"

namespace trestle::pages {

// They find the Visit they serve as Machine::host().
[[nodiscard]] std::span<const Callable> page_functions();

}  // namespace trestle::pages
