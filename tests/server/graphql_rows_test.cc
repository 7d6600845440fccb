// A query's only field comes as rows of plain columns, several fields as JSON
// that PostgreSQL makes: both must say the same, for values of all types, lists
// in lists and objects that are there or not.
#include <gtest/gtest.h>

#include "support/graphql_test.h"

namespace trestle::testing {
namespace {

constexpr const char* kTables = R"(
create schema api;
create schema hidden;
create extension if not exists citext schema public;
grant usage on schema api to web_anon;
create type hidden.mood as enum ('sad', 'so "so"');
create domain api.percent as int not null check (value between 0 and 100);
create type api.pair as (a int, b text);
create table api.country (code text primary key, name text not null);
create table api.city (
  id int primary key, name text not null,
  country text references api.country, twin int references api.city);
create table api.street (
  city int not null references api.city, number int, name text,
  primary key (city, number));
create table api.house (
  id int primary key, city int not null, street int,
  mood hidden.mood, moods hidden.mood[], share api.percent, letter char(4),
  big bigint, num numeric(20, 5), f4 float4, f8 float8, flag boolean, uid uuid,
  day date, at timestamptz, local timestamp, span interval, ip inet,
  doc jsonb, raw json, tags text[], grid int[], pair api.pair, name public.citext,
  bytes bytea, during tstzrange, xid "char",
  foreign key (city, street) references api.street);
create view api.small_city as select * from api.city where id < 3;
insert into api.country values ('f', 'France'), ('g', 'Ger"many');
insert into api.city values (1, 'Aix', 'f', 3), (2, 'Bonn', 'g', 1),
  (3, 'Nowhere', null, null), (4, 'Ävry', 'f', 1);
insert into api.street select c, n, 'street ' || c || n
  from unnest('{1, 2, 4}'::int[]) c, generate_series(1, 3) n;
insert into api.house
select n, 1 + n % 2, 1 + n % 3,
  case when n % 2 = 0 then 'sad'::hidden.mood
    else 'so "so"' end, '{sad,"so \"so\""}', n, 'x' || n, n * 1e15, n / 7.0,
  n / 3.0, case n when 3 then 'NaN'::float8 when 4 then '-Infinity' else
  1e20 * n end, n % 2 = 0, md5(n::text)::uuid, date '2024-01-01' + n,
  timestamptz '2024-01-01 12:00:00.5+00' + n * interval '1 day',
  timestamp '2024-01-01 00:00' + n * interval '1 hour', n * interval '90 min',
  '10.0.0.1', jsonb_build_object('n', n, 'l', '[1, "a b"]'::jsonb),
  '{"z": 1,  "a": [null]}', array['a b', null, 'c,"d"'], '{{1,2},{3,4}}',
  row(n, 'b ' || n)::api.pair, 'Name ' || n, '\x00ff', '[2024-01-01,2024-02-01)', 'c'
from generate_series(1, 6) n;
insert into api.house (id, city, share) values (7, 3, 0);
create function api.title(api.house) returns text language sql stable as
  $$ select 'house ' || $1.id $$;
create function api.neighbours(api.house) returns setof api.house
  language sql stable as
  $$ select * from api.house where city = $1.city and id <> $1.id $$;
-- What configures is one line.
do $do$ begin
  execute format('comment on table api.house is %L', replace('@trestle {
    "relationships": {
      "doubles": {"type": "array", "to": ["api", "house"],
                  "columns": {"uid": "uid"}}},
    "computed": {
      "title": {"function": ["api", "title"]},
      "neighbours": {"function": ["api", "neighbours"]}}}', E'\n', ' '));
  execute format('comment on table api.city is %L', replace('@trestle {
    "relationships": {
      "namesake": {"type": "object", "to": ["api", "city"],
                   "columns": {"name": "name"}},
      "houses": {"type": "array", "to": ["api", "house"],
                 "columns": {"id": "city"}},
      "streets": {"type": "array", "to": ["api", "street"],
                  "columns": {"id": "city"}},
      "twin_city": {"type": "object", "to": ["api", "city"],
                    "columns": {"twin": "id"}},
      "land": {"type": "object", "to": ["api", "country"],
               "columns": {"country": "code"}}}}', E'\n', ' '));
end $do$;
grant select on all tables in schema api to web_anon;
)";

constexpr const char* kServer = R"(
trestle_database db {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
}
server {
  listen @port@;
  location = /graphql { trestle_graphql db schema=api; }
  location = /texts { trestle_graphql db schema=api stringify_numeric=on; }
})";

constexpr const char* kAllColumns =
    "id city mood moods share letter big num f4 f8 flag uid day at local span "
    "ip doc raw tags grid pair name bytes during xid title";

class GraphqlRows : public GraphqlServerTest {
 protected:
  void SetUp() override {
    sql(kTables);
    start(kServer);
  }

