// Every comparison operator, for each family of types, over rows that tell
// right from wrong: a query names the ids that must come.
#include <gtest/gtest.h>

#include <span>

#include "support/graphql_test.h"

namespace trestle::testing {
namespace {

constexpr const char* kThings = R"(
create schema api;
create extension if not exists ltree schema public;
grant usage on schema api to web_anon;
create domain api.percent as int check (value between 0 and 100);
create type api.mood as enum ('sad', 'ok', 'happy');
create table api.owner (id int primary key, name text not null);
create table api.thing (
  id int primary key, owner_id int references api.owner,
  small smallint, big bigint, num numeric, real8 float8, flag boolean,
  share api.percent, mood api.mood, uid uuid, day date, at timestamptz,
  span interval, ip inet,
  txt text, code char(3), doc jsonb, raw json, tags text[], nums int[],
  during int4range, path ltree, words tsvector);
create index on api.thing (owner_id);
insert into api.owner values (1, 'Ada'), (2, 'Bob');
insert into api.thing values
  (1, 1, 1, 9007199254740993, 1.50, 0.5, true, 10, 'sad',
   '00000000-0000-0000-0000-000000000001', '2024-01-01',
   '2024-01-01 00:00+00', '1 hour', '10.0.0.1', 'Apple pie', 'aaa',
   '{"a": 1, "b": {"c": [1, 2]}, "k": null}', '{"x":1}', '{red,green}', '{1,2}',
   '[1,5)', 'top.science', to_tsvector('english', 'quick brown foxes')),
  (2, 1, 2, 2, 2.25, 1.5, false, 20, 'ok',
   '00000000-0000-0000-0000-000000000002', '2024-02-01',
   '2024-02-01 12:00+00', '2 hours', '10.0.0.2', 'banana_split', 'bbb',
   '{"a": 2, "d": true}', '{"x":2}', '{green}', '{2}', '[5,9)',
   'top.science.physics', to_tsvector('english', 'lazy dog')),
  (3, 2, 3, -3, -1, 'NaN', null, 30, 'happy',
   '00000000-0000-0000-0000-000000000003', '2024-03-01',
   '2024-03-01 12:00+00', '3 hours', '192.168.0.1', 'CHERRY 100%', 'ccc',
   '[1, 2, "a"]', null, '{}', '{}', 'empty', 'top.hobbies', null),
  (4, null, null, null, null, null, null, null, null, null, null, null, null,
   null, null, null, null, null, null, null, null, null, null);
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
})";

struct Filter {
  const char* where;
  const char* ids;
};

class GraphqlOperators : public GraphqlServerTest {
 protected:
  void SetUp() override {
    sql(kThings);
    start(kServer);
  }

  void expect_ids(std::span<const Filter> filters) {
    for (const Filter& filter : filters) {
      std::string expected;
      for (const char* c = filter.ids; *c != '\0'; c++)
        expected +=
            std::string(expected.empty() ? "" : ",") + "{\"id\":" + *c + "}";
      EXPECT_EQ(ask(std::string("{ thing(where: {") + filter.where +
                    "}, order_by: {id: asc}) { id } }"),
                "{\"data\":{\"thing\":[" + expected + "]}}")
          << filter.where;
    }
  }
};

TEST_F(GraphqlOperators, of_numbers_and_what_is_ordered) {
  const Filter filters[] = {
      {"id: {_eq: 2}", "2"},
      {"id: {_neq: 2}", "134"},
      {"id: {_gt: 2}", "34"},
      {"id: {_gte: 2}", "234"},
      {"id: {_lt: 2}", "1"},
      {"id: {_lte: 2}", "12"},
      {"id: {_in: [1, 3, 9]}", "13"},
      {"id: {_in: 3}", "3"},
      {"id: {_in: []}", ""},
      {"id: {_nin: [1, 3]}", "24"},
      {"id: {_nin: []}", "1234"},
      {"small: {_is_null: true}", "4"},
      {"small: {_is_null: false}", "123"},
      {"small: {_gte: 2, _lt: 3}", "2"},
      {"big: {_eq: 9007199254740993}", "1"},
      {"big: {_eq: \"9007199254740993\"}", "1"},
      {"num: {_eq: 1.5}", "1"},
      {"num: {_lt: 0}", "3"},
      {"real8: {_lte: 1.5}", "12"},
      {"flag: {_eq: true}", "1"},
      {"flag: {_neq: true}", "2"},
      {"share: {_gt: 10}", "23"},
      {"mood: {_eq: \"ok\"}", "2"},
      {"mood: {_gt: \"sad\"}", "23"},
      {"mood: {_in: [\"sad\", \"happy\"]}", "13"},
      {"uid: {_eq: \"00000000-0000-0000-0000-000000000002\"}", "2"},
      {"day: {_gte: \"2024-02-01\"}", "23"},
      {"at: {_lt: \"2024-02-01T14:00:00+02:00\"}", "1"},
      {"span: {_gt: \"90 minutes\"}", "23"},
      {"ip: {_eq: \"10.0.0.1\"}", "1"},
      {"code: {_eq: \"bbb\"}", "2"}};
  expect_ids(filters);
}

