// How PostgreSQL would run the statements of a page, for developers
// (trestle_dev): /products/1?_plan
#pragma once

#include <memory>
#include <optional>

#include "frontend/frontend.h"
#include "pages/visit.h"

namespace trestle::pages {

// Whether a developer asks for the plans in place of the page.
[[nodiscard]] bool wants_plans(const Visit& visit);

// Explains the statements of the visit's page with the values of its request,
// and runs none. nullopt: answered, there are none or a value is missing.
[[nodiscard]] std::optional<Work> show_plans(
    const std::shared_ptr<Visit>& visit);

}  // namespace trestle::pages