  std::string post(const std::string& target, const std::string& query) {
    return compact(nginx()
                       .request("POST", target,
                                {{"Content-Type", "application/json"}},
                                "{\"query\": \"" + json_escaped(query) + "\"}")
                       .body);
  }

  // The answer to a field alone is the answer to it beside another.
  std::string same(const std::string& field,
                   const std::string& target = "/graphql") {
    std::string alone = post(target, "{ " + field + " }");
    std::string beside =
        post(target, "{ " + field + " none: country(limit: 0) { code } }");
    const std::string rest = ",\"none\":[]}}";
    EXPECT_TRUE(beside.ends_with(rest)) << beside;
    if (beside.ends_with(rest))
      beside.replace(beside.size() - rest.size(), rest.size(), "}}");
    EXPECT_EQ(alone, beside) << field;
    return alone;
  }
};

TEST_F(GraphqlRows, values_of_all_types_are_alike) {
  const std::string columns = kAllColumns;
  for (const char* target : {"/graphql", "/texts"}) {
    const std::string flat =
        same("house(order_by: {id: asc}) { " + columns + " }", target);
    EXPECT_NE(flat.find(R"("mood":"so \"so\"")"), std::string::npos) << flat;
    same("city(order_by: {id: asc}) { houses(order_by: {id: desc}) { " +
             columns + " } }",
         target);
    same("house_by_pk(id: 3) { " + columns + " }", target);
  }
  EXPECT_NE(same("house(where: {id: {_eq: 2}}) { doc(path: \"$.l[1]\") }")
                .find(R"({"doc":"a b"})"),
            std::string::npos);
}

TEST_F(GraphqlRows, lists_and_objects_are_alike) {
  const char* fields[] = {
      "city(order_by: {name: desc}) { __typename name }",
      "city(order_by: {id: asc}) { name land { name __typename } }",
      "city(order_by: {id: asc}) { twin_city { name twin_city { land { name } "
      "} } }",
      "city(order_by: {id: asc}) { namesake { id } }",
      "city(order_by: {id: desc}) { streets(order_by: {number: desc}) { name } "
      "id houses(order_by: {id: asc}, limit: 2) { id } }",
      "city(order_by: {id: asc}, limit: 2, offset: 1) { streets(order_by: "
      "{number: asc}, offset: 1) { number } }",
      "country(order_by: {code: asc}) { citys: cities(order_by: {id: asc}) { "
      "name houses(order_by: {id: asc}) { id neighbours(order_by: {id: asc}) { "
      "id } } streets(order_by: {number: asc}) { name } } }",
      "city(order_by: {id: asc}) { twin_city { houses(order_by: {id: asc}) { "
      "id } } houses_aggregate { aggregate { count max { num } } } }",
      "city(where: {houses: {flag: {_eq: true}}}, order_by: {land: {name: "
      "asc}}) { name houses(where: {flag: {_eq: true}}, order_by: {id: asc}) { "
      "id title } }",
      "house(distinct_on: city, order_by: [{city: asc}, {id: desc}]) { id city "
      "}",
      "city_by_pk(id: 1) { name streets(order_by: {number: asc}) { name } }",
      "city_by_pk(id: 99) { name streets { name } }",
      "city(where: {id: {_gt: 99}}) { name streets { name } }",
      "city(order_by: {id: asc}) { houses(where: {id: {_lt: 0}}) { id } }",
      "house(order_by: {id: asc}) { id doubles { id } }",
      "country(order_by: {code: asc}) { cities(order_by: {id: asc}, limit: 1) "
      "{ houses(order_by: {id: asc}) { doubles { id doubles(limit: 1) { id } } "
      "} streets(order_by: {number: desc}) { number } } }",
      "city { __typename }",
      "city { streets(limit: 0) { __typename } }",
  };
  for (const char* field : fields) {
    const std::string answer = same(field);
    EXPECT_EQ(answer.find("errors"), std::string::npos) << answer;
  }
}

}  // namespace
}  // namespace trestle::testing
