#include "query/query_frontend.h"

#include <gtest/gtest.h>

#include <map>

#include "base/json.h"
#include "base/text.h"

namespace trestle::query {
namespace {

constexpr Oid kInt4 = 23, kText = 25, kJson = 114, kUser = 16390;

// What was answered, as a line of text.
class Recorder final : public ResponseSink {
 public:
  void head(ResponseHead head) override {
    out = concat({std::to_string(head.status),
                  head.reason.empty() ? "" : " reason=", head.reason, " ",
                  head.content_type});
    for (const Header& header : head.headers)
      out.append(concat({" [", header.name, ": ", header.value, "]"}));
    if (head.content_length)
      out.append(concat({" length=", std::to_string(*head.content_length)}));
  }
  [[nodiscard]] bool body(std::string_view bytes) override {
    if (pieces++ == 0) out.push_back('\n');
    out.append(bytes);
    return is_fast;
  }
  void end() override { out.append("\nEND"); }
  void abort() override { out.append("\nABORT"); }
  [[nodiscard]] bool restart() override {
    if (can_restart) out.clear();
    return can_restart;
  }

  std::string out;
  bool can_restart = false;
  bool is_fast = true;
  int pieces = 0;
};

struct Facts final : RequestFacts {
  std::map<std::string, std::string, std::less<>> params, captures, vars;

  static std::optional<std::string_view> look(const auto& map,
                                              std::string_view name) {
    auto found = map.find(name);
    if (found == map.end()) return std::nullopt;
    return found->second;
  }
  std::optional<std::string_view> param(std::string_view name) const override {
    return look(params, name);
  }
  std::optional<std::string_view> capture(
      std::string_view name) const override {
    return look(captures, name);
  }
  std::optional<std::string_view> variable(
      std::string_view name) const override {
    return look(vars, name);
  }
};

// One front-end and one request to it.
class Client {
 public:
  explicit Client(std::string file, std::vector<std::string> methods = {}) {
    auto made = make_query_frontend(
        {.path = "x.sql", .text = std::move(file), .methods = methods});
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message);
    if (made.ok()) frontend_ = std::move(made).value();
  }

  // The plan, or the answer when there is none. "NULL" is NULL.
  std::string send(std::string_view method) {
    request.method = method;
    request.headers = headers;
    response = Recorder();
    work.reset();
    exchange.emplace(Exchange{.request = request,
                              .identity = identity,
                              .facts = facts,
                              .catalog = nullptr,
                              .now = 1000,
                              .response = response});
    work = frontend_->begin(*exchange);
    if (!work) return response.out;
    std::string plan = work->plan.access == Access::read ? "read" : "write";
    if (work->plan.effects == Effects::clean) plan.append(" clean");
    for (const Statement& statement : work->plan.statements) {
      plan.append(concat({"\n", statement.sql->text}));
      for (const Param& param : statement.params)
        plan.append(concat({" <", param.value_or("NULL"), ">"}));
    }
    return plan;
  }

  RowSink& sink() { return *work->answer; }

  void columns(std::size_t statement, std::vector<ResultColumn> list) {
    sink().on_columns(statement, list);
  }
  bool row(std::size_t statement, std::vector<Cell> cells) {
    return sink().on_row(statement, cells);
  }
  std::string done() {
    sink().on_done();
    return response.out;
  }
  std::string error(std::string_view sqlstate, std::string_view message,
                    std::size_t statement = 0) {
    RunError error;
    error.sqlstate = sqlstate;
    error.message = message;
    error.statement = statement;
    sink().on_error(error);
    return response.out;
  }

  // A probe of (id int, name text) that answers these rows.
  void probe(std::size_t statement, std::vector<std::string> json_rows) {
    columns(statement, {{"id", kInt4}, {"name", kText}, {"row", kJson}});
    for (const std::string& json : json_rows)
      static_cast<void>(row(statement, {"1", "a b", json}));
    sink().on_statement_done(statement, json_rows.size());
  }

  Request request;
  std::vector<HeaderView> headers;
  auth::Identity identity;
  Facts facts;
  Recorder response;
  std::optional<Exchange> exchange;
  std::optional<Work> work;

