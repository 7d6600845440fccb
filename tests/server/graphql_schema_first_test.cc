// trestle_graphql with a schema file: root fields bound to SQL files of two
// databases and to locations, nested fields to rows, files and relationships.
#include <gtest/gtest.h>

#include "support/graphql_test.h"
#include "support/websocket_client.h"

namespace trestle::testing {
namespace {

constexpr const char* kKey = "schema-first-key-0123456789abcdef0123";

constexpr const char* kTables = R"(
create schema api;
grant usage on schema api to web_anon, customer;
create table api.users (id int primary key, name text not null, home jsonb);
create table api.posts (
  id int primary key, user_id int not null references api.users,
  title text not null, content text);
insert into api.users values
  (1, 'Ada', '{"city": "London", "geo": {"lat": 51.5}, "pets": [
    {"__typename": "Tag", "name": "Rex"}, {"__typename": "User", "id": 9}]}'),
  (2, 'Bob', null);
insert into api.posts values (1, 1, 'On engines', 'Notes'),
  (2, 1, 'On "quotes"', null), (3, 2, 'Hello', 'World');
grant select on api.users to web_anon, customer;
grant select (id, user_id, title, content) on api.posts to web_anon, customer;
grant insert on api.posts to customer;
)";

constexpr const char* kSdl = R"(
type Query {
  user: User @sql(file: "user.sql")
  users(first: Int = 10, ids: [Int!]): [User!]! @sql(file: "users.sql")
  stock(id: Int!): Int @sql(file: "stock.sql", database: "warehouse")
  names: [String!]! @sql(file: "names.sql")
  price(id: String!): Price @http(location: "/price/$id")
  prices: [Price!]! @http(location: "/prices?all=yes")
  broken: Price! @http(location: "/broken")
  found(text: String!): [Named!]! @sql(file: "found.sql")
  odd: Result @sql(file: "odd.sql")
  shown: Result @http(location: "/shown")
}
type Mutation {
  post(title: String!, content: String): Post @sql(file: "post.sql")
}
interface Named { id: ID! name: String! }
union Result = Tag | User
type Tag implements Named { id: ID! name: String! uses: Int }
type User implements Named @table(name: "users") {
  id: ID!
  name: String!
  home: Home
  posts: [Post!]!
  titles(like: String = "%"): [String!]! @sql(file: "titles.sql")
}
type Post @table(name: "posts") { id: ID! title: String! content: String user: User }
type Home { city: String geo: Geo pets: [Result!] }
type Geo { lat: Float }
"What a thing costs."
type Price { id: String cents: Int note: String }
)";

constexpr const char* kServer = R"(
trestle_database shop {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
  jwt_secret_file key;
}
trestle_database warehouse {
  primary "@postgres@ dbname=postgres";
  pool_size 1;
  anonymous_role web_anon;
  jwt_secret_file key;
}
server {
  listen @port@;
  location = /graphql { trestle_graphql shop schema=api sdl=shop.graphql; }
  location = /catalog { trestle_graphql shop schema=api; }
  location ~ ^/price/(?<id>.*)$ {
    internal;
    trestle_query shop price.sql;
  }
  location = /prices {
    internal;
    default_type application/json;
    return 200 '[{"id": "a", "cents": 1, "other": [1]}, {"id": null}]';
  }
  location = /shown {
    internal;
    return 200 '{"__typename": "Tag", "name": "new", "uses": 2}';
  }
  location = /broken { proxy_pass http://127.0.0.1:@number@/nothing; }
  location = /nothing { return 200 'no json'; }
})";

class GraphqlSchemaFirst : public ServerTest {
 protected:
  void SetUp() override {
    sql(kTables);
    NginxServer& n = nginx();
    n.file("key", kKey);
    n.file("shop.graphql", kSdl);
    n.file("user.sql",
           "select id, name, home from api.users\n"
           "where id = :claims.sub::int -- the visitor");
    n.file("users.sql", R"(
select id, name, home from api.users
where :ids::int[] is null or id = any(:ids::int[])
order by id limit :first::int)");
    n.file("found.sql", R"(
select 'User' as "__typename", id, name, null as uses, home from api.users
where name like :text
union all
select 'Tag', 7, 'engines', 3, null where 'engines' like :text
order by name)");
    n.file("odd.sql", "select 'Ship' as \"__typename\", 1 as id");
    n.file("stock.sql",
           "select case current_database() when 'postgres' then :id::int * 100 "
           "end");
    n.file("names.sql", "select name from api.users order by name");
    n.file("titles.sql",
           "select title from api.posts\n"
           "where user_id = :id and title like :like order by title");
    n.file("post.sql", R"(
insert into api.posts (id, user_id, title, content)
select max(p.id) + 1, :claims.sub::int, :title, :content from api.posts p
returning id, user_id, title, content)");
    n.file("price.sql", R"(
-- @one
select :id as id, 250 as cents, 'secret' as other where :id <> 'none')");
  }