TEST_F(GraphqlOperators, of_text) {
  const Filter filters[] = {{"txt: {_like: \"%a%\"}", "2"},
                            {"txt: {_nlike: \"%a%\"}", "13"},
                            {"txt: {_ilike: \"%A%\"}", "12"},
                            {"txt: {_nilike: \"%a%\"}", "3"},
                            {"txt: {_like: \"%\\\\_%\"}", "2"},
                            {"txt: {_similar: \"(Apple|CHERRY)%\"}", "13"},
                            {"txt: {_nsimilar: \"(Apple|CHERRY)%\"}", "2"},
                            {"txt: {_regex: \"^[A-Z]\"}", "13"},
                            {"txt: {_nregex: \"^[A-Z]\"}", "2"},
                            {"txt: {_iregex: \"^APPLE\"}", "1"},
                            {"txt: {_niregex: \"^APPLE\"}", "23"},
                            {"code: {_like: \"a%\"}", "1"}};
  expect_ids(filters);
}

TEST_F(GraphqlOperators, of_json_arrays_ranges_trees_and_words) {
  const Filter filters[] = {
      {"doc: {_contains: {a: 1}}", "1"},
      {"doc: {_contains: {b: {c: [2]}}}", "1"},
      {"doc: {_contained_in: {a: 2, d: true, e: 1}}", "2"},
      {"doc: {_has_key: \"k\"}", "1"},
      {"doc: {_has_keys_any: [\"k\", \"d\"]}", "12"},
      {"doc: {_has_keys_all: [\"a\", \"d\"]}", "2"},
      {"doc: {_cast: {String: {_like: \"%true%\"}}}", "2"},
      {"doc: {_eq: [1, 2, \"a\"]}", "3"},
      {"doc: {_is_null: true}", "4"},
      {"raw: {_is_null: true}", "34"},
      {"tags: {_contains: [\"green\"]}", "12"},
      {"tags: {_contains: \"{green}\"}", "12"},
      {"tags: {_contained_in: [\"green\", \"blue\"]}", "23"},
      {"tags: {_eq: [\"red\", \"green\"]}", "1"},
      {"nums: {_contains: [2]}", "12"},
      {"nums: {_eq: []}", "3"},
      {"during: {_eq: \"[1,5)\"}", "1"},
      {"during: {_gt: \"[1,5)\"}", "2"},
      {"path: {_ancestor: \"top.science.physics\"}", "12"},
      {"path: {_descendant: \"top.science\"}", "12"},
      {"path: {_ancestor_any: [\"top.hobbies.x\"]}", "3"},
      {"path: {_descendant_any: [\"top.hobbies\", \"top.science\"]}", "123"},
      {"path: {_matches: \"*.science.*\"}", "12"},
      {"path: {_matches_any: [\"*.hobbies\", \"*.physics\"]}", "23"},
      {"path: {_matches_fulltext: \"physics\"}", "2"},
      {"words: {_fts: \"fox\"}", "1"},
      {"words: {_fts: \"dog or fox\"}", "12"}};
  expect_ids(filters);
}

TEST_F(GraphqlOperators, are_joined_nested_and_carried_through_relationships) {
  const Filter filters[] = {
      {"", "1234"},
      {"_and: []", "1234"},
      {"_or: []", ""},
      {"_not: {id: {_eq: 1}}", "234"},
      {"_or: [{id: {_eq: 1}}, {id: {_eq: 4}}]", "14"},
      {"_and: [{id: {_gt: 1}}, {id: {_lt: 4}}]", "23"},
      {"_not: {_or: [{id: {_lt: 3}}, {flag: {_is_null: true}}]}", ""},
      {"owner: {name: {_eq: \"Ada\"}}", "12"},
      {"owner: {things: {id: {_eq: 3}}}", "3"},
      {"_not: {owner: {}}", "4"},
      {"owner: {things_aggregate: {count: {predicate: {_gt: 1}}}}", "12"}};
  expect_ids(filters);
}

