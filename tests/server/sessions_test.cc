// Sessions: in their cookies with keys that are changed, in a table, and one
// visitor over pages, REST, GraphQL and WebSockets.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "support/server_test.h"
#include "support/websocket_client.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create schema api;
grant usage on schema api to web_anon, customer;
create table api.orders (id int primary key, owner text, item text);
insert into api.orders values (1, 'ann', 'Kettle'), (2, 'ben', 'Trowel');
alter table api.orders enable row level security;
create policy own on api.orders using (
  owner = current_setting('request.jwt.claims', true)::json ->> 'user_name');
grant select on api.orders to customer;
create function api.mine(message jsonb, session jsonb) returns jsonb
language plpgsql as $$
begin
  return (select jsonb_agg(item) from api.orders);
exception when insufficient_privilege then
  return '"nothing"';
end $$;
)";

constexpr const char* kOldKey = "0123456789abcdef0123456789abcdef0123456789\n";
constexpr const char* kNewKey = "fedcba9876543210fedcba9876543210fedcba9876\n";

// `@keeper@` is what says where sessions are.
constexpr const char* kServer = R"(
limit_req_zone $binary_remote_addr zone=one:1m rate=100r/s;
trestle_database shop {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
  @keeper@
}
server {
  listen @port@;
  location / { trestle_pages shop pages; }
  location /api/ { trestle_rest shop schema=api; }
  location = /graphql { trestle_graphql shop schema=api; }
  location = /live { trestle_live shop on_message=api.mine; }
  location = /login.json { trestle_query shop login.sql; }
  location = /who { trestle_query shop who.sql; }
  location /files/ { root www; trestle_auth shop role=customer; }
  location = /asked { auth_request /who; return 200 "$trestle_role"; }
  location = /slow { limit_req zone=one; trestle_query shop who.sql; }
})";

std::string server_with(std::string_view keeper) {
  std::string text = kServer;
  return text.replace(text.find("@keeper@"), 8, keeper);
}

constexpr const char* kInCookies = "session_key_file session.key;";
constexpr const char* kInTable =
    "session_table trestle.sessions; session_lifetime 1h;";

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string cookie_of(const Response& response) {
  const std::string all = response.all("Set-Cookie");
  return all.substr(0, all.find(';'));
}

class Sessions : public ServerTest {
 protected:
  void SetUp() override {
    sql(kSchema);
    std::string table = file_text("sql/sessions.sql");
    for (std::size_t at; (at = table.find(":\"login\"")) != std::string::npos;)
      table.replace(at, 8, "web");
    sql(table);
    NginxServer& n = nginx();
    n.file("session.key", kOldKey);
    n.file("pages/index.html", "hello {{ session.user_name }}");
    n.file("pages/account.html",
           "{% for o in orders %}[{{ o.item }}]{% endfor %}");
    n.file("pages/account.sql",
           "-- @get\n-- @require session.user_name else /login\n"
           "-- @many orders\nselect item from api.orders order by id;");
    n.file("pages/login.html", "login {{ form.errors.form }}");
    n.file("pages/login.sql",
           std::string("-- @post\n-- @redirect {next}\n") + kLogin);
    n.file("pages/logout.sql", "-- @post\n-- @session end\n-- @redirect /\n");
    n.file("login.sql", std::string("-- @post\n") + kLogin);
    n.file("who.sql", "-- @value\nselect current_user::text;");
    n.file("www/files/a.txt", "a file");
  }

  static constexpr const char* kLogin =
      "-- @session\n-- @one visitor\n"
      "select 'customer' as role, :name! as user_name"
      " where :password! = 'secret';";