  void serve() {
    std::string http = kServer;
    http.replace(http.find("@number@"), 8, std::to_string(nginx().port()));
    start(http);
  }

  std::string ask(const std::string& query, const std::string& subject = "",
                  const std::string& target = "/graphql",
                  const std::string& variables = "{}") {
    Headers headers = {{"Content-Type", "application/json"}};
    if (!subject.empty())
      headers.push_back(bearer(hs256_token(
          R"({"role": "customer", "sub": ")" + subject + R"("})", kKey)));
    std::string body = R"({"query": ")" + json_escaped(query) +
                       R"(", "variables": )" + variables + "}";
    return nginx().request("POST", target, headers, body).body;
  }
};

TEST_F(GraphqlSchemaFirst, the_tutorials_query_works_both_ways) {
  serve();
  EXPECT_EQ(compact(ask("query { user { posts { title content } } }", "1")),
            R"({"data":{"user":{"posts":[{"title":"On engines","content":)"
            R"("Notes"},{"title":"On \"quotes\"","content":null}]}}})");
  EXPECT_EQ(
      compact(ask("query { users_by_pk(id: 1) { posts { title content } "
                  "} }",
                  "1", "/catalog")),
      R"({"data":{"users_by_pk":{"posts":[{"title":"On engines",)"
      R"("content":"Notes"},{"title":"On \"quotes\"","content":null}]}}})");
  EXPECT_EQ(compact(ask("{ user { id } }")), R"({"data":{"user":null}})");
}

TEST_F(GraphqlSchemaFirst, fields_come_from_rows_files_and_relationships) {
  serve();
  EXPECT_EQ(
      compact(ask("{ all: users { __typename id home { city geo { lat } } "
                  "titles posts { id user { name } } } }")),
      R"({"data":{"all":[{"__typename":"User","id":"1","home":{"city":)"
      R"("London","geo":{"lat":51.5}},"titles":["On \"quotes\"","On engines"],)"
      R"("posts":[{"id":"1","user":{"name":"Ada"}},{"id":"2","user":)"
      R"({"name":"Ada"}}]},{"__typename":"User","id":"2","home":null,"titles":)"
      R"(["Hello"],"posts":[{"id":"3","user":{"name":"Bob"}}]}]}})");
  EXPECT_EQ(compact(ask("query ($i: [Int!], $l: String) { users(ids: $i, "
                        "first: 1) { titles(like: $l) } }",
                        "", "/graphql", R"({"i": [2, 1], "l": "On e%"})")),
            R"({"data":{"users":[{"titles":["On engines"]}]}})");
}

TEST_F(GraphqlSchemaFirst, one_operation_asks_two_databases_and_locations) {
  serve();
  EXPECT_EQ(compact(ask("{ stock(id: 7) price(id: \"a/b c\") { cents id } "
                        "user { name } prices { id cents note } names }",
                        "2")),
            R"({"data":{"stock":700,"price":{"cents":250,"id":"a/b c"},)"
            R"("user":{"name":"Bob"},"prices":[{"id":"a","cents":1,"note":)"
            R"(null},{"id":null,"cents":null,"note":null}],"names":["Ada",)"
            R"("Bob"]}})");
  EXPECT_EQ(compact(ask("{ price(id: \"none\") { id } }")),
            R"({"data":{"price":null}})");
}

