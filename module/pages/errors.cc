#include "pages/errors.h"

#include "base/text.h"

namespace trestle::pages::errors {

Error wrong_method(std::string_view method) {
  return {.code = "TRS107",
          .http_status = 405,
          .message = concat({"The method ", method, " is not allowed here"})};
}

Error foreign_form() {
  return {.code = "TRS110",
          .http_status = 403,
          .message = "The form was sent from another site"};
}

Error no_form(std::string_view name) {
  return {.code = "TRS111",
          .http_status = 400,
          .message = name.empty()
                         ? std::string("The form does not say which one it is")
                         : std::string("There is no form of that name"),
          .hint = "Name it in a field \"_action\""};
}

Error no_row() {
  return {.code = "TRS201", .http_status = 404, .message = "Not found"};
}

Error many_rows(std::string_view result) {
  return {
      .code = "TRS202",
      .http_status = 500,
      .message = concat({"The result \"", result, "\" has more than one row"})};
}

Error too_large() {
  return {.code = "TRS204",
          .http_status = 500,
          .message = "The results are too large for one page",
          .hint = "Add a LIMIT"};
}

Error no_page() {
  return {
      .code = "TRS211", .http_status = 404, .message = "There is no such page"};
}

Error not_logged_in() {
  return {.code = "TRS212", .http_status = 401, .message = "Please log in"};
}

Error bad_template(const TemplateError& error) {
  return {.code = "TRS210",
          .http_status = 500,
          .message = error.summary(),
          .details = error.excerpt};
}

}  // namespace trestle::pages::errors
