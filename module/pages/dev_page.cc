#include "pages/dev_page.h"

#include "base/text.h"

namespace trestle::pages {

namespace {

constexpr std::string_view kStyle =
    "body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#fff;"
    "color:#1d2430}main{max-width:60rem;margin:0 auto;padding:2rem 1rem}"
    "h1{font-size:1.25rem;color:#b3261e;margin:0 0 .5rem}"
    "h2{font-size:1rem;margin:1.5rem 0 .25rem}"
    "pre{background:#f4f5f7;padding:1rem;overflow:auto;border-radius:6px;"
    "margin:.25rem 0}table{border-collapse:collapse}"
    "th,td{text-align:left;padding:.25rem 1rem .25rem 0;vertical-align:top;"
    "font-family:ui-monospace,monospace;font-size:.875rem}"
    "@media(prefers-color-scheme:dark){body{background:#14181f;color:#e3e6eb}"
    "pre{background:#1f2530}h1{color:#ff8a80}}";

}  // namespace

void append_html(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '&':
        out.append("&amp;");
        break;
      case '<':
        out.append("&lt;");
        break;
      case '>':
        out.append("&gt;");
        break;
      case '"':
        out.append("&#34;");
        break;
      case '\'':
        out.append("&#39;");
        break;
      default:
        out.push_back(c);
    }
  }
}

DevPage::DevPage(std::string_view title) {
  page_.append(
      "<!doctype html>\n<html lang=\"en\"><head>"
      "<meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>");
  append_html(page_, title);
  page_.append("</title><style>").append(kStyle);
  page_.append("</style></head>\n<body><main><h1>");
  append_html(page_, title);
  page_.append("</h1>\n");
}

void DevPage::block(std::string_view title, std::string_view text) {
  if (text.empty()) return;
  element("h2", title);
  element("pre", text);
}

void DevPage::table(std::string_view title,
                    const std::vector<std::pair<std::string, Param>>& rows) {
  if (rows.empty()) return;
  element("h2", title);
  page_.append("<table>\n");
  for (const auto& [name, value] : rows) {
    page_.append("<tr>");
    element("th", name);
    element("td", value ? *value : "NULL");
    page_.append("</tr>\n");
  }
  page_.append("</table>\n");
}

void DevPage::link(std::string_view address, std::string_view text) {
  page_.append("<p><a href=\"");
  append_html(page_, address);
  page_.append("\">");
  append_html(page_, text);
  page_.append("</a></p>\n");
}

std::string DevPage::close() && {
  page_.append("</main></body></html>\n");
  return std::move(page_);
}

void DevPage::element(std::string_view tag, std::string_view text) {
  page_.append(concat({"<", tag, ">"}));
  append_html(page_, text);
  page_.append(concat({"</", tag, ">\n"}));
}

std::string dev_page(const Visit& visit, const Error& error,
                     const FailedStatement* statement) {
  DevPage page(concat({error.code, ": ", error.message}));
  if (error.hint) page.text(*error.hint);
  if (statement != nullptr) {
    if (error.details) page.text(*error.details);
    page.block(statement->place, statement->text);
    page.table("Parameters", statement->params);
  } else {
    page.block("Where", error.details.value_or(""));
  }
  page.table("Variables", visit.dev_variables);
  page.block(
      "Request",
      concat({visit.request().method, " ", visit.request().path, "\nstatus ",
              std::to_string(error.http_status), ", id ", visit.id()}));
  bool has_statements =
      visit.page != nullptr && visit.page->section("GET") != nullptr;
  if (has_statements && error.code.starts_with("TRS"))
    page.link("?_plan", "Plans of this page's statements");
  return std::move(page).close();
}

}  // namespace trestle::pages