  Response post(std::string_view target, std::string_view body,
                std::string_view cookie = "") {
    Headers headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                       {"Sec-Fetch-Site", "same-origin"}};
    if (!cookie.empty()) headers.emplace_back("Cookie", cookie);
    return nginx().request("POST", target, headers, body);
  }
  // The cookie.
  std::string log_in(std::string_view name, std::string_view cookie = "") {
    const Response in = post(
        "/login",
        "name=" + std::string(name) + "&password=secret&next=/account", cookie);
    EXPECT_EQ(in.status, 303) << in.body;
    EXPECT_EQ(in.header("Location"), "/account");
    return cookie_of(in);
  }
  std::string get(std::string_view target, std::string_view cookie) {
    return nginx().get(target, {{"Cookie", std::string(cookie)}}).body;
  }
  std::string graphql(std::string_view cookie) {
    return nginx()
        .request("POST", "/graphql",
                 {{"Content-Type", "application/json"},
                  {"Sec-Fetch-Site", "same-origin"},
                  {"Cookie", std::string(cookie)}},
                 R"({"query":"{ orders { item } }"})")
        .body;
  }
  std::string live(std::string_view cookie) {
    WebSocketClient client(nginx().address());
    EXPECT_EQ(client.open("/live", {{"Origin", "http://localhost"},
                                    {"Cookie", std::string(cookie)}}),
              101);
    client.text("{}");
    return client.read_text();
  }

  // Everything a visitor has by the cookie alone, then nothing any more.
  void expect_one_visitor_until_logout() {
    const std::string ann = log_in("ann");
    EXPECT_EQ(get("/", ann), "hello ann");
    EXPECT_EQ(get("/account", ann), "[Kettle]");
    EXPECT_EQ(get("/api/orders?select=item", ann), R"([{"item":"Kettle"}])");
    EXPECT_EQ(graphql(ann), R"({"data":{"orders":[{"item":"Kettle"}]}})");
    EXPECT_EQ(live(ann), R"(["Kettle"])");
    EXPECT_EQ(get("/files/a.txt", ann), "a file");

    const Response out = post("/logout", "", ann);
    EXPECT_EQ(out.status, 303);
    EXPECT_NE(out.all("Set-Cookie").find("trestle=; "), std::string::npos);
    const std::string none = cookie_of(out);
    EXPECT_EQ(get("/", none), "hello ");
    EXPECT_EQ(nginx().get("/account", {{"Cookie", none}}).status, 303);
    EXPECT_EQ(nginx().get("/api/orders", {{"Cookie", none}}).status, 401);
    EXPECT_EQ(graphql(none).find("Kettle"), std::string::npos);
    EXPECT_EQ(live(none), R"("nothing")");
    EXPECT_EQ(nginx().get("/files/a.txt", {{"Cookie", none}}).status, 401);
  }
};

TEST_F(Sessions, in_a_cookie_are_one_visitor_until_logout) {
  start(server_with(kInCookies));
  expect_one_visitor_until_logout();
}

TEST_F(Sessions, in_a_table_are_one_visitor_until_logout) {
  start(server_with(kInTable));
  expect_one_visitor_until_logout();
  EXPECT_EQ(sql("select count(*) from trestle.sessions"), "0");
}

TEST_F(Sessions, keys_are_replaced_while_visitors_stay_logged_in) {
  start(server_with(kInCookies));
  const std::string old = log_in("ann");
  // The new key seals, the old one still opens.
  nginx().file("session.key", std::string(kNewKey) + kOldKey);
  nginx().reload();
  EXPECT_EQ(get("/account", old), "[Kettle]");
  const std::string fresh = log_in("ben");
  EXPECT_EQ(get("/account", fresh), "[Trowel]");
  // The old one is taken away: what it has sealed is over, and nothing else.
  nginx().file("session.key", kNewKey);
  nginx().reload();
  EXPECT_EQ(nginx().get("/account", {{"Cookie", old}}).status, 303);
  EXPECT_EQ(get("/", old), "hello ");
  EXPECT_EQ(get("/account", fresh), "[Trowel]");
}

TEST_F(Sessions, in_a_table_end_for_whoever_has_the_cookie) {
  start(server_with(kInTable));
  const std::string ann = log_in("ann");
  const std::string other = log_in("ann");
  EXPECT_NE(ann, other);
  EXPECT_EQ(get("/account", ann), "[Kettle]");
  EXPECT_EQ(post("/logout", "", ann).status, 303);
  // The browser's old cookie, kept by somebody.
  EXPECT_EQ(nginx().get("/account", {{"Cookie", ann}}).status, 303);
  EXPECT_EQ(nginx().get("/api/orders", {{"Cookie", ann}}).status, 401);
  EXPECT_EQ(graphql(ann).find("Kettle"), std::string::npos);
  EXPECT_EQ(live(ann), R"("nothing")");
  EXPECT_EQ(nginx().get("/files/a.txt", {{"Cookie", ann}}).status, 401);
  // The other browser's goes on, until an administrator ends them all.
  EXPECT_EQ(get("/account", other), "[Kettle]");
  sql("delete from trestle.sessions where claims ->> 'user_name' = 'ann'");
  EXPECT_EQ(nginx().get("/account", {{"Cookie", other}}).status, 303);
}

TEST_F(Sessions, in_a_table_expire) {
  start(server_with(kInTable));
  const std::string ann = log_in("ann");
  EXPECT_EQ(sql("select expires_at - created_at from trestle.sessions"),
            "01:00:00");
  sql("update trestle.sessions set expires_at = now() - interval '1 s'");
  EXPECT_EQ(nginx().get("/account", {{"Cookie", ann}}).status, 303);
  EXPECT_EQ(sql("select count(*) from trestle.sessions"), "1");
  static_cast<void>(log_in("ben"));
  EXPECT_EQ(sql("select string_agg(claims ->> 'user_name', ',')"
                " from trestle.sessions"),
            "ben");
}

