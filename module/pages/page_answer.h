// The rows of a page's GET section, then the page.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "frontend/frontend.h"
#include "pages/results.h"
#include "pages/visit.h"
#include "sql/row_sink.h"

namespace trestle::pages {

// A violated constraint whose column and comment are asked of the catalog
// behind the page's own statements.
struct Violation {
  std::string constraint;
  std::string table;
  std::string fallback;  // message without a comment
};

// The work of showing a page: its GET section's statements, or those that the
// wanted blocks need. nullopt: answered without the database. With `violation`
// the page shows a form that broke a constraint.
[[nodiscard]] std::optional<Work> show_page(
    const std::shared_ptr<Visit>& visit,
    std::optional<Violation> violation = std::nullopt);

}  // namespace trestle::pages