TEST_F(GraphqlSchemaFirst, a_websocket_asks_all_databases_but_no_locations) {
  serve();
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/graphql",
                        {{"Sec-WebSocket-Protocol", "graphql-transport-ws"}}),
            101);
  client.text(R"({"type":"connection_init"})");
  EXPECT_EQ(client.read_text(), R"({"type":"connection_ack"})");
  auto ask_there = [&](const std::string& query) {
    client.text(R"({"id":"1","type":"subscribe","payload":{"query":")" + query +
                "\"}}");
    std::string answer = compact(client.read_text());
    static_cast<void>(client.read_text());  // complete
    return answer;
  };
  EXPECT_NE(ask_there("{names stock(id: 7)}")
                .find(R"({"data":{"names":["Ada","Bob"],"stock":700}})"),
            std::string::npos);
  EXPECT_NE(ask_there("{names prices{id}}")
                .find("the location of field 'prices' answered 501"),
            std::string::npos);
}

TEST_F(GraphqlSchemaFirst, a_part_that_fails_leaves_no_data) {
  serve();
  const std::string answer = ask("{ names broken { id } stock(id: 1) }");
  EXPECT_TRUE(answer.starts_with(R"({"data":null,"errors":[{"message":)"))
      << answer;
  EXPECT_NE(answer.find("'broken'"), std::string::npos) << answer;
  const std::string overflow = ask("{ names stock(id: 2147483647) }");
  EXPECT_NE(overflow.find("data-exception"), std::string::npos) << overflow;
}

TEST_F(GraphqlSchemaFirst, mutations_run_files_that_change) {
  serve();
  const char* query =
      "mutation { a: post(title: \"One\") { id title user { name } } "
      "b: post(title: \"Two\", content: \"c\") { id content } }";
  EXPECT_EQ(compact(ask(query, "2")),
            R"({"data":{"a":{"id":"4","title":"One","user":{"name":"Bob"}},)"
            R"("b":{"id":"5","content":"c"}}})");
  EXPECT_NE(ask(query).find("permission-error"), std::string::npos);
  EXPECT_EQ(sql("select count(*) from api.posts"), "5");
}

TEST_F(GraphqlSchemaFirst, rows_of_interfaces_and_unions_name_their_type) {
  serve();
  EXPECT_EQ(compact(ask("{ found(text: \"%\") { __typename id ... on Named { "
                        "name } ... on Tag { uses } ...u } } fragment u on "
                        "User { posts { title } }")),
            R"({"data":{"found":[{"__typename":"User","id":"1","name":"Ada",)"
            R"("posts":[{"title":"On engines"},{"title":"On \"quotes\""}]},)"
            R"({"__typename":"User","id":"2","name":"Bob","posts":[{"title":)"
            R"("Hello"}]},{"__typename":"Tag","id":"7","name":"engines",)"
            R"("uses":3}]}})");
  EXPECT_EQ(compact(ask("{ users(ids: [1]) { home { pets { __typename ... on "
                        "Tag { name } } } } }")),
            R"({"data":{"users":[{"home":{"pets":[{"__typename":"Tag",)"
            R"("name":"Rex"},{"__typename":"User"}]}}]}})");
  EXPECT_EQ(compact(ask("{ shown { ... on Tag { name uses } ... on User { id } "
                        "} }")),
            R"({"data":{"shown":{"name":"new","uses":2}}})");
  const std::string odd = ask("{ odd { __typename } }");
  EXPECT_NE(odd.find("Ship is no Result"), std::string::npos) << odd;
  EXPECT_EQ(compact(ask("{ __type(name: \"Named\") { kind possibleTypes { name "
                        "} } }")),
            R"({"data":{"__type":{"kind":"INTERFACE","possibleTypes":)"
            R"([{"name":"Tag"},{"name":"User"}]}}})");
}

TEST_F(GraphqlSchemaFirst, operations_of_a_batch_run_one_by_one) {
  serve();
  const Response answer = nginx().request(
      "POST", "/graphql",
      {{"Content-Type", "application/json"},
       bearer(hs256_token(R"({"role": "customer", "sub": "2"})", kKey))},
      R"([{"query": "mutation { post(title: \"One\") { id } }"},)"
      R"({"query": "{ names price(id: \"a\") { cents } broken { id } }"},)"
      R"({"query": "{ nothing }"}, {"query": "{ stock(id: 2) }"},)"
      R"({"query": "query ($t: String!) { found(text: $t) { id } }",)"
      R"("variables": {"t": "Ada"}}])");
  EXPECT_EQ(answer.status, 200);
  const std::string body = compact(answer.body);
  EXPECT_TRUE(body.starts_with(
      R"([{"data":{"post":{"id":"4"}}},{"data":null,"errors":[)"))
      << body;
  EXPECT_NE(body.find("validation-failed"), std::string::npos) << body;
  EXPECT_TRUE(body.ends_with(
      R"(]},{"data":{"stock":200}},{"data":{"found":[{"id":"1"}]}}])"))
      << body;
  EXPECT_EQ(sql("select count(*) from api.posts"), "4");
}

