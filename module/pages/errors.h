// The errors of pages, one function per code; docs/errors.md is the table for
// users. Codes that trestle_query has too mean the same; TRS203 and TRS208 are
// raised where headers are made (frontend/answer_headers.h).
//
//   TRS107 405  the page has nothing for this method
//   TRS110 403  a form sent from another site
//   TRS111 400  no form of that name
//   TRS201 404  @one: no row
//   TRS202 500  @one or @value: more than one row
//   TRS204 500  the results are too large for one page
//   TRS210 500  the template failed
//   TRS211 404  no page of that path
//   TRS212 401  @require: not logged in
#pragma once

#include <string_view>

#include "base/result.h"
#include "pages/template_error.h"

namespace trestle::pages {

// Of all cells of one page.
inline constexpr std::size_t kMostResultBytes = 64 * 1024 * 1024;

namespace errors {

[[nodiscard]] Error wrong_method(std::string_view method);
[[nodiscard]] Error foreign_form();
[[nodiscard]] Error no_form(std::string_view name);
[[nodiscard]] Error no_row();
[[nodiscard]] Error many_rows(std::string_view result);
[[nodiscard]] Error too_large();
[[nodiscard]] Error no_page();
[[nodiscard]] Error not_logged_in();
[[nodiscard]] Error bad_template(const TemplateError& error);

}  // namespace errors
}  // namespace trestle::pages
