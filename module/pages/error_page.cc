#include "pages/error_page.h"

#include "base/json.h"
#include "base/text.h"
#include "frontend/errors.h"
#include "pages/dev_page.h"
#include "pages/dev_site.h"
#include "pages/page_render.h"
#include "pages/send.h"
#include "sql/sqlstate.h"

namespace trestle::pages {

namespace {

constexpr int kNotFound = 404;
constexpr int kInternal = 500;

// What a visitor is told of a status, in few words.
std::string_view phrase_of(int status) {
  switch (status) {
    case 400:
      return "The request cannot be understood";
    case 401:
      return "Please log in";
    case 403:
      return "This is not allowed";
    case 404:
      return "There is no such page";
    case 405:
      return "This cannot be done here";
    case 409:
      return "This conflicts with what is there";
    case 413:
      return "This is too large";
    case 503:
      return "Too busy just now; please try again";
    case 504:
      return "This took too long";
    default:
      return status < 500 ? "The request was refused" : "Something went wrong";
  }
}

// PostgreSQL's messages name tables and columns: they are for the log. What SQL
// raises with a status of its own, and what Trestle says, is for the visitor.
std::string visitor_message(const Error& error) {
  bool is_ours = error.code.starts_with("TRS") && error.http_status < 500;
  if (is_ours || is_chosen_status(error.code)) return error.message;
  return std::string(phrase_of(error.http_status));
}

std::string plain_page(const Error& error, std::string_view id) {
  std::string status = std::to_string(error.http_status);
  std::string page = concat(
      {"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
       "<meta name=\"viewport\" content=\"width=device-width\"><title>",
       status, "</title></head>\n<body><h1>", status, "</h1>\n<p>"});
  append_html(page, visitor_message(error));
  page.append("</p>\n");
  if (!id.empty()) {
    page.append("<p><small>");
    append_html(page, id);
    page.append("</small></p>\n");
  }
  return page.append("</body></html>\n");
}

void send_error_json(Visit& visit, const Error& error) {
  Error told{.code = error.code,
             .http_status = error.http_status,
             .message = visitor_message(error)};
  if (told.message == error.message) told = error;
  ResponseHead head = error_head(told);
  head.headers.push_back({.name = "Cache-Control", .value = "no-store"});
  send(visit.exchange.response, std::move(head), error_body(told));
}

// The site's own page for the error; empty when it has none, or that fails.
std::string own_page(Visit& visit, const Error& error) {
  bool is_missing = error.http_status == kNotFound;
  const Site& site = visit.place->site;
  const Program* program =
      visit.page != nullptr
          ? (is_missing ? visit.page->not_found : visit.page->error)
          : (is_missing ? site.not_found : site.error);
  if (program == nullptr) return "";
  Arena arena;
  Dict context;
  Dict* about = arena.make<Dict>();
  about->set(arena, "status", integer(error.http_status));
  about->set(arena, "message", string(arena.copy(visitor_message(error))));
  about->set(arena, "id", string(arena.copy(visit.id())));
  context.set(arena, "error", dict_of(about));
  StringSink page;
  std::optional<TemplateError> failed =
      render_program(visit, *program, arena, context, page);
  if (!failed) return std::move(page.text);
  visit.log(failed->report());
  return "";
}

}  // namespace

std::string detail_of(const Error& error) {
  std::string text = concat({error.code, ": ", error.message});
  if (error.details) text.append("\n").append(*error.details);
  if (error.hint) text.append("\n").append(*error.hint);
  return text;
}

void answer_error_page(Visit& visit, const Error& error,
                       const FailedStatement* statement) {
  if (error.http_status >= kInternal) visit.log(detail_of(error));
  visit.status = error.http_status;
  visit.blocks.clear();
  if (visit.wants_json) return send_error_json(visit, error);
  bool is_developers = visit.is_developer() &&
                       (error.http_status >= kInternal || statement != nullptr);
  std::string body = is_developers ? dev_page(visit, error, statement)
                                   : own_page(visit, error);
  if (body.empty()) body = plain_page(error, visit.id());
  append_dev_script(visit, body);
  ResponseHead head = error_head(error);
  head.content_type = kHtml;
  add_vary(visit, head);
  if (!visit.allow.empty())
    head.headers.push_back({.name = "Allow", .value = visit.allow});
  add_cookies(visit, head);
  send(visit.exchange.response, std::move(head), body);
}

void answer_run_error(Visit& visit, const RunError& run_error, Access access,
                      const PageSection* section, std::size_t index,
                      const std::vector<Param>& values) {
  Error told =
      error_of(run_error, access, visit.exchange.identity.authenticated());
  bool is_statements = run_error.kind == RunError::Kind::database &&
                       section != nullptr &&
                       index < section->file->statements.size();
  if (!visit.is_developer() || !is_statements)
    return answer_error_page(visit, told);
  const FileStatement& failed = section->file->statements[index];
  FailedStatement statement{.place = concat({visit.page->sql->path, ":",
                                             std::to_string(failed.line)}),
                            .text = failed.text,
                            .params = {}};
  for (std::size_t i = 0; i < failed.params.size(); i++)
    statement.params.emplace_back(
        concat({"$", std::to_string(i + 1), "  :",
                section->file->params[failed.params[i]].spelling()}),
        values[failed.params[i]]);
  answer_error_page(visit,
                    {.code = run_error.sqlstate,
                     .http_status = told.http_status,
                     .message = run_error.message,
                     .details = run_error.detail,
                     .hint = run_error.hint},
                    &statement);
}

void answer_plain_error(const Request& request, ResponseSink& response,
                        const Error& error) {
  if (wants_json(request)) return answer_error(response, error);
  ResponseHead head = error_head(error);
  head.content_type = kHtml;
  head.headers.push_back({.name = "Cache-Control", .value = "no-store"});
  send(response, std::move(head), plain_page(error, ""));
}

}  // namespace trestle::pages
