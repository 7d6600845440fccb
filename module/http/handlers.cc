#include "http/handlers.h"

#include "base/text.h"
#include "query/query_frontend.h"

namespace trestle::http {

namespace {

// "GET,post" as upper-case names.
std::vector<std::string> parse_methods(std::string_view list) {
  std::vector<std::string> methods;
  for (std::string_view part : split(list, ',')) {
    std::string method(trim(part));
    for (char& c : method)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (!method.empty()) methods.push_back(std::move(method));
  }
  return methods;
}

Result<std::unique_ptr<Frontend>> make_query(
    const HandlerArguments& arguments) {
  constexpr std::string_view kTemplate = "template=";
  if (arguments.words.size() == 2 && arguments.words[1].starts_with(kTemplate))
    return make_template_query(arguments,
                               arguments.words[1].substr(kTemplate.size()));
  Result<NamedFile> file = read_handler_file(arguments.cf, arguments.words[0]);
  if (!file.ok()) return std::move(file).error();
  query::QueryOptions options{.path = std::move(file->path),
                              .text = std::move(file->text),
                              .sessions = keeper_of(arguments.database)};
  for (const std::string& word : arguments.words.subspan(1)) {
    std::string_view text = word;
    if (!text.starts_with("methods="))
      return bad_directive(concat({"invalid parameter \"", word, "\""}));
    options.methods = parse_methods(text.substr(8));
    if (options.methods.empty())
      return bad_directive(concat({"invalid parameter \"", word, "\""}));
  }
  return query::make_query_frontend(std::move(options));
}

}  // namespace

const HandlerKind kQueryHandler = {
    .directive = "trestle_query",
    .usage = "database file.sql [methods=GET,POST | template=page.html]",
    .min_words = 1,
    .make = make_query};

Error bad_directive(std::string message) {
  return {.code = "TRS010", .message = std::move(message)};
}

SessionKeeper keeper_of(const Database& database) {
  return {.authenticator = database.auth.get(),
          .table = database.sessions.get()};
}

Result<NamedFile> read_handler_file(ngx_conf_t* cf, std::string_view name) {
  std::optional<std::string> path = config_path(cf, name);
  if (!path) return bad_directive("out of memory");
  std::string problem;
  std::optional<std::string> text = read_file(*path, problem);
  if (!text) return bad_directive(std::move(problem));
  return NamedFile{.path = std::move(*path), .text = std::move(*text)};
}

}  // namespace trestle::http