TEST_F(Sessions, in_a_table_cannot_be_fixed_by_another) {
  start(server_with(kInTable));
  // An id of an attacker's choice names nobody, and a login does not take it.
  const std::string planted = "trestle=" + std::string(43, 'A');
  EXPECT_EQ(get("/", planted), "hello ");
  const std::string ann = log_in("ann", planted);
  EXPECT_NE(ann, planted);
  EXPECT_EQ(get("/", planted), "hello ");
  // Logging in anew ends the session from before.
  const std::string again = log_in("ann", ann);
  EXPECT_NE(again, ann);
  EXPECT_EQ(get("/account", again), "[Kettle]");
  EXPECT_EQ(get("/", ann), "hello ");
  EXPECT_EQ(sql("select count(*) from trestle.sessions"), "1");
}

TEST_F(Sessions, in_a_table_cannot_be_taken_from_there) {
  start(server_with(kInTable));
  const std::string ann = log_in("ann");
  const std::string id = sql("select encode(id, 'hex') from trestle.sessions");
  const std::string text =
      sql("select encode(id, 'base64')"
          " from trestle.sessions");
  for (const std::string& value :
       {id, "\\x" + id, text, std::string("' or true --"), std::string(),
        std::string(9000, 'x'), ann.substr(8, 42), ann.substr(8) + "A"})
    EXPECT_NE(get("/", "trestle=" + value), "hello ann") << value;
  EXPECT_EQ(get("/", ann), "hello ann");
  // Visitors' roles cannot read it.
  EXPECT_EQ(sql("select has_table_privilege('customer', 'trestle.sessions',"
                " 'select')::text"),
            "false");
}

TEST_F(Sessions, in_a_table_count_as_cookies_do) {
  start(server_with(kInTable));
  const std::string ann = log_in("ann");
  // Forms and sockets of other sites have the cookie and nothing by it.
  Headers foreign = {{"Cookie", ann}, {"Origin", "https://evil.example"}};
  EXPECT_EQ(nginx().request("POST", "/logout", foreign).status, 403);
  EXPECT_EQ(get("/account", ann), "[Kettle]");
  const Response answer = nginx().request("POST", "/graphql",
                                          {{"Cookie", ann},
                                           {"Content-Type", "application/json"},
                                           {"Sec-Fetch-Site", "cross-site"}},
                                          R"({"query":"{ orders { item } }"})");
  EXPECT_EQ(answer.body.find("Kettle"), std::string::npos) << answer.body;
  // A SQL file logs in as well; subrequests and limits have the same visitor.
  const Response in = post("/login.json", "name=ben&password=secret");
  EXPECT_EQ(in.status, 204) << in.body;
  EXPECT_EQ(get("/account", cookie_of(in)), "[Trowel]");
  EXPECT_EQ(post("/login.json", "name=ben&password=wrong").status, 401);
  EXPECT_EQ(get("/who", ann), "\"customer\"");
  EXPECT_EQ(nginx().get("/asked", {{"Cookie", ann}}).status, 200);
  EXPECT_EQ(get("/slow", ann), "\"customer\"");
}

TEST_F(Sessions, a_table_that_cannot_be_asked_is_no_anonymous_visitor) {
  nginx().allow("trestle");
  nginx().start(
      "trestle_database shop { primary \"host=127.0.0.1 port=1\";"
      " anonymous_role web_anon; session_table trestle.sessions; }\n"
      "server { listen @port@; location / { trestle_pages shop pages; }"
      " location /files/ { root www; trestle_auth shop optional; } }");
  const std::string cookie = "trestle=" + std::string(43, 'A');
  EXPECT_EQ(nginx().get("/", {{"Cookie", cookie}}).status, 503);
  EXPECT_EQ(nginx().get("/files/a.txt", {{"Cookie", cookie}}).status, 503);
  EXPECT_EQ(nginx().get("/").body, "hello ");
}

TEST_F(Sessions, mistakes_are_told_by_nginx) {
  struct Case {
    const char* key;
    const char* told;
  };
  const Case cases[] = {
      {"session_table a.b.c;", "a table's name as auth.sessions"},
      {"session_table \"a\\\"b\";", "a table's name as auth.sessions"},
      {"session_table;", "invalid number of arguments"},
      {"session_table a; session_table b;", "is duplicate"},
      {"session_recheck 100ms;", "a time of at least 1s"},
      {"", "\"@session\" needs a session_key_file or a session_table"},
  };
  for (const Case& each : cases) {
    NginxServer server;
    server.allow("[emerg]");
    server.file("login.sql", std::string("-- @post\n") + kLogin);
    const Finished checked = server.check(
        "trestle_database a { primary \"dbname=a\"; " + std::string(each.key) +
        " }\nserver { listen @port@; location / { trestle_query a login.sql; "
        "} }");
    EXPECT_NE(checked.exit_code, 0) << each.key;
    EXPECT_NE(checked.output.find(each.told), std::string::npos)
        << checked.output;
  }
}

}  // namespace
}  // namespace trestle::testing
