// What a developer sees of an error (trestle_dev): what went wrong and where,
// with the lines around it, the statement and its parameters, and the variables
// that the page had.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "pages/error_page.h"
#include "pages/visit.h"

namespace trestle::pages {

// A page of ours for developers, written from top to bottom.
class DevPage {
 public:
  explicit DevPage(std::string_view title);

  void text(std::string_view text) { element("p", text); }
  // Nothing when `text` is empty, or there are no rows.
  void block(std::string_view title, std::string_view text);
  void table(std::string_view title,
             const std::vector<std::pair<std::string, Param>>& rows);
  void link(std::string_view address, std::string_view text);
  [[nodiscard]] std::string close() &&;

 private:
  void element(std::string_view tag, std::string_view text);

  std::string page_;
};

// `statement` may be null.
[[nodiscard]] std::string dev_page(const Visit& visit, const Error& error,
                                   const FailedStatement* statement);

// Appends text as HTML: the five characters that mean something there become
// references.
void append_html(std::string& out, std::string_view text);

}  // namespace trestle::pages
