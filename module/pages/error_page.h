// The pages that tell of errors: the site's own 404.html and error.html, or a
// plain one. A visitor reads a status, a short text and a number under which
// the error log has the rest; a developer (trestle_dev) reads all of it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/http_message.h"
#include "base/result.h"
#include "pages/visit.h"
#include "sql/row_sink.h"

namespace trestle::pages {

// The statement that failed, for developers.
struct FailedStatement {
  std::string place;  // "pages/index.sql:3"
  std::string text;
  std::vector<std::pair<std::string, Param>> params;  // by their spelling
};

// Sends the nearest 404.html or error.html, or a plain page of ours.
void answer_error_page(Visit& visit, const Error& error,
                       const FailedStatement* statement = nullptr);

// The error page of a run that failed; `index` is of the section's statement,
// `values` those of its parameters. `section` may be null.
void answer_run_error(Visit& visit, const RunError& run_error, Access access,
                      const PageSection* section, std::size_t index,
                      const std::vector<Param>& values);

// An error page without a site behind it.
void answer_plain_error(const Request& request, ResponseSink& response,
                        const Error& error);

// Everything about the error, for the log and for developers.
[[nodiscard]] std::string detail_of(const Error& error);

}  // namespace trestle::pages
