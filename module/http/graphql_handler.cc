// trestle_graphql database [option=value ...]: the options of the GraphQL
// front-end (docs/directives/trestle_graphql.md).
#include <dirent.h>

#include <charconv>

#include "base/text.h"
#include "graphql/graphql_frontend.h"
#include "graphql/hash.h"
#include "graphql/sdl_frontend.h"
#include "http/graphql_session.h"
#include "http/handlers.h"
#include "http/persisted_zone.h"

namespace trestle::http {

namespace {

using graphql::GraphqlOptions;

template <class Number>
bool read_number(Number& target, std::string_view text) {
  std::uint64_t value = 0;
  auto [end, problem] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return false;
  target = static_cast<Number>(value);
  return true;
}

template <auto Member>
bool set_limit(GraphqlOptions& options, std::string_view text) {
  return read_number(options.limits.*Member, text);
}

bool set_size(std::size_t& target, std::string_view text) {
  std::optional<std::size_t> size = parse_size(text);
  if (size) target = *size;
  return size.has_value();
}
bool set_document_size(GraphqlOptions& options, std::string_view text) {
  return set_size(options.limits.max_document_bytes, text);
}
bool set_variables_size(GraphqlOptions& options, std::string_view text) {
  return set_size(options.limits.max_variables_bytes, text);
}

std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> list;
  for (std::string_view part : split(text, ','))
    if (!part.empty()) list.emplace_back(part);
  return list;
}

bool set_schema(GraphqlOptions& options, std::string_view text) {
  options.schemas = parse_list(text);
  return !options.schemas.empty();
}
// on, off, or the roles that may.
bool set_introspection(GraphqlOptions& options, std::string_view text) {
  if (text == "on")
    options.introspection_roles.reset();
  else
    options.introspection_roles =
        text == "off" ? std::vector<std::string>() : parse_list(text);
  return !text.empty();
}
bool set_stringify(GraphqlOptions& options, std::string_view text) {
  std::optional<bool> flag = parse_flag(text);
  if (flag) options.stringify_numbers = *flag;
  return flag.has_value();
}
bool set_trusted_only(GraphqlOptions& options, std::string_view text) {
  std::optional<bool> flag = parse_flag(text);
  if (flag) options.trusted_only = *flag;
  return flag.has_value();
}

struct Option {
  std::string_view name;
  bool (*set)(GraphqlOptions& options, std::string_view value);
};

using graphql::Limits;

constexpr Option kOptions[] = {
    {"schema", set_schema},
    {"introspection", set_introspection},
    {"stringify_numeric", set_stringify},
    {"trusted_only", set_trusted_only},
    {"max_depth", set_limit<&Limits::max_depth>},
    {"max_fields", set_limit<&Limits::max_fields>},
    {"max_aliases", set_limit<&Limits::max_aliases>},
    {"max_root_fields", set_limit<&Limits::max_root_fields>},
    {"max_directives", set_limit<&Limits::max_directives>},
    {"max_tokens", set_limit<&Limits::max_tokens>},
    {"max_batch", set_limit<&Limits::max_batch>},
    {"max_where_depth", set_limit<&Limits::max_where_depth>},
    {"max_rows", set_limit<&Limits::max_rows>},
    {"max_complexity", set_limit<&Limits::max_complexity>},
    {"max_document_size", set_document_size},
    {"max_variables_size", set_variables_size},
};

// Every *.graphql file of a folder, by the hash of its text.
Result<void> read_trusted(ngx_conf_t* cf, std::string_view folder,
                          GraphqlOptions& options) {
  std::optional<std::string> path = config_path(cf, folder);
  DIR* dir = path ? opendir(path->c_str()) : nullptr;
  if (dir == nullptr)
    return bad_directive(concat({"cannot open folder \"", folder, "\""}));
  std::string problem;
  while (const dirent* entry = readdir(dir)) {
    std::string_view name = entry->d_name;
    if (!name.ends_with(".graphql")) continue;
    std::optional<std::string> text =
        read_file(concat({*path, "/", name}), problem);
    if (!text) break;
    std::string hash = graphql::sha256_hex(*text);
    options.trusted.emplace(std::move(hash), std::move(*text));
  }
  closedir(dir);
  if (!problem.empty()) return bad_directive(std::move(problem));
  return {};
}

Result<void> apply(const HandlerArguments& arguments, GraphqlOptions& options,
                   std::string_view word, std::vector<std::string_view>& seen) {
  std::size_t equal = word.find('=');
  std::string_view name = word.substr(0, equal);
  for (std::string_view other : seen)
    if (other == name)
      return bad_directive(concat({"duplicate parameter \"", word, "\""}));
  seen.push_back(name);
  if (equal != std::string_view::npos && name == "trusted")
    return read_trusted(arguments.cf, word.substr(equal + 1), options);
  for (const Option& option : kOptions)
    if (option.name == name && equal != std::string_view::npos &&
        option.set(options, word.substr(equal + 1)))
      return {};
  return bad_directive(concat({"invalid parameter \"", word, "\""}));
}

// Schema first: the file, and the SQL files beside it.
Result<std::unique_ptr<graphql::SdlSchema>> read_schema_file(
    const HandlerArguments& arguments, std::string_view name) {
  Result<NamedFile> file = read_handler_file(arguments.cf, name);
  if (!file.ok()) return std::move(file).error();
  std::string folder = file->path.substr(0, file->path.rfind('/') + 1);
  graphql::SdlFiles files{
      .read = [&](std::string_view sql) -> Result<std::string> {
        std::string problem;
        std::optional<std::string> text =
            read_file(concat({folder, sql}), problem);
        if (!text) return bad_directive(std::move(problem));
        return std::move(*text);
      },
      .has_database =
          [&](std::string_view database) {
            return find_database(main_conf(arguments.cf)->databases,
                                 database) != nullptr;
          }};
  return graphql::read_sdl(file->path, file->text, files);
}

Result<std::unique_ptr<Frontend>> make_graphql(
    const HandlerArguments& arguments) {
  constexpr std::string_view kSdl = "sdl=";
  std::string_view schema_file;
  GraphqlOptions options;
  if (!arguments.database.schemas.empty())
    options.schemas = arguments.database.schemas;
  std::vector<std::string_view> seen;
  for (const std::string& word : arguments.words) {
    if (word.starts_with(kSdl) && schema_file.empty()) {
      schema_file = std::string_view(word).substr(kSdl.size());
      continue;
    }
    Result<void> applied = apply(arguments, options, word, seen);
    if (!applied.ok()) return std::move(applied).error();
  }
  if (options.trusted_only && options.trusted.empty())
    return bad_directive("\"trusted_only\" needs documents, see \"trusted\"");
  options.persisted = add_persisted_zone(arguments.cf);
  if (options.persisted == nullptr)
    return bad_directive("the zone of shared memory cannot be added");
  if (schema_file.empty())
    return graphql::make_graphql_frontend(std::move(options));
  auto sdl = read_schema_file(arguments, schema_file);
  if (!sdl.ok()) return std::move(sdl).error();
  return graphql::make_sdl_frontend(std::move(options), std::move(sdl).value());
}

}  // namespace

const HandlerKind kGraphqlHandler = {.directive = "trestle_graphql",
                                     .usage = "database [option=value ...]",
                                     .min_words = 0,
                                     .make = make_graphql,
                                     .upgrade = open_graphql_socket};

}  // namespace trestle::http
