// What a form does: its fields are checked, its section runs, and the browser
// is sent on; or the page is shown again with what was wrong.
#pragma once

#include <memory>
#include <optional>

#include "frontend/frontend.h"
#include "pages/visit.h"

namespace trestle::pages {

// visit->form holds what was sent. nullopt: answered already.
[[nodiscard]] std::optional<Work> run_action(
    const std::shared_ptr<Visit>& visit, const PageSection& section);

}  // namespace trestle::pages
