// Every way to read and to write what stands in schema_changes.h: SQL files,
// REST, GraphQL and pages, functions among them. An answer is right whatever
// types the columns have at that moment.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "support/http_client.h"
#include "support/nginx_server.h"

namespace trestle::testing {

struct Way {
  std::string_view name;
  std::function<std::string(const std::string& id)> request;
  std::function<bool(const Response&, const std::string& id)> is_right;
};

// Of an item, and of a new memo (whose id must be a new one).
[[nodiscard]] std::vector<Way> item_ways();
[[nodiscard]] std::vector<Way> memo_ways();

// What they ask: locations of the database "db", and the files below
// nginx.conf.
constexpr const char* kItemLocations = R"(
  location /api/ { trestle_rest db schema=api; }
  location = /graphql { trestle_graphql db schema=api; }
  location = /file { trestle_query db file.sql; }
  location = /star { trestle_query db star.sql; }
  location = /call { trestle_query db call.sql; }
  location = /column { trestle_query db column.sql; }
  location = /list { trestle_query db list.sql; }
  location = /memo { trestle_query db note.sql; }
  location = /copy { trestle_query db copy.sql; }
  location / { trestle_pages db pages; }
)";
void write_item_files(NginxServer& nginx);

}  // namespace trestle::testing
