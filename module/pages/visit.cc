#include "pages/visit.h"

#include "base/json.h"
#include "base/text.h"
#include "frontend/errors.h"
#include "pages/http_cache.h"
#include "pages/render.h"
#include "pages/request_object.h"
#include "sql/sqlstate.h"

namespace trestle::pages {

namespace {

constexpr int kNotModified = 304;
constexpr int kSeeOther = 303;
constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kVary =
    "Accept, Cookie, HX-Request, HX-Target, Turbo-Frame";

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

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '&')
      out.append("&amp;");
    else if (c == '<')
      out.append("&lt;");
    else if (c == '>')
      out.append("&gt;");
    else if (c == '"')
      out.append("&#34;");
    else
      out.push_back(c);
  }
  return out;
}

std::string plain_page(const Error& error, std::string_view id,
                       std::string_view detail) {
  std::string page = concat(
      {"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
       "<meta name=\"viewport\" content=\"width=device-width\"><title>",
       std::to_string(error.http_status), "</title></head>\n<body><h1>",
       std::to_string(error.http_status), "</h1>\n<p>",
       escaped(visitor_message(error)), "</p>\n"});
  if (!id.empty()) page.append(concat({"<p><small>", id, "</small></p>\n"}));
  if (!detail.empty())
    page.append(concat({"<pre>", escaped(detail), "</pre>\n"}));
  return page.append("</body></html>\n");
}

ResponseHead head_of(int status, std::string_view type) {
  return {.status = status,
          .content_type = std::string(type),
          .headers = {{.name = "Vary", .value = std::string(kVary)}}};
}

void send(ResponseSink& response, ResponseHead head, std::string_view body) {
  if (head.status != kNotModified) head.content_length = body.size();
  response.head(std::move(head));
  if (!body.empty()) static_cast<void>(response.body(body));
  response.end();
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

// Everything about the error, for the log and for developers.
std::string detail_of(const Error& error) {
  std::string text = concat({error.code, ": ", error.message});
  if (error.details) text.append("\n").append(*error.details);
  if (error.hint) text.append("\n").append(*error.hint);
  return text;
}

struct Rendered {
  std::string text;
  std::optional<TemplateError> error;
};

Rendered render_with(Visit& visit, const Program& program, Arena& arena,
                     Dict& context) {
  add_request(arena, context, visit);
  StringSink sink;
  RenderOptions options;
  options.host = &visit;
  const TemplateSet& set = visit.place.site.templates;
  std::optional<TemplateError> error =
      visit.blocks.empty()
          ? render(set, program, &context, arena, sink, options)
          : render_blocks(set, program, visit.blocks, &context, arena, sink,
                          options);
  return {.text = std::move(sink.text), .error = std::move(error)};
}

void add_cookies(const Visit& visit, ResponseHead& head) {
  bool is_used = visit.flashes_seen && !visit.flashes.empty();
  if (is_used)
    head.headers.push_back(
        {.name = "Set-Cookie", .value = clear_flash_cookie(visit.is_secure())});
  bool keeps = !is_used && visit.status == 200;
  head.headers.push_back({.name = "Cache-Control",
                          .value = keeps ? "private, no-cache" : "no-store"});
}

void send_page(Visit& visit, std::string_view type, std::string_view body,
               const PageSection* section) {
  ResponseHead head = head_of(visit.status, type);
  if (section != nullptr && section->file->status != 0 && visit.status == 200)
    head.status = section->file->status;
  add_cookies(visit, head);
  if (head.status == 200) {
    std::string tag = tag_of(body);
    if (has_tag(visit.request(), tag)) {
      head.status = kNotModified;
      head.content_type.clear();
      body = {};
    }
    head.headers.push_back({.name = "ETag", .value = std::move(tag)});
  }
  send(visit.exchange.response, std::move(head), body);
}

void answer_variables(Visit& visit, const Results& results,
                      const PageSection* section) {
  std::string body;
  JsonWriter writer(body);
  writer.begin_object();
  if (section != nullptr) {
    const std::vector<FileStatement>& all = section->file->statements;
    for (std::size_t i = 0; i < all.size(); i++) {
      if (all[i].shape == ResultShape::exec) continue;
      std::string value;
      results.append_json(value, i, all[i].shape);
      writer.key(variable_of(all[i])).raw(value);
    }
  }
  if (!visit.form_errors.empty()) {
    writer.key("errors").begin_object();
    for (const auto& [name, message] : visit.form_errors)
      writer.key(name).string(message);
    writer.end_object();
  }
  writer.end_object();
  send_page(visit, "application/json; charset=utf-8", body, section);
}

}  // namespace

