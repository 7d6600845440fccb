// What descriptions of a site's statements tell of its files, before any
// request comes: statements that PostgreSQL refuses, and names in templates
// that are no column of their row.
//
//   pages/index.html:3: "product" has no column "nmae", perhaps "name"
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "frontend/frontend.h"
#include "pages/site.h"

namespace trestle::pages {

// The statements of all pages, in the order in which check_site() takes their
// descriptions.
[[nodiscard]] std::vector<SqlRef> statements_of(const Site& site);

// The mistakes, each once, in the order of the pages. `folder` stands before
// the names of templates.
[[nodiscard]] std::vector<std::string> check_site(
    const Site& site, const std::string& folder,
    std::span<const Description> descriptions);

}  // namespace trestle::pages