 private:
  std::unique_ptr<Frontend> frontend_;
};

// --- request -> plan
// ----------------------------------------------------------

TEST(QueryPlan, a_get_is_a_read_and_its_first_run_probes_types) {
  Client client("select id from t where id = :id::int");
  client.request.query = "id=7";
  EXPECT_EQ(client.send("GET"),
            "read\nwith trestle_row as (select id from t where id = $1::int\n) "
            "select trestle_row.*, pg_catalog.row_to_json(trestle_row.*) from "
            "trestle_row <7>");
}

TEST(QueryPlan, the_second_run_is_as_written_when_all_types_are_known) {
  Client client("select id, name from t");
  client.send("GET");
  client.probe(0, {R"({"id":1,"name":"a b"})"});
  EXPECT_EQ(client.done(),
            "200 application/json; charset=utf-8 [Vary: Accept] length=23\n"
            R"([{"id":1,"name":"a b"}])"
            "\nEND");
  EXPECT_EQ(client.send("GET"), "read\nselect id, name from t");
}

TEST(QueryPlan, a_type_without_a_direct_form_takes_to_json) {
  Client client("select id, mood from t");
  client.send("GET");
  client.columns(0, {{"id", kInt4}, {"mood", kUser}, {"row", kJson}});
  client.sink().on_statement_done(0, 0);
  client.done();
  EXPECT_EQ(client.send("GET"),
            "read\nwith trestle_row as (select id, mood from t\n) select "
            "trestle_row.*, pg_catalog.to_json(trestle_row.\"mood\") from "
            "trestle_row");
  client.columns(0, {{"id", kInt4}, {"mood", kUser}, {"to_json", kJson}});
  static_cast<void>(client.row(0, {"1", "(2)", R"({"x":2})"}));
  client.sink().on_statement_done(0, 1);
  EXPECT_EQ(client.done(),
            "200 application/json; charset=utf-8 [Vary: Accept] length=25\n"
            R"([{"id":1,"mood":{"x":2}}])"
            "\nEND");
}

TEST(QueryPlan, changed_types_are_noticed_and_learnt_anew) {
  Client client("select id, name from t");
  client.send("GET");
  client.probe(0, {});
  client.done();
  client.send("GET");
  client.columns(0, {{"id", kInt4}, {"name", kUser}});
  static_cast<void>(client.row(0, {"1", "(2)"}));
  client.sink().on_statement_done(0, 1);
  EXPECT_TRUE(client.done().starts_with("503 ")) << client.response.out;
  EXPECT_NE(client.send("GET").find("row_to_json"), std::string::npos);
}

TEST(QueryPlan, a_type_that_gains_a_direct_form_is_no_error) {
  Client client("select id, mood from t");
  client.send("GET");
  client.columns(0, {{"id", kInt4}, {"mood", kUser}, {"row", kJson}});
  client.sink().on_statement_done(0, 0);
  client.done();
  client.send("GET");
  client.columns(0, {{"id", kInt4}, {"mood", kText}, {"to_json", kJson}});
  static_cast<void>(client.row(0, {"1", "x", R"("x")"}));
  client.sink().on_statement_done(0, 1);
  EXPECT_NE(client.done().find(R"([{"id":1,"mood":"x"}])"), std::string::npos);
  EXPECT_NE(client.send("GET").find("row_to_json"), std::string::npos);
}

TEST(QueryPlan, values_are_looked_up_in_their_order) {
  Client client("select :a, :b, :c, :d from t");
  client.request.query = "a=query&b=query&c=query&c=second&x=%41";
  client.facts.params = {{"a", "param"}};
  client.facts.captures = {{"a", "capture"}, {"b", "capture"}};
  EXPECT_TRUE(client.send("GET").ends_with(" <param> <capture> <query> <NULL>"))
      << client.send("GET");
}

struct BodyCase {
  const char* name;
  const char* type;
  const char* body;
  const char* plan_ends_with;
};

class QueryBody : public testing::TestWithParam<BodyCase> {};

TEST_P(QueryBody, is_read_by_its_type) {
  Client client("-- @post\ninsert into t values (:a, :b)");
  client.request.query = "a=never&b=never";
  client.request.body = GetParam().body;
  if (*GetParam().type != '\0')
    client.headers = {{"Content-Type", GetParam().type}};
  std::string out = client.send("POST");
  EXPECT_NE(out.find(GetParam().plan_ends_with), std::string::npos) << out;
}

const BodyCase kBodies[] = {
    {"json", "application/json", R"({"a":"x","b":1.50})", " <x> <1.50>"},
    {"json_with_charset", "Application/JSON; charset=utf-8",
     "\n { \"b\" : [1, {\"k\" : \"}\\\"\"}] , \"a\":null}",
     " <NULL> <[1, {\"k\" : \"}\\\"\"}]>"},
    {"json_last_of_equal_names_counts", "application/json",
     R"({"a":1,"a":true,"b":12345678901234567890.5})",
     " <true> <12345678901234567890.5>"},
    {"problem_json", "application/problem+json", R"({"a":"x"})", " <x> <NULL>"},
    {"form", "application/x-www-form-urlencoded", "a=x+y&b=%C3%BC&b=2",
     " <x y> <\xc3\xbc>"},
    {"empty_body", "", "", " <NULL> <NULL>"},
    {"no_type", "", "a=1", "\"TRS104\""},
    {"other_type", "text/plain", "a=1", "415 "},
    {"bad_json", "application/json", "{", "\"TRS101\""},
    {"array", "application/json", "[1]", "\"TRS105\""},
    {"bad_percent", "application/x-www-form-urlencoded", "a=%4", "\"TRS106\""},
    {"nul_in_json", "application/json", R"({"a":"\u0000"})", "\"TRS102\""},
    {"nul_in_form", "application/x-www-form-urlencoded", "a=%00", "\"TRS102\""},
    {"not_utf8", "application/x-www-form-urlencoded", "a=%ff", "\"TRS102\""},
};

INSTANTIATE_TEST_SUITE_P(Types, QueryBody, testing::ValuesIn(kBodies),
                         [](const auto& each) { return each.param.name; });

TEST(QueryPlan, other_sources_of_values) {
  Client client(
      "select :claims.sub, :claims.app.level, :session.role, :header.x_key, "
      ":cookie.the_theme, :var.remote_addr");
  auto claims = std::make_shared<auth::Claims>();
  claims->json = R"({"sub":"ann","app":{"level":7}})";
  claims->document = std::move(*parse_json(claims->json));
  client.identity = {.role = "web", .claims = claims};
  client.headers = {{"X-Key", "k"}, {"Cookie", "a=b; the-theme=dark"}};
  client.facts.vars = {{"remote_addr", "127.0.0.1"}};
  EXPECT_TRUE(
      client.send("GET").ends_with(" <ann> <7> <web> <k> <dark> <127.0.0.1>"))
      << client.send("GET");
}

TEST(QueryPlan, body_as_a_whole) {
  Client client("-- @post\nselect f(:body::jsonb)");
  client.headers = {{"Content-Type", "application/json"}};
  client.request.body = " {\"a\" : 1}";
  EXPECT_TRUE(client.send("POST").ends_with(" < {\"a\" : 1}>"));
  std::string deep(100, '[');
  client.request.body = deep;
  EXPECT_NE(client.send("POST").find("TRS101"), std::string::npos);
}

TEST(QueryPlan, a_missing_required_value_is_400_with_its_name) {
  Client client("select :id!");
  EXPECT_EQ(client.send("GET"),
            "400 application/json; charset=utf-8 length=88\n"
            R"({"code":"TRS103","details":null,"hint":null,)"
            R"("message":"The parameter \"id\" is missing"})"
            "\nEND");
}