TEST_F(GraphqlSchemaFirst, documents_are_validated_and_described) {
  serve();
  EXPECT_NE(ask("{ nothing }").find("validation-failed"), std::string::npos);
  EXPECT_NE(ask("{ stock }").find("validation-failed"), std::string::npos);
  EXPECT_EQ(ask("{ __type(name: \"Price\") { description fields { name } } }"),
            R"({"data":{"__type":{"description":"What a thing costs.",)"
            R"("fields":[{"name":"cents"},{"name":"id"},{"name":"note"}]}}})");
}

TEST_F(GraphqlSchemaFirst, mistakes_are_found_with_file_and_line) {
  const struct {
    const char* sdl;
    const char* message;
  } cases[] = {
      {"type Query {\n  a: Int }",
       "shop.graphql:2: field \"Query.a\" is bound "
       "to nothing"},
      {"type Query {\n a: Int @sql(file: \"absent.sql\") }",
       "shop.graphql:2: "},
      {"type Query { a: Int @sql(file: \"bad.sql\") }", "bad.sql:2: "},
      {"type Query { a: Int @sql(file: \"two.sql\") }",
       "\"two.sql\" must hold one statement"},
      {"type Query { a: Int @sql(file: \"post.sql\") }",
       "\"post.sql\" changes data"},
      {"type Query { a: Int @sql(file: \"stock.sql\") }",
       "\":id\" is neither an argument of \"a\""},
      {"type Query { a(id: Int, b: Int): Int @sql(file: \"stock.sql\") }",
       "does not use argument \"b\""},
      {"type Query { a(id: Int): Int @sql(file: \"stock.sql\", database: "
       "\"x\") }",
       "unknown database \"x\""},
      {"type Query { a: Int @http(location: \"price\") }",
       "must begin with \"/\""},
      {"type Query { a: Int @http(location: \"/p/$x\") }",
       "\"$x\" is no argument"},
      {"type Query { a: Int @get }", "unknown directive \"@get\""},
      {"type Query { a: Wrong @sql(file: \"stock.sql\") }",
       "unknown type \"Wrong\""},
      {"type Query {\n\n a: }", "shop.graphql:3: "},
      {"{ a }", "type definitions only"},
      {"type Query { a: A @sql(file: \"names.sql\") }\ninterface A { b: Int }",
       "shop.graphql:2: no object type implements \"A\""},
      {"type Query { a: A @sql(file: \"names.sql\") }\n"
       "interface A { b: Int }\ntype B implements A { c: Int }",
       "shop.graphql:3: type \"B\" has no field \"b\" of interface \"A\""},
      {"type Query { a: Int @sql(file: \"names.sql\") }\n"
       "union A = Int type B { c: Int }",
       "shop.graphql:2: \"Int\" is no object type"},
      {"type Query { a: A @sql(file: \"names.sql\") }\n"
       "interface A { b: Int @sql(file: \"names.sql\") }\n"
       "type B implements A { b: Int }",
       "shop.graphql:2: \"@sql\" belongs to the fields of the object types"},
  };
  nginx().allow("[emerg]");
  nginx().file("bad.sql", "\nselect from where");
  nginx().file("two.sql", "-- @value a\nselect 1;\n-- @value b\nselect 2;");
  for (const auto& one : cases) {
    nginx().file("shop.graphql", one.sdl);
    std::string http = kServer;
    http.replace(http.find("@number@"), 8, "1");
    Finished check = nginx().check(filled(http));
    EXPECT_NE(check.exit_code, 0) << one.sdl;
    EXPECT_NE(check.output.find(one.message), std::string::npos)
        << one.sdl << "\n"
        << check.output;
  }
}

}  // namespace
}  // namespace trestle::testing
