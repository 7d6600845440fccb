// trestle-render: the template engine of pages without a server.
//
//   trestle-render --templates DIR --entry NAME --context FILE [--messages MO]
//   trestle-render --batch
//   trestle-render --lint --templates DIR
//
// The first prints the page, or one line FILE:LINE: KIND error: MESSAGE on
// standard error, and exits 1. --batch reads one JSON object a line, {"id",
// "templates", "entry", "context"}, and answers each with one line of JSON.
// --lint names the values that stand where HTML escaping does not protect.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "pages/gettext.h"
#include "pages/json_values.h"
#include "pages/lint.h"
#include "pages/render.h"

namespace trestle::pages {
namespace {

struct Options {
  std::string templates;
  std::string entry;
  std::string context;
  std::string messages;
  bool batch = false;
  bool lint = false;
};

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TemplateError plain_error(std::string_view file, std::string message) {
  return {.kind = TemplateError::Kind::runtime,
          .file = std::string(file),
          .message = std::move(message)};
}

// The page of one job, or its error.
std::optional<TemplateError> render_job(const Options& job, std::string& page) {
  TemplateSet set;
  if (auto error = add_folder(set, job.templates)) return error;
  set.link();
  const Program* entry = set.find(job.entry);
  if (entry == nullptr)
    return TemplateError{.kind = TemplateError::Kind::notfound,
                         .file = job.entry,
                         .line = 1,
                         .message = concat({"TemplateNotFound: ", job.entry})};
  Arena arena;
  std::optional<std::string> text = read_file(job.context);
  if (!text) return plain_error(job.context, "cannot be read");
  Result<Value> context = parse_json_value(arena, *text);
  if (!context.ok()) return plain_error(job.context, context.error().message);
  if (!context->is(Kind::dict))
    return plain_error(job.context, "the context must be a JSON object");

  RenderOptions options;
  options.is_lax = true;  // the same bytes as Jinja2
  std::optional<Translations> translations;
  if (!job.messages.empty()) {
    std::optional<std::string> bytes = read_file(job.messages);
    if (!bytes) return plain_error(job.messages, "cannot be read");
    Result<Translations> parsed = Translations::parse(*bytes);
    if (!parsed.ok()) return plain_error(job.messages, parsed.error().message);
    translations = std::move(*parsed);
    options.translations = &*translations;
  }
  StringSink sink;
  auto error = render(set, *entry, context->dict, arena, sink, options);
  page = std::move(sink.text);
  return error;
}

int run_once(const Options& options) {
  std::string page;
  if (auto error = render_job(options, page)) {
    std::fprintf(stderr, "%s\n", error->summary().c_str());
    return 1;
  }
  std::fwrite(page.data(), 1, page.size(), stdout);
  return 0;
}

std::string member(const rapidjson::Document& request, const char* name) {
  if (!request.HasMember(name) || !request[name].IsString()) return {};
  return std::string(json_text(request[name]));
}

std::string answer(std::string_view line) {
  std::string out;
  JsonWriter json(out);
  Result<rapidjson::Document> request = parse_json(line);
  json.begin_object().key("id");
  if (!request.ok() || !request->IsObject()) {
    json.null().key("ok").boolean(false).key("kind").string("runtime");
    json.key("file").null().key("line").null().key("message");
    json.string(request.ok() ? "a request is a JSON object"
                             : request.error().message);
    json.end_object();
    return out;
  }
  if (request->HasMember("id")) {
    std::string id;
    append_json(id, (*request)["id"]);
    json.raw(id);
  } else {
    json.null();
  }
  Options job;
  job.templates = member(*request, "templates");
  job.entry = member(*request, "entry");
  job.context = member(*request, "context");
  std::string page;
  if (auto error = render_job(job, page)) {
    json.key("ok").boolean(false).key("kind").string(error->kind_name());
    json.key("file").string(error->file).key("line").number(error->line);
    json.key("message").string(error->message);
  } else {
    json.key("ok").boolean(true).key("output").string(page);
  }
  json.end_object();
  return out;
}

int run_batch() {
  std::string line;
  for (int c = std::getchar();; c = std::getchar()) {
    if (c != '\n' && c != EOF) {
      line.push_back(static_cast<char>(c));
      continue;
    }
    if (!trim(line).empty()) {
      std::printf("%s\n", answer(line).c_str());
      std::fflush(stdout);
    }
    line.clear();
    if (c == EOF) return 0;
  }
}

int run_lint(const Options& options) {
  TemplateSet set;
  if (auto error = add_folder(set, options.templates)) {
    std::fprintf(stderr, "%s\n", error->summary().c_str());
    return 1;
  }
  set.link();
  for (const auto& [name, program] : set.programs())
    for (const LintWarning& warning : lint(*program))
      std::printf("%s\n", warning.summary().c_str());
  return 0;
}

int usage() {
  std::fprintf(stderr,
               "usage: trestle-render --templates DIR --entry NAME "
               "--context FILE [--messages MO]\n"
               "       trestle-render --batch\n"
               "       trestle-render --lint --templates DIR\n");
  return 2;
}

int run(std::vector<std::string_view> args) {
  Options options;
  for (std::size_t i = 0; i < args.size(); i++) {
    std::string* target = args[i] == "--templates"  ? &options.templates
                          : args[i] == "--entry"    ? &options.entry
                          : args[i] == "--context"  ? &options.context
                          : args[i] == "--messages" ? &options.messages
                                                    : nullptr;
    if (target != nullptr && i + 1 < args.size())
      *target = args[++i];
    else if (args[i] == "--batch")
      options.batch = true;
    else if (args[i] == "--lint")
      options.lint = true;
    else
      return usage();
  }
  if (options.batch) return run_batch();
  if (options.templates.empty()) return usage();
  if (options.lint) return run_lint(options);
  if (options.entry.empty() || options.context.empty()) return usage();
  return run_once(options);
}

}  // namespace
}  // namespace trestle::pages

int main(int argc, char** argv) {
  return trestle::pages::run({argv + 1, argv + argc});
}