TEST(QueryPlan, a_write_that_may_answer_one_row_is_limited_by_the_server) {
  Client client("-- @one\nupdate t set a = 1 where id = :id returning id");
  EXPECT_TRUE(
      client.send("PATCH").starts_with("write\nwith trestle_row as (update t"));
  EXPECT_NE(client.work->plan.statements[0].sql->text.find(
                "where (select true from trestle_row)"),
            std::string::npos);
  std::string out = client.error("21000", "more than one row returned by ...");
  EXPECT_NE(out.find("\"TRS202\""), std::string::npos) << out;
}

TEST(QueryPlan, a_clean_statement_is_told_as_such) {
  Client client("-- @post\n-- @exec\nselect 1");
  EXPECT_EQ(client.send("POST"), "read clean\nselect 1");
}

TEST(QueryPlan, csv_needs_no_probe) {
  Client client("select 1 as a from t");
  client.headers = {{"Accept", "text/csv"}};
  EXPECT_EQ(client.send("GET"), "read\nselect 1 as a from t");
}

// --- methods and formats
// --------------------------------------------------------

TEST(QueryMethods, a_method_without_a_section_is_405_with_allow) {
  Client client("-- @get\nselect 1;\n-- @delete\ndelete from t");
  std::string out = client.send("POST");
  EXPECT_TRUE(out.starts_with("405 ")) << out;
  EXPECT_NE(out.find("[Allow: GET, HEAD, DELETE, OPTIONS]"), std::string::npos);
}

