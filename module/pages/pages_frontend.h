// The front-end of trestle_pages: a folder of templates, with the SQL that
// feeds each beside it, as a site (docs/pages.md).
//
//   request   route, who may, which form, which blocks
//   plan, sql the section's statements in one transaction, read-only for GET
//   response  the page (page_answer.h), or where a form leads (action_answer.h)
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "frontend/frontend.h"
#include "frontend/session_change.h"
#include "pages/dev_site.h"
#include "pages/site.h"

namespace trestle::pages {

struct PagesOptions {
  // From make_site() or make_single_page().
  std::unique_ptr<const Site> site;
  // Where its files are, for messages.
  std::string folder = {};
  // What stands before the site's paths, with slashes at both ends.
  std::string base = "/";
  // Without an authenticator: no sessions, no flash messages.
  SessionKeeper sessions = {};
  // Results of parse_origin(), for sites without an authenticator.
  std::vector<std::string> trusted_origins = {};
  // trestle_dev: where the site is read from anew, and error pages tell those
  // who sit at the machine everything. Null: off.
  std::unique_ptr<const SiteSource> dev_source = nullptr;
};

// Configuration load. Errors: TRS021 where a file needs sessions that the
// database does not have.
[[nodiscard]] Result<std::unique_ptr<Frontend>> make_pages_frontend(
    PagesOptions options);

}  // namespace trestle::pages
