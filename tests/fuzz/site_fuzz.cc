// Any text as a page and as the SQL beside it, with a zero byte between them:
// no crash; and whatever PostgreSQL might say of its statements, the check of
// columns ends.
#include <cstdint>
#include <string>

#include "pages/column_check.h"
#include "pages/form.h"
#include "pages/lint.h"
#include "pages/site.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace trestle;         // NOLINT: one file, one program
  using namespace trestle::pages;  // NOLINT
  constexpr std::size_t kMostBytes = 4096;
  if (size > kMostBytes) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t middle = std::min(text.find('\0'), text.size());
  const std::string sql = text.substr(std::min(middle + 1, text.size()));
  Result<std::unique_ptr<Site>> site = make_site(
      "p", {{.name = "_layout.html", .text = "{% block main %}{% endblock %}"},
            {.name = "index.html", .text = text.substr(0, middle)},
            {.name = "index.sql", .text = sql}});
  if (!site.ok()) return 0;
  const Description row{.columns = {"id", "name"}, .error = {}};
  const std::vector<Description> told(statements_of(**site).size(), row);
  static_cast<void>(check_site(**site, "p", told));
  for (const Page& page : (*site)->pages)
    for (const PageSection& section : page.sections) {
      Result<NamedValues> form = NamedValues::from_form("id=1&name=x&body=");
      if (form.ok()) static_cast<void>(check_form(section.rules, *form));
    }
  return 0;
}
