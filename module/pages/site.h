// A folder of templates and SQL files as a site: pages with their routes,
// layouts, error pages and files. Read, checked and linked at configuration
// load, immutable then; a request touches no file.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pages/locale.h"
#include "pages/program.h"
#include "pages/routes.h"
#include "pages/section_rules.h"
#include "pages/site_files.h"
#include "pages/static_files.h"
#include "sql/handler_file.h"
#include "sql/statement.h"

namespace trestle::pages {

// A block of a page, and which of the GET section's statements it needs.
struct BlockUse {
  std::string_view name;
  std::vector<std::size_t> statements;
};

// A section of the SQL file beside the page, ready to run.
struct PageSection {
  const FileSection* file;
  SectionRules rules;
  std::vector<SqlRef> statements;
};

struct Page {
  std::string name;                  // "products/[id]"
  const Program* program = nullptr;  // null: SQL alone, for forms
  std::unique_ptr<const HandlerFile> sql = nullptr;
  std::vector<PageSection> sections = {};
  std::vector<BlockUse> blocks = {};
  // Which of the variables that every page has this one reads.
  bool reads_request = true;
  bool reads_session = true;
  bool reads_form = true;
  const Program* not_found = nullptr;  // null: none
  const Program* error = nullptr;

  // Null: the page has nothing for the method, or no section of that name.
  [[nodiscard]] const PageSection* section(std::string_view method,
                                           std::string_view name = {}) const;
  // The only section for the method, whatever its name.
  [[nodiscard]] const PageSection* only_section(std::string_view method) const;
  [[nodiscard]] bool serves(std::string_view method) const;
  [[nodiscard]] std::string allowed_methods() const;
  [[nodiscard]] const BlockUse* block(std::string_view wanted) const;
};

struct Site {
  TemplateSet templates;
  std::vector<Page> pages;
  std::map<std::string, std::size_t, std::less<>> page_names;
  RouteTable routes;
  StaticFiles files;
  std::vector<Locale> locales;  // by name
  // Answers what no page does: the pages of the site's own folder.
  const Program* not_found = nullptr;
  const Program* error = nullptr;
  // The first page answers every path.
  bool is_single_page = false;
  // Places where escaping does not protect (lint.h), one line each.
  std::vector<std::string> warnings;

  [[nodiscard]] const Page* find(std::string_view name) const;
};

// `folder` stands before file names in messages. Errors: TRS010, TRS021 and
// TRS022 (a template), "path:line: what" with an excerpt in `details`.
[[nodiscard]] Result<std::unique_ptr<Site>> make_site(
    const std::string& folder, std::vector<SiteFile> files);

// One page that answers every path: `page` is a template's name among `files`,
// `sql` the file that feeds it.
[[nodiscard]] Result<std::unique_ptr<Site>> make_single_page(
    const std::string& folder, std::vector<SiteFile> files,
    const std::string& page, const SiteFile& sql);

}  // namespace trestle::pages
