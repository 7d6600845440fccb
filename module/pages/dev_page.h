// What a developer sees of an error (trestle_dev): what went wrong and where,
// with the lines around it, the statement and its parameters, and the variables
// that the page had.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "pages/error_page.h"
#include "pages/visit.h"

namespace trestle::pages {

// `statement` may be null.
[[nodiscard]] std::string dev_page(const Visit& visit, const Error& error,
                                   const FailedStatement* statement);

// Appends text as HTML: the five characters that mean something there become
// references.
void append_html(std::string& out, std::string_view text);

}  // namespace trestle::pages