TEST_F(GraphqlOperators, refuse_what_is_not_of_their_type) {
  for (const char* where :
       {"id: {_eq: \"x\"}", "id: {_like: \"%\"}", "txt: {_contains: [1]}",
        "nothing: {_eq: 1}", "id: {_eq: 2147483648}", "owner: {nothing: {}}",
        "id: 1", "_or: 1", "path: {_regex: \"a\"}"})
    EXPECT_TRUE(ask(std::string("{ thing(where: {") + where + "}) { id } }")
                    .starts_with("{\"errors\":[{\"message\":"))
        << where;
  for (const char* where : {"uid: {_eq: \"no uuid\"}", "id: {_eq: null}"})
    EXPECT_TRUE(ask(std::string("{ thing(where: {") + where + "}) { id } }")
                    .starts_with(R"({"data":null,"errors":[{"message":)"))
        << where;
}

TEST_F(GraphqlOperators, order_limit_and_distinct) {
  auto ids = [&](const char* arguments) {
    return ask(std::string("{ thing(") + arguments + ") { id } }");
  };
  EXPECT_EQ(ids("order_by: {num: desc_nulls_last}, limit: 2"),
            R"({"data":{"thing":[{"id":2},{"id":1}]}})");
  EXPECT_EQ(ids("order_by: {small: asc_nulls_first}, limit: 2"),
            R"({"data":{"thing":[{"id":4},{"id":1}]}})");
  EXPECT_EQ(ids("order_by: [{owner: {name: desc_nulls_last}}, {id: desc}]"),
            R"({"data":{"thing":[{"id":3},{"id":2},{"id":1},{"id":4}]}})");
  EXPECT_EQ(ids("order_by: {id: asc}, offset: 3"),
            R"({"data":{"thing":[{"id":4}]}})");
  EXPECT_EQ(ids("distinct_on: owner_id, order_by: [{owner_id: asc}, {id: "
                "desc}]"),
            R"({"data":{"thing":[{"id":2},{"id":3},{"id":4}]}})");
  EXPECT_EQ(
      ask("{ owner(order_by: {things_aggregate: {count: desc}}) { name "
          "things_aggregate { aggregate { count max { num } } } } }"),
      R"({"data":{"owner":[{"name":"Ada","things_aggregate":)"
      R"({"aggregate":{"count":2,"max":{"num":2.25}}}},{"name":"Bob",)"
      R"("things_aggregate":{"aggregate":{"count":1,"max":{"num":-1}}}}]}})");
}

TEST_F(GraphqlOperators, aggregates_and_groups) {
  EXPECT_EQ(
      ask("{ thing_aggregate(where: {id: {_lt: 3}}) { aggregate { count "
          "d: count(columns: owner_id, distinct: true) sum { small } "
          "avg { small } min { day } max { txt } } nodes { id } } }"),
      R"({"data":{"thing_aggregate":{"aggregate":{"count":2,"d":1,"sum":)"
      R"({"small":3},"avg":{"small":1.5000000000000000},"min":{"day":"2024-01-01"},"max":)"
      R"({"txt":"banana_split"}},"nodes":[{"id":1},{"id":2}]}}})");
  EXPECT_EQ(ask("{ thing_group_by(keys: [owner_id], order_by: {owner_id: asc}) "
                "{ keys { owner_id } aggregate { count } } }"),
            R"({"data":{"thing_group_by":[{"keys":{"owner_id":1},"aggregate":)"
            R"({"count":2}},{"keys":{"owner_id":2},"aggregate":{"count":1}},)"
            R"({"keys":{"owner_id":null},"aggregate":{"count":1}}]}})");
}

TEST_F(GraphqlOperators, values_go_out_as_they_are) {
  EXPECT_EQ(
      ask("{ thing_by_pk(id: 1) { big num real8 flag share mood uid day "
          "span ip code doc raw tags nums during path "
          "deep: doc(path: \"$.b.c[1]\") } }"),
      R"({"data":{"thing_by_pk":{"big":9007199254740993,"num":1.50,"real8":)"
      R"(0.5,"flag":true,"share":10,"mood":"sad","uid":)"
      R"("00000000-0000-0000-0000-000000000001","day":"2024-01-01",)"
      R"("span":"01:00:00","ip":"10.0.0.1",)"
      R"("code":"aaa","doc":{"a":1,"b":{"c":[1,2]},"k":null},"raw":{"x":1},)"
      R"x("tags":["red","green"],"nums":[1,2],"during":"[1,5)","path":)x"
      R"("top.science","deep":2}}})");
}

}  // namespace
}  // namespace trestle::testing
