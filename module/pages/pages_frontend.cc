#include "pages/pages_frontend.h"

#include <algorithm>

#include "auth/origin.h"
#include "base/text.h"
#include "frontend/request_values.h"
#include "pages/action_answer.h"
#include "pages/column_check.h"
#include "pages/dev_plan.h"
#include "pages/error_page.h"
#include "pages/errors.h"
#include "pages/live_blocks.h"
#include "pages/page_answer.h"
#include "pages/send.h"
#include "pages/visit.h"

namespace trestle::pages {

namespace {

constexpr int kPermanent = 308;
constexpr int kNoContent = 204;
constexpr int kInternal = 500;
constexpr std::string_view kStaticFolder = "static/";

bool is_reading(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

// A header that asks for a part of the page, as a block's name: ids in HTML
// have dashes where names in templates have underscores.
std::string block_name(std::string_view id) {
  std::string name(id);
  std::ranges::replace(name, '-', '_');
  return name;
}

class PagesFrontend final : public Frontend {
 public:
  explicit PagesFrontend(PagesOptions options)
      : folder_(std::move(options.folder)),
        base_(std::move(options.base)),
        sessions_(options.sessions),
        trusted_origins_(std::move(options.trusted_origins)),
        place_(place_of(std::move(options.site))) {
    if (options.dev_source != nullptr)
      dev_ = std::make_unique<DevSite>(std::move(options.dev_source));
  }

  [[nodiscard]] std::optional<Work> begin(
      const Exchange& exchange) const override {
    auto visit = std::make_shared<Visit>(
        Visit{.place = current_place(),
              .exchange = exchange,
              .wants_json = wants_json(exchange.request)});
    const Site& site = visit->place->site;
    visit->locale =
        choose_locale(site.locales, exchange.identity, exchange.request);
    if (sessions_.authenticator != nullptr)
      visit->flashes = read_flashes(*sessions_.authenticator, exchange.request);
    std::string_view method = exchange.request.method;
    if (dev_ != nullptr && exchange.request.is_local &&
        answer_developer(*visit))
      return std::nullopt;
    if (is_reading(method) && (answer_file(*visit) || answer_script(*visit)))
      return std::nullopt;
    if (!find_page(*visit)) return std::nullopt;
    if (!visit->page->serves(method)) return refuse_method(*visit);
    return is_reading(method) ? show(visit) : act(visit);
  }

  [[nodiscard]] bool can_be_live() const override { return true; }
  [[nodiscard]] bool answers_pages() const override { return true; }
  [[nodiscard]] bool reads_cookies() const override { return true; }

  [[nodiscard]] std::vector<std::string> variables() const override {
    std::vector<std::string> names = {"request_id"};
    for (const Page& page : place_->site.pages)
      for (const PageSection& section : page.sections)
        for (const FileParam& param : section.file->params) {
          bool counts = param.source == ParamSource::named ||
                        param.source == ParamSource::variable;
          if (counts && std::ranges::find(names, param.name) == names.end())
            names.push_back(param.name);
        }
    return names;
  }

  [[nodiscard]] std::vector<SqlRef> statements() const override {
    return statements_of(place_->site);
  }

  [[nodiscard]] std::vector<std::string> mistakes(
      std::span<const Description> descriptions) const override {
    return check_site(place_->site, folder_, descriptions);
  }

  [[nodiscard]] std::vector<NeededVariable> needed_variables() const override {
    std::vector<NeededVariable> needed;
    for (const Page& page : place_->site.pages)
      if (page.sql != nullptr)
        for (const FileParam& param : variable_params(*page.sql))
          needed.push_back({param.name, page.sql->path, param.line});
    return needed;
  }

  void refuse(const Request& request, const Error& error,
              ResponseSink& response) const override {
    answer_plain_error(request, response, error);
  }

 private:
  [[nodiscard]] std::shared_ptr<const Place> place_of(
      std::shared_ptr<const Site> site) const {
    const Site& borrowed = *site;
    return std::make_shared<const Place>(Place{.site_owner = std::move(site),
                                               .site = borrowed,
                                               .base = base_,
                                               .sessions = sessions_});
  }

  [[nodiscard]] std::shared_ptr<const Place> current_place() const {
    if (dev_ != nullptr)
      if (std::unique_ptr<const Site> site = dev_->refresh())
        place_ = place_of(std::move(site));
    return place_;
  }

  // True: answered. Files that cannot be read anew are an error on every page.
  bool answer_developer(Visit& visit) const {
    visit.dev_stamp = dev_->stamp();
    auto path = site_path(visit.request().path);
    if (path && *path == kDevPath) {
      ResponseHead head{.content_type = "text/plain"};
      head.headers.push_back({.name = "Cache-Control", .value = "no-store"});
      send(visit.exchange.response, std::move(head), visit.dev_stamp);
      return true;
    }
    if (!dev_->error()) return false;
    Error error = *dev_->error();
    error.http_status = kInternal;
    answer_error_page(visit, error);
    return true;
  }

  // The path below the site's own, with its leading slash.
  [[nodiscard]] std::optional<std::string_view> site_path(
      std::string_view path) const {
    if (!path.starts_with(base_)) return std::nullopt;
    return path.substr(base_.size() - 1);
  }

  bool answer_file(Visit& visit) const {
    auto path = site_path(visit.request().path);
    if (!path || !path->substr(1).starts_with(kStaticFolder)) return false;
    return visit.place->site.files.answer(
        path->substr(1 + kStaticFolder.size()), visit.request(),
        visit.exchange.response);
  }

  // The script of live blocks.
  bool answer_script(Visit& visit) const {
    auto path = site_path(visit.request().path);
    if (!path || *path != kLiveScriptPath) return false;
    ResponseHead head{.content_type = "text/javascript; charset=utf-8"};
    head.headers.push_back(
        {.name = "Cache-Control", .value = "public, max-age=3600"});
    send(visit.exchange.response, std::move(head), live_script());
    return true;
  }

  // False: answered, with a redirect or the 404 page.
  bool find_page(Visit& visit) const {
    std::string_view full = visit.request().path;
    const Site& site = visit.place->site;
    if (site.is_single_page) {
      visit.page = &site.pages[0];
      return true;
    }
    std::optional<std::string_view> path = site_path(full);
    std::optional<RouteMatch> match;
    if (path) match = site.routes.find(*path);
    if (match) {
      visit.page = &site.pages[match->page];
      visit.params = std::move(match->params);
      return true;
    }
    if (!redirect_slash(visit, full))
      answer_error_page(visit, errors::no_page());
    return false;
  }

  // /products where the page is /products/, and the other way around.
  bool redirect_slash(Visit& visit, std::string_view full) const {
    if (!is_reading(visit.request().method)) return false;
    std::string other = full.ends_with('/')
                            ? std::string(full.substr(0, full.size() - 1))
                            : concat({full, "/"});
    std::optional<std::string_view> path = site_path(other);
    if (!path) return false;
    std::optional<RouteMatch> match = visit.place->site.routes.find(*path);
    if (!match || match->is_rest) return false;
    std::string location;
    for (std::string_view segment : split(other, '/'))
      location.append("/").append(url_encode(segment));
    location.erase(0, 1);
    if (!visit.request().query.empty())
      location.append("?").append(visit.request().query);
    ResponseHead head{.status = kPermanent, .content_length = 0};
    head.headers.push_back({.name = "Location", .value = std::move(location)});
    visit.exchange.response.head(std::move(head));
    visit.exchange.response.end();
    return true;
  }

  static std::optional<Work> refuse_method(Visit& visit) {
    std::string allow = visit.page->allowed_methods();
    if (visit.request().method == "OPTIONS") {
      ResponseHead head{.status = kNoContent};
      head.headers.push_back({.name = "Allow", .value = std::move(allow)});
      visit.exchange.response.head(std::move(head));
      visit.exchange.response.end();
      return std::nullopt;
    }
    visit.allow = std::move(allow);
    answer_error_page(visit, errors::wrong_method(visit.request().method));
    return std::nullopt;
  }

  // --- GET

  std::optional<Work> show(const std::shared_ptr<Visit>& visit) const {
    const PageSection* section = visit->page->section("GET");
    if (section != nullptr && !may_pass(*visit, *section)) return std::nullopt;
    if (wants_plans(*visit)) return show_plans(visit);
    choose_blocks(*visit);
    return show_page(visit);
  }

  static void choose_blocks(Visit& visit) {
    const Request& request = visit.request();
    auto add = [&](std::string_view id) {
      const BlockUse* block = visit.page->block(block_name(trim(id)));
      if (block != nullptr) visit.blocks.push_back(block->name);
    };
    Result<NamedValues> query = NamedValues::from_form(request.query);
    const Param* asked = query.ok() ? query->find("_block") : nullptr;
    if (asked != nullptr && *asked) {
      for (std::string_view id : split(**asked, ',')) add(id);
    } else if (auto frame = request.header("turbo-frame")) {
      add(*frame);
    } else if (request.header("hx-request") && !request.header("hx-boosted")) {
      if (auto target = request.header("hx-target")) add(*target);
    }
  }

  // False: answered. Visitors of pages are sent to log in and come back.
  static bool may_pass(Visit& visit, const PageSection& section) {
    for (const Requirement& requirement : section.rules.requirements) {
      Param value = claim_value(visit.exchange.identity, requirement.claim);
      bool is_role = requirement.claim == "role";
      bool holds = value && !value->empty() && *value != "false" &&
                   (!is_role || visit.exchange.identity.authenticated());
      if (holds) continue;
      if (visit.wants_json) {
        answer_error_page(visit, errors::not_logged_in());
        return false;
      }
      std::string location = visit.path(requirement.otherwise);
      if (is_reading(visit.request().method)) {
        std::string from(visit.request().path);
        if (!visit.request().query.empty())
          from.append("?").append(visit.request().query);
        location.append(location.find('?') == std::string::npos ? "?" : "&");
        location.append("next=").append(url_encode(from));
      }
      answer_redirect(visit, std::move(location), {});
      return false;
    }
    return true;
  }

  // --- POST, PUT, PATCH, DELETE

  std::optional<Work> act(const std::shared_ptr<Visit>& visit) const {
    if (!is_own_form(visit->request())) {
      answer_error_page(*visit, errors::foreign_form());
      return std::nullopt;
    }
    Result<NamedValues> values =
        takes_body(visit->request().method)
            ? body_values(visit->request())
            : NamedValues::from_form(visit->request().query);
    if (!values.ok()) {
      answer_error_page(*visit, values.error());
      return std::nullopt;
    }
    visit->form = std::move(values).value();
    const PageSection* section = choose_section(*visit);
    if (section == nullptr || !may_pass(*visit, *section)) return std::nullopt;
    choose_blocks(*visit);
    return run_action(visit, *section);
  }

  bool is_own_form(const Request& request) const {
    if (sessions_.authenticator != nullptr)
      return sessions_.authenticator->allows_origin(request);
    return auth::provenance(request, trusted_origins_) !=
           auth::Provenance::cross_origin;
  }

  // By the field _action or the same in the query string. Null: answered.
  static const PageSection* choose_section(Visit& visit) {
    std::string_view method = visit.request().method;
    std::string name;
    if (const Param* sent = visit.form.find("_action"); sent && *sent)
      name = **sent;
    Result<NamedValues> query = NamedValues::from_form(visit.request().query);
    if (name.empty() && query.ok())
      if (const Param* sent = query->find("_action"); sent && *sent)
        name = **sent;
    const PageSection* found = visit.page->section(method, name);
    if (found == nullptr && name.empty())
      found = visit.page->only_section(method);
    if (found == nullptr) answer_error_page(visit, errors::no_form(name));
    return found;
  }

  std::string folder_;
  std::string base_;
  SessionKeeper sessions_;
  std::vector<std::string> trusted_origins_;
  // Under trestle_dev a request may put another in its place; those under way
  // keep the one they began with.
  mutable std::shared_ptr<const Place> place_;
  std::unique_ptr<DevSite> dev_;  // null: trestle_dev is off
};

// What a section needs of the configuration and does not have; empty: nothing.
std::string_view missing_of(const PageSection& section,
                            const auth::Authenticator* authenticator) {
  bool has_keys =
      authenticator != nullptr && !authenticator->session_keys().empty();
  if (!section.rules.flashes.empty() && !has_keys)
    return "\"@flash\" needs a session_key_file";
  bool has_sessions = authenticator != nullptr && authenticator->has_sessions();
  bool needs = section.file->begins_session || section.file->ends_session;
  return needs && !has_sessions
             ? "\"@session\" needs a session_key_file or a session_table"
             : "";
}

Result<void> check_sessions(const Site& site,
                            const auth::Authenticator* authenticator) {
  for (const Page& page : site.pages)
    for (const PageSection& section : page.sections)
      if (std::string_view missing = missing_of(section, authenticator);
          !missing.empty())
        return Error{.code = "TRS021",
                     .message = concat({page.sql->path, ":",
                                        std::to_string(section.file->line),
                                        ": ", missing})};
  return {};
}

}  // namespace

Result<std::unique_ptr<Frontend>> make_pages_frontend(PagesOptions options) {
  Result<void> checked =
      check_sessions(*options.site, options.sessions.authenticator);
  if (!checked.ok()) return std::move(checked).error();
  return std::unique_ptr<Frontend>(
      std::make_unique<PagesFrontend>(std::move(options)));
}

}  // namespace trestle::pages
