// Each of PostgREST's codes that a client can bring about, over the wire, and
// what becomes of input.
#include <gtest/gtest.h>

#include "support/server_test.h"
#include "support/token.h"

namespace trestle::testing {
namespace {

constexpr const char* kSecret = "0123456789abcdef0123456789abcdef";

struct Refusal {
  const char* name;
  const char* request;  // METHOD target
  int status;
  const char* code;
  Headers headers = {};
  const char* body = "";
};

class RestErrors : public ServerTest {
 protected:
  void SetUp() override {
    sql("create schema api; grant usage on schema api to web_anon;"
        "create table api.customer (id int primary key, name text);"
        "create table api.orders (id int primary key, customer_id int"
        " references api.customer, payer_id int references api.customer);"
        "insert into api.customer values (1, 'Ann'), (2, 'Ben');"
        "create function api.add(a int, b int) returns int language sql"
        " immutable as 'select a + b';"
        "create function api.twin(a int) returns int language sql immutable"
        " as 'select 1';"
        "create function api.twin(a text) returns int language sql immutable"
        " as 'select 2';"
        "create function api.respond(name text, value text) returns int"
        " language plpgsql as $$ begin"
        " perform set_config(name, value, true); return 1; end $$;"
        "create function api.refuse(message text, detail text) returns int"
        " language plpgsql as $$ begin raise sqlstate 'PGRST'"
        " using message = message, detail = detail; end $$;"
        "create function api.wait() returns int language plpgsql as"
        " $$ begin perform pg_sleep(60); return 1; end $$;"
        "grant all on all tables in schema api to web_anon");
    nginx().file("jwt.key", std::string(kSecret) + "\n");
    start(
        "trestle_database shop {\n  primary \"@postgres@\";\n"
        "  anonymous_role web_anon;\n  jwt_secret_file jwt.key;\n}\n"
        "trestle_database nobody {\n  primary \"@postgres@\";\n}\n"
        "trestle_database members {\n  primary \"@postgres@\";\n"
        "  jwt_secret_file jwt.key;\n}\n"
        "trestle_database unread {\n  primary \"@postgres@\";\n"
        "  anonymous_role web_anon;\n}\n"
        "trestle_database small {\n  primary \"@postgres@\";\n"
        "  anonymous_role web_anon;\n  pool_size 1;\n"
        "  queue size=9 timeout=100ms;\n}\n"
        "server {\n  listen @port@;\n"
        "  location /api/ { trestle_rest shop schema=api; }\n"
        "  location /small/ { trestle_rest small schema=api; }\n"
        "  location /members/ { trestle_rest members schema=api; }\n"
        "  location /unread/ { trestle_rest unread schema=api; }\n"
        "  location /nobody/ { trestle_rest nobody schema=api; }\n"
        "  location /closed/ { trestle_rest shop schema=api openapi=disabled; "
        "}\n}\n");
  }

  Response send(const Refusal& refusal) {
    const std::string request = refusal.request;
    const std::size_t space = request.find(' ');
    Headers headers = refusal.headers;
    if (*refusal.body != '\0')
      headers.emplace_back("Content-Type", "application/json");
    HttpClient client(nginx().address());
    return client.request(request.substr(0, space), request.substr(space + 1),
                          headers, refusal.body);
  }

