// A front end of another tool beside Trestle's locations in one nginx, as
// docs/proxies.md tells: its development server behind proxy_pass, and what it
// has built behind try_files.
#include <gtest/gtest.h>

#include "support/browser.h"
#include "support/server_test.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create schema api;
grant usage on schema api to web_anon;
create table api.product (id int primary key, name text);
insert into api.product values (1, 'Kettle');
grant select on api.product to web_anon;
create function api.on_message(message jsonb, session jsonb) returns jsonb
  language sql as $$ select to_jsonb('you said: ' || (message #>> '{}')) $$;
)";

constexpr const char* kServers = R"(
include /etc/nginx/mime.types;
map $http_upgrade $upgrade_or_not { default upgrade; "" ""; }

trestle_database shop {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
}

server {
  listen @port@;
  location /api/ { trestle_rest shop schema=api; }
  location = /live { trestle_live shop on_message=api.on_message; }
  location / {
    proxy_pass         http://127.0.0.1:@vite@;
    proxy_http_version 1.1;
    proxy_set_header   Host       $http_host;
    proxy_set_header   Upgrade    $http_upgrade;
    proxy_set_header   Connection $upgrade_or_not;
  }
}

server {
  listen @port2@;
  root   @folder@/front_end/dist;
  location /api/ { trestle_rest shop schema=api; }
  location = /live { trestle_live shop on_message=api.on_message; }
  location /assets/ { expires max; }
  location / { try_files $uri /index.html; }
})";

class FrontEnd : public ServerTest {};

TEST_F(FrontEnd, of_vite_is_served_beside_the_api) {
  sql(kSchema);
  for (const char* name : {"index.html", "main.js", "message.js"})
    nginx().file(std::string("front_end/") + name,
                 read_file(std::string("tests/browser/front_end/") + name));
  const std::string vite = std::to_string(free_port());
  std::string servers = kServers;
  servers.replace(servers.find("@vite@"), 6, vite);
  start(servers);

  const std::string host = "http://127.0.0.1:";
  const Finished run =
      run_client("front_end.mjs", host + std::to_string(nginx().port()),
                 {"TRESTLE_BUILT_URL=" + host + std::to_string(nginx().port2()),
                  "TRESTLE_FRONT_END=" + nginx().folder().path() + "/front_end",
                  "TRESTLE_VITE_PORT=" + vite});
  EXPECT_EQ(run.exit_code, 0) << run.output;
}

}  // namespace
}  // namespace trestle::testing