std::string Visit::path(std::string_view below) const {
  if (below.starts_with('/')) below.remove_prefix(1);
  return concat({place.base, below});
}

std::string Visit::id() const {
  constexpr std::size_t kShown = 12;
  std::optional<std::string_view> id = exchange.facts.variable("request_id");
  return std::string(id.value_or("").substr(0, kShown));
}

void Visit::log(std::string_view what) const {
  if (exchange.log == nullptr) return;
  std::string line = concat({what, ", id: ", id()});
  for (char& c : line)  // one line each, whatever a value holds
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  exchange.log->error(line);
}

bool wants_json(const Request& request) {
  std::string accept = ascii_lower(request.header("accept").value_or(""));
  return accept.find("application/json") != std::string::npos &&
         accept.find("text/html") == std::string::npos;
}

void answer_page(Visit& visit, Results& results, const PageSection* section) {
  if (visit.wants_json) return answer_variables(visit, results, section);
  Arena arena;
  Dict context;
  if (section != nullptr) {
    const std::vector<FileStatement>& all = section->file->statements;
    for (std::size_t i = 0; i < all.size(); i++) {
      if (all[i].shape == ResultShape::exec) continue;
      context.set(arena, variable_of(all[i]),
                  results.value(i, all[i].shape, arena));
      if (all[i].name.empty())
        context.set(arena, "data", results.plain_value(i, all[i].shape, arena));
    }
  }
  Rendered page = render_with(visit, *visit.page->program, arena, context);
  if (!page.error) return send_page(visit, kHtml, page.text, section);
  answer_error_page(visit, {.code = "TRS210",
                            .http_status = 500,
                            .message = page.error->summary(),
                            .details = page.error->excerpt});
}

void answer_error_page(Visit& visit, const Error& error) {
  constexpr int kNotFound = 404;
  constexpr int kInternal = 500;
  if (error.http_status >= kInternal) visit.log(detail_of(error));
  visit.status = error.http_status;
  visit.blocks.clear();
  if (visit.wants_json) return send_error_json(visit, error);

  bool is_missing = error.http_status == kNotFound;
  const Site& site = visit.place.site;
  const Program* program =
      visit.page != nullptr
          ? (is_missing ? visit.page->not_found : visit.page->error)
          : (is_missing ? site.not_found : site.error);
  std::string id = visit.id();
  bool shows_detail = visit.place.is_dev && error.http_status >= kInternal;
  std::string body;
  if (program != nullptr && !shows_detail) {
    Arena arena;
    Dict context;
    Dict* about = arena.make<Dict>();
    about->set(arena, "status", integer(error.http_status));
    about->set(arena, "message", string(arena.copy(visitor_message(error))));
    about->set(arena, "id", string(id));
    context.set(arena, "error", dict_of(about));
    Rendered page = render_with(visit, *program, arena, context);
    if (page.error)
      visit.log(page.error->report());
    else
      body = std::move(page.text);
  }
  if (body.empty())
    body = plain_page(error, id, shows_detail ? detail_of(error) : "");
  ResponseHead head = error_head(error);
  head.content_type = kHtml;
  head.headers.push_back({.name = "Vary", .value = std::string(kVary)});
  if (!visit.allow.empty())
    head.headers.push_back({.name = "Allow", .value = visit.allow});
  add_cookies(visit, head);
  send(visit.exchange.response, std::move(head), body);
}

void answer_plain_error(const Request& request, ResponseSink& response,
                        const Error& error) {
  if (wants_json(request)) return answer_error(response, error);
  ResponseHead head = error_head(error);
  head.content_type = kHtml;
  head.headers.push_back({.name = "Cache-Control", .value = "no-store"});
  send(response, std::move(head), plain_page(error, "", ""));
}

void answer_redirect(Visit& visit, std::string location,
                     std::vector<Header> cookies) {
  ResponseHead head{.status = kSeeOther, .headers = std::move(cookies)};
  head.headers.push_back({.name = "Location", .value = std::move(location)});
  head.headers.push_back({.name = "Cache-Control", .value = "no-store"});
  send(visit.exchange.response, std::move(head), "");
}

}  // namespace trestle::pages