  void check(const Refusal& refusal) {
    const Response response = send(refusal);
    EXPECT_EQ(response.status, refusal.status)
        << refusal.name << ": " << response.body;
    EXPECT_NE(
        response.body.find(std::string("\"code\":\"") + refusal.code + "\""),
        std::string::npos)
        << refusal.name << ": " << response.body;
  }
};

TEST_F(RestErrors, each_code_is_told_once) {
  const Headers object = {{"Accept", "application/vnd.pgrst.object+json"}};
  const Headers few = {{"Prefer", "handling=strict, max-affected=1"}};
  const Refusal refusals[] = {
      {"syntax", "GET /api/customer?id=1", 400, "PGRST100"},
      {"rpc method", "DELETE /api/rpc/add", 405, "PGRST101"},
      {"body", "POST /api/customer", 400, "PGRST102", {}, "{"},
      {"range", "GET /api/customer?limit=-1", 416, "PGRST103"},
      {"put shape",
       "PUT /api/customer?name=eq.x",
       405,
       "PGRST105",
       {},
       R"({"id":1})"},
      {"schema",
       "GET /api/customer",
       406,
       "PGRST106",
       {{"Accept-Profile", "other"}}},
      {"accept",
       "GET /api/customer",
       406,
       "PGRST107",
       {{"Accept", "image/png"}}},
      {"not embedded", "GET /api/customer?orders.id=eq.1", 400, "PGRST108"},
      {"headers",
       "POST /api/rpc/respond",
       500,
       "PGRST111",
       {},
       R"({"name":"response.headers","value":"{}"})"},
      {"status",
       "POST /api/rpc/respond",
       500,
       "PGRST112",
       {},
       R"({"name":"response.status","value":"x"})"},
      {"put window",
       "PUT /api/customer?id=eq.1&limit=1",
       400,
       "PGRST114",
       {},
       R"({"id":1})"},
      {"put other row",
       "PUT /api/customer?id=eq.1",
       400,
       "PGRST115",
       {},
       R"({"id":2,"name":"x"})"},
      {"not one", "GET /api/customer", 406, "PGRST116", object},
      {"method", "FETCH /api/customer", 405, "PGRST117"},
      {"order by many",
       "GET /api/customer?select=id,orders!orders_payer_id_fkey(id)"
       "&order=orders(id)",
       400, "PGRST118"},
      {"embed filter",
       "GET /api/customer?select=id,orders!orders_payer_id_fkey(id)"
       "&orders=eq.1",
       400, "PGRST120"},
      {"raise",
       "POST /api/rpc/refuse",
       500,
       "PGRST121",
       {},
       R"({"message":"no json","detail":""})"},
      {"preferences",
       "GET /api/customer",
       400,
       "PGRST122",
       {{"Prefer", "handling=strict, nonsense"}}},
      {"aggregates", "GET /api/customer?select=id.count()", 400, "PGRST123"},
      {"max affected", "PATCH /api/customer?id=gt.0", 400, "PGRST124", few,
       R"({"name":"x"})"},
      {"path", "GET /api/a/b/c", 404, "PGRST125"},
      {"no description", "GET /closed/", 404, "PGRST126"},
      {"not implemented", "GET /api/customer?distinct=*&after=", 400,
       "PGRST127"},
      {"max affected of one", "POST /api/rpc/add", 400, "PGRST128", few,
       R"({"a":1,"b":2})"},
      {"no relationship", "GET /api/customer?select=id,nothing(id)", 400,
       "PGRST200"},
      {"two relationships", "GET /api/customer?select=id,orders(id)", 300,
       "PGRST201"},
      {"no function", "POST /api/rpc/ad", 404, "PGRST202", {}, "{}"},
      {"two functions", "GET /api/rpc/twin?a=1", 300, "PGRST203"},
      {"no column",
       "POST /api/customer",
       400,
       "PGRST204",
       {},
       R"({"nothing":1})"},
      {"no table", "GET /api/customers", 404, "PGRST205"},
      {"nobody", "GET /members/customer", 401, "PGRST302"},
      {"no key",
       "GET /nobody/customer",
       500,
       "PGRST300",
       {bearer(hs256_token(R"({"role":"web_anon"})", kSecret))}},
      {"token",
       "GET /api/customer",
       401,
       "PGRST301",
       {{"Authorization", "Bearer x.y.z"}}},
      {"expired",
       "GET /api/customer",
       401,
       "PGRST303",
       {bearer(hs256_token(R"({"role":"web_anon","exp":1})", kSecret))}},
  };
  for (const Refusal& refusal : refusals) check(refusal);
  EXPECT_EQ(sql("select string_agg(name, ',' order by id) from api.customer"),
            "Ann,Ben");
}

TEST_F(RestErrors, the_way_to_the_database_has_its_codes) {
  check({"known", "GET /small/nothing", 404, "PGRST205"});
  HttpClient waiting(nginx().address());
  ASSERT_TRUE(waiting.connect());
  ASSERT_TRUE(waiting.send(request_text("POST", "/small/rpc/wait")));
  const std::string waits =
      " from pg_stat_activity where datname = current_database() and"
      " wait_event = 'PgSleep'";
  ASSERT_TRUE(
      wait_until([&] { return sql("select count(*)" + waits) == "1"; }));
  check({"no connection in time", "POST /small/rpc/wait", 503, "PGRST003"});

  sql("select pg_terminate_backend(pid)" + waits);
  const Response died = waiting.read_response();
  EXPECT_EQ(died.status, 502) << died.body;
  EXPECT_NE(died.body.find("\"code\":\"PGRST001\""), std::string::npos)
      << died.body;

  check({"loaded", "GET /api/nothing", 404, "PGRST205"});
  cluster().stop();
  EXPECT_TRUE(wait_until([&] {
    const Response away = nginx().get("/api/customer");
    return away.status == 503 && away.header("Retry-After") != "" &&
           away.body.find("\"code\":\"PGRST000\"") != std::string::npos;
  }));
  check({"no catalog", "GET /unread/customer", 503, "PGRST002"});
  cluster().start();
  EXPECT_TRUE(wait_until(
      [&] { return nginx().get("/unread/customer").status == 200; }));
}

// What comes from a request into headers of its answer cannot end one.
TEST_F(RestErrors, input_does_not_become_a_header) {
  for (const char* target :
       {"/api/customer?name=eq.%0d%0aX-Evil:%201",
        "/api/customer%0d%0aX-Evil:%201", "/api/rpc/add?a=1&b=%0aX-Evil:1",
        "/api/customer?limit=1&after=&name=eq.%0d%0aX-Evil:%201"}) {
    const Response response = nginx().get(target);
    EXPECT_EQ(response.header("X-Evil"), "") << target;
    EXPECT_LT(response.status, 500) << target << response.body;
  }
  // An origin is told by name only where it is listed, never with credentials.
  const Response read =
      nginx().get("/api/customer", {{"Origin", "https://evil.example"}});
  EXPECT_EQ(read.header("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(read.header("Access-Control-Allow-Credentials"), "");
}

// What stands behind a name is left aside, as PostgREST does; none of it is
// SQL.
TEST_F(RestErrors, input_does_not_become_sql) {
  constexpr const char* kDrop = "%22%3Bdrop+table+api.customer--";
  for (const char* target :
       {"id%s=eq.1", "select=id%s", "select=id::int4%s", "select=name->>x%s",
        "columns=id%s", "on_conflict=id%s", "order=id%s", "id=eq.1%s",
        "id=in.(1%s)", "or=(id.eq.1%s)", "distinct=id%s",
        "id=eq(column).id%s"}) {
    std::string query = target;
    query.replace(query.find("%s"), 2, kDrop);
    for (const char* method : {"GET", "POST"}) {
      HttpClient client(nginx().address());
      const Response response =
          client.request(method, "/api/customer?" + query,
                         {{"Content-Type", "application/json"}},
                         *method == 'P' ? R"({"name":"x","id":1})" : "");
      EXPECT_LT(response.status, 500) << query << ": " << response.body;
    }
  }
  EXPECT_EQ(sql("select string_agg(name, ',' order by id) from api.customer"
                " where id < 3"),
            "Ann,Ben");
}

// What PostgREST has not (docs/rest.md), run by a real database.
TEST_F(RestErrors, what_is_ours_works) {
  const auto get = [this](const std::string& query) {
    return nginx().get("/api/" + query).body;
  };
  EXPECT_EQ(get("customer?select=id&id=eq(column).id&limit=1"),
            R"([{"id":1}])");
  EXPECT_EQ(get("customer?select=name&distinct=*&order=name.desc&limit=1"),
            R"([{"name":"Ben"}])");
  EXPECT_EQ(get("customer?select=label:name&order=label.desc&limit=1"),
            R"([{"label":"Ben"}])");
  HttpClient client(nginx().address());
  const Response changed =
      client.request("PATCH", "/api/customer?on_conflict=id",
                     {{"Content-Type", "application/json"}},
                     R"([{"id":1,"name":"Anna"},{"id":2,"name":"Benno"}])");
  EXPECT_EQ(changed.status, 204) << changed.body;
  EXPECT_EQ(sql("select string_agg(name, ',' order by id) from api.customer"),
            "Anna,Benno");
}

}  // namespace
}  // namespace trestle::testing
