// One request at a site, from its route to its answer: what is asked for and
// what the page is shown with.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "frontend/frontend.h"
#include "frontend/named_values.h"
#include "frontend/session_change.h"
#include "pages/flash.h"
#include "pages/form.h"
#include "pages/results.h"
#include "pages/routes.h"
#include "pages/site.h"

namespace trestle::pages {

// What all requests of a location share.
struct Place {
  std::shared_ptr<const Site> site_owner;
  const Site& site;
  std::string base;  // what stands before the site's paths: "/" or "/shop/"
  SessionKeeper sessions;
};

struct Visit {
  std::shared_ptr<const Place> place;
  Exchange exchange;
  const Page* page = nullptr;
  RouteParams params = {};
  bool wants_json = false;
  std::vector<std::string_view> blocks = {};  // all of the page when empty

  // A form that was refused: the page shows it again.
  NamedValues form = {};
  FieldErrors form_errors = {};
  int status = 200;

  const Locale* locale = nullptr;  // null: the templates' own language
  // Of the site's files, for developers; empty for all others.
  std::string dev_stamp = {};
  // What the page that failed had, as JSON; for developers.
  std::vector<std::pair<std::string, Param>> dev_variables = {};

  Flashes flashes = {};
  bool flashes_seen = false;
  std::string allow = {};  // Allow's value, of a 405

  [[nodiscard]] const Request& request() const { return exchange.request; }
  [[nodiscard]] bool is_developer() const { return !dev_stamp.empty(); }
  [[nodiscard]] bool is_secure() const { return request().scheme == "https"; }
  // The full path of one below the site's root ("/login").
  [[nodiscard]] std::string path(std::string_view below) const;
  // The visit's number in the error log.
  [[nodiscard]] std::string id() const;
  void log(std::string_view what) const;
};

// Whether the client asks for the page's variables instead of the page.
[[nodiscard]] bool wants_json(const Request& request);

}  // namespace trestle::pages