TEST(QueryMethods, options_tells_them) {
  Client client("select 1");
  EXPECT_EQ(client.send("OPTIONS"), "204  [Allow: GET, HEAD, OPTIONS]\nEND");
}

TEST(QueryMethods, the_directive_narrows_them) {
  Client client("select f()", {"POST"});
  EXPECT_TRUE(client.send("GET").starts_with("405 "));
  EXPECT_TRUE(client.send("POST").starts_with("write\n"));
}

TEST(QueryFormats, what_cannot_be_had_is_406) {
  Client client("select 1");
  client.headers = {{"Accept", "text/html, application/json;q=0"}};
  std::string out = client.send("GET");
  EXPECT_TRUE(out.starts_with("406 ")) << out;
  EXPECT_NE(out.find("text/csv"), std::string::npos);
}

// --- rows -> answer
// -------------------------------------------------------------

TEST(QueryAnswer, one_row_bare) {
  Client client("-- @one\nselect id, name from t");
  client.send("GET");
  client.probe(0, {R"({"id":1,"name":"a b"})"});
  EXPECT_EQ(client.done(),
            "200 application/json; charset=utf-8 [Vary: Accept] length=21\n"
            R"({"id":1,"name":"a b"})"
            "\nEND");
}

TEST(QueryAnswer, no_row_is_404) {
  Client client("-- @one\nselect id, name from t");
  client.send("GET");
  client.probe(0, {});
  EXPECT_TRUE(client.done().starts_with("404 ")) << client.response.out;
}

TEST(QueryAnswer, two_rows_are_an_error) {
  Client client("-- @one\nselect id, name from t");
  client.send("GET");
  client.probe(0, {"{}", "{}"});
  EXPECT_NE(client.done().find("\"TRS202\""), std::string::npos);
}

