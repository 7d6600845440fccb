// The front-ends that a location can be given to. A new one is a HandlerKind
// here, a make function beside it in handlers.cc, and a line among the commands
// of directives.cc.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "frontend/frontend.h"
#include "frontend/session_change.h"
#include "http/config.h"

namespace trestle::http {

class Runtime;
struct RequestContext;

// What a front-end is made of, when all of the http block has been read.
struct HandlerArguments {
  ngx_conf_t* cf;
  std::span<const std::string> words;  // behind the database's name
  const Database& database;
  const LocationConf& location;  // merged
  const Place& place;            // of the directive
};

struct HandlerKind {
  std::string_view directive;
  std::string_view usage;  // the words behind it, for messages
  std::size_t min_words;   // behind the database's name
  // Errors are shown with the place of the directive, unless they name their
  // own ("file:line: what").
  Result<std::unique_ptr<Frontend>> (*make)(const HandlerArguments&);
  // Opens a WebSocket for a request that asks for one; null: it has none.
  // Returns what the request is finalized with.
  ngx_int_t (*upgrade)(ngx_http_request_t*, RequestContext&,
                       const LocationConf&, Runtime&) = nullptr;
};

// trestle_query database file.sql [methods=GET,POST | template=page.html];
extern const HandlerKind kQueryHandler;
// trestle_rest database [option=value ...]; (rest_handler.cc)
extern const HandlerKind kRestHandler;
// trestle_pages database folder [strict]; (pages_handler.cc)
extern const HandlerKind kPagesHandler;

// trestle_query with template=NAME: one page (pages_handler.cc).
[[nodiscard]] Result<std::unique_ptr<Frontend>> make_template_query(
    const HandlerArguments& arguments, std::string_view name);

// trestle_graphql database [option=value ...]; (graphql_handler.cc)
extern const HandlerKind kGraphqlHandler;

[[nodiscard]] SessionKeeper keeper_of(const Database& database);

// An error of the configuration; `message` says all.
[[nodiscard]] Error bad_directive(std::string message);

// The content of a file that a directive names, and its path as shown.
struct NamedFile {
  std::string path;
  std::string text;
};
[[nodiscard]] Result<NamedFile> read_handler_file(ngx_conf_t* cf,
                                                  std::string_view name);

}  // namespace trestle::http