TEST(QueryAnswer, a_value_is_bare) {
  Client client("-- @value\nselect name from t");
  client.send("GET");
  client.columns(0, {{"na\"me", kText}, {"row", kJson}});
  static_cast<void>(client.row(0, {"x", R"({"na\"me":"x"})"}));
  client.sink().on_statement_done(0, 1);
  EXPECT_NE(client.done().find("length=3\n\"x\"\nEND"), std::string::npos);
  client.send("GET");
  client.columns(0, {{"na\"me", kText}});
  client.sink().on_statement_done(0, 0);
  EXPECT_NE(client.done().find("length=4\nnull\nEND"), std::string::npos);
}

TEST(QueryAnswer, several_results_are_an_object) {
  Client client(
      "-- @one product\nselect id, name from p;\n"
      "-- @exec\nselect 1;\n"
      "-- @many reviews\nselect id, name from r;\n"
      "-- @value n\nselect 5");
  client.send("GET");
  client.probe(0, {"{\"id\":1}"});
  client.columns(1, {{"x", kInt4}});
  static_cast<void>(client.row(1, {"1"}));
  client.sink().on_statement_done(1, 1);
  client.probe(2, {"{\"id\":2}", "{\"id\":3}"});
  client.columns(3, {{"n", kInt4}, {"row", kJson}});
  static_cast<void>(client.row(3, {"5", "{\"n\":5}"}));
  client.sink().on_statement_done(3, 1);
  EXPECT_NE(client.done().find(
                R"({"product":{"id":1},"reviews":[{"id":2},{"id":3}],"n":5})"),
            std::string::npos)
      << client.response.out;
}

TEST(QueryAnswer, exec_alone_is_204) {
  Client client("delete from t");
  client.send("DELETE");
  client.sink().on_statement_done(0, 1);
  EXPECT_EQ(client.done(), "204 \nEND");
}

TEST(QueryAnswer, status_and_headers_come_from_results) {
  Client client(
      "-- @one\n-- @status 201\n-- @header Location /p/{id}/{name}\n"
      "-- @header X-Name {name}\ninsert into t values (1) returning *");
  client.send("POST");
  client.probe(0, {"{\"id\":1}"});
  EXPECT_EQ(client.done(),
            "201 application/json; charset=utf-8 [Vary: Accept] "
            "[Location: /p/1/a%20b] [X-Name: a b] length=8\n{\"id\":1}\nEND");
}

TEST(QueryAnswer, control_characters_never_reach_a_header) {
  Client client("-- @one\n-- @header X-A {id}\nselect id from t");
  client.send("GET");
  client.columns(0, {{"id", kText}, {"row", kJson}});
  static_cast<void>(client.row(0, {"a\r\nb", "{}"}));
  client.sink().on_statement_done(0, 1);
  EXPECT_NE(client.done().find("\"TRS203\""), std::string::npos);
}

TEST(QueryAnswer, csv_has_a_header_row) {
  Client client("select id, name from t");
  client.headers = {{"Accept", "text/csv"}};
  client.send("GET");
  client.columns(0, {{"id", kInt4}, {"name", kUser}});
  static_cast<void>(client.row(0, {"1", "a,b"}));
  client.sink().on_statement_done(0, 1);
  EXPECT_EQ(client.done(),
            "200 text/csv; charset=utf-8 [Vary: Accept] length=18\n"
            "id,name\r\n1,\"a,b\"\r\n\nEND");
}

TEST(QueryAnswer, ndjson_has_a_line_for_each_row) {
  Client client("select id, name from t");
  client.headers = {{"Accept", "application/x-ndjson"}};
  client.send("GET");
  client.probe(0, {"{\"id\":1}", "{\"id\":2}"});
  EXPECT_NE(client.done().find("\n{\"id\":1}\n{\"id\":2}\n\nEND"),
            std::string::npos);
}

TEST(QueryAnswer, a_read_streams_and_a_late_error_breaks_the_connection) {
  Client client("select id, name from t");
  client.send("GET");
  client.columns(0, {{"id", kInt4}, {"name", kText}, {"row", kJson}});
  client.response.is_fast = false;
  std::string big(40'000, 'x');
  EXPECT_TRUE(client.row(0, {"1", "", big}));
  EXPECT_FALSE(client.row(0, {"1", "", big}));
  EXPECT_TRUE(client.response.out.starts_with(
      "200 application/json; charset=utf-8 [Vary: Accept]\n["));
  EXPECT_TRUE(client.error("22012", "division by zero").ends_with("\nABORT"));
}

TEST(QueryAnswer, an_error_is_proper_while_nothing_has_left_the_server) {
  Client client("select id, name from t");
  client.send("GET");
  client.columns(0, {{"id", kInt4}, {"name", kText}, {"row", kJson}});
  client.response.can_restart = true;
  EXPECT_TRUE(client.row(0, {"1", "", std::string(70'000, 'x')}));
  EXPECT_TRUE(client.error("22012", "division by zero").starts_with("400 "));
}

TEST(QueryAnswer, an_early_error_is_a_proper_one) {
  Client client("select id, name from t");
  client.send("GET");
  EXPECT_EQ(client.error("PT402", "Pay first"),
            "402 reason=Pay first application/json; charset=utf-8 length=65\n"
            R"({"code":"PT402","details":null,"hint":null,)"
            R"("message":"Pay first"})"
            "\nEND");
}

TEST(QueryAnswer, a_write_is_held_until_it_has_committed) {
  Client client("-- @many\nupdate t set a = 1 returning id, name");
  client.send("POST");
  client.columns(0, {{"id", kInt4}, {"name", kText}, {"row", kJson}});
  std::string big(100'000, 'x');
  EXPECT_TRUE(client.row(0, {"1", "", big}));
  client.sink().on_statement_done(0, 1);
  EXPECT_EQ(client.response.out, "");
  EXPECT_TRUE(client.error("40001", "serialization").starts_with("500 "));
}

TEST(QueryAnswer, what_is_held_has_a_limit) {
  Client client("-- @many\nupdate t set a = 1 returning id, name");
  client.send("POST");
  client.columns(0, {{"id", kInt4}, {"name", kText}, {"row", kJson}});
  std::string big(1'000'000, 'x');
  for (int i = 0; i < 20; i++) EXPECT_TRUE(client.row(0, {"1", "", big}));
  client.sink().on_statement_done(0, 20);
  std::string out = client.done();
  EXPECT_NE(out.find("\"TRS204\""), std::string::npos) << out;
  EXPECT_NE(out.find("has been made"), std::string::npos);
}

TEST(QueryAnswer, a_rule_on_the_table_ends_the_wrapping) {
  Client client("insert into v values (1) returning id");
  client.send("POST");
  client.error("0A000", "conditional DO INSTEAD rules are not supported ...");
  EXPECT_EQ(client.send("POST"),
            "write\ninsert into v values (1) returning id");
}

}  // namespace
}  // namespace trestle::query
