// What an endpoint keeps between requests: documents, plans, persisted texts.
#include "graphql/endpoint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "graphql/hash.h"
#include "unit/graphql/plan_fixture.h"

namespace trestle::graphql::testing {
namespace {

class EndpointTest : public ::testing::Test {
 protected:
  Prepared prepare(std::string_view query, std::string_view variables = "{}",
                   Carrier carrier = Carrier::post) {
    return send({.query = query}, variables, carrier);
  }

  Prepared send(GraphqlRequest request, std::string_view variables = "{}",
                Carrier carrier = Carrier::post) {
    static Arena arena;
    Outcome<Value> given = parse_json_value(variables, arena);
    request.variables = &*given;
    if (!endpoint_) endpoint_.emplace(options_);
    return endpoint_->prepare(catalog_, role_, request, carrier);
  }

  static std::string message(const Prepared& prepared) {
    return prepared.errors.empty() ? "" : prepared.errors[0].message;
  }
  static std::string params(const Prepared& prepared) {
    std::string out;
    for (const Statement& statement : prepared.plan.plan.statements)
      for (const Param& param : statement.params)
        out.append(param.value_or("NULL")).append(" ");
    return out;
  }
  static const Sql* sql(const Prepared& prepared) {
    return prepared.plan.plan.statements[0].sql.get();
  }

  GraphqlOptions options_{.schemas = {"api"}};
  catalog::CatalogRef catalog_ = blog();
  std::string role_ = "admin";
  std::optional<Endpoint> endpoint_;
};

TEST_F(EndpointTest, another_value_is_not_planned_again) {
  const char* query =
      "query ($id: Int!, $ids: [Int!]) {"
      " author(where: {id: {_eq: $id, _in: $ids}}, limit: $id) { name } }";
  Prepared first = prepare(query, R"({"id": 21, "ids": [1, 2]})");
  Prepared second = prepare(query, R"({"id": 29, "ids": [3]})");
  EXPECT_EQ(params(first), "21 {\"1\",\"2\"} 21 ");
  EXPECT_EQ(params(second), "29 {\"3\"} 29 ");
  EXPECT_EQ(sql(first), sql(second));
}

TEST_F(EndpointTest, a_usual_limit_is_a_plan_of_its_own) {
  const char* query =
      "query ($id: Int!, $n: Int!) {"
      " author(where: {id: {_eq: $id}}, limit: $n) { name } }";
  Prepared ten = prepare(query, R"({"id": 1, "n": 10})");
  Prepared twenty = prepare(query, R"({"id": 2, "n": 20})");
  Prepared other = prepare(query, R"({"id": 3, "n": 23})");
  Prepared again = prepare(query, R"({"id": 4, "n": 10})");
  EXPECT_EQ(params(ten), "1 ");
  EXPECT_EQ(params(twenty), "2 ");
  EXPECT_EQ(params(other), "3 23 ");
  EXPECT_EQ(params(again), "4 ");
  EXPECT_EQ(sql(again), sql(ten));
  EXPECT_NE(sql(twenty), sql(ten));
}

TEST_F(EndpointTest, another_shape_is_another_plan) {
  const char* query =
      "query ($where: author_bool_exp, $order: [author_order_by!], $more: "
      "Boolean!) { author(where: $where, order_by: $order) { id name "
      "@include(if: $more) } }";
  const char* variables[] = {
      R"({"more": true})",
      R"({"more": false})",
      R"({"more": true, "where": {"id": {"_eq": 1}}})",
      R"({"more": true, "where": {"id": {"_gt": 1}}})",
      R"({"more": true, "where": {"name": {"_eq": "a"}}})",
      R"({"more": true, "where": {"_or": [{"id": {"_eq": 1}}]}})",
      R"({"more": true, "where": {"_or": [{"id": {"_eq": 1}}, {}]}})",
      R"({"more": true, "order": {"id": "asc"}})",
      R"({"more": true, "order": {"id": "desc"}})",
      R"({"more": true, "order": {"name": "desc"}})"};
  std::vector<std::string> seen;
  for (const char* one : variables) {
    Prepared prepared = prepare(query, one);
    ASSERT_EQ(message(prepared), "") << one;
    for (const std::string& other : seen) EXPECT_NE(sql(prepared)->text, other);
    seen.push_back(sql(prepared)->text);
    EXPECT_EQ(sql(prepare(query, one)), sql(prepared)) << one;
  }
}

TEST_F(EndpointTest, values_of_json_columns_are_parameters_only) {
  const char* query =
      "query ($info: jsonb!) { author(where: {info: {_contains: $info}}) { id "
      "} }";
  Prepared first = prepare(query, R"({"info": {"a": [1, {"b": null}]}})");
  Prepared second = prepare(query, R"({"info": {"other": true, "c": "d"}})");
  EXPECT_EQ(params(first), R"({"a":[1,{"b":null}]} )");
  EXPECT_EQ(params(second), R"({"other":true,"c":"d"} )");
  EXPECT_EQ(sql(first), sql(second));
}

TEST_F(EndpointTest, variables_inside_of_literals_are_bound_anew) {
  const char* query =
      "query ($a: jsonb!, $b: Int!) { author(where: {info: {_contains: {k: "
      "[$a, 1]}}, id: {_in: [$b, 9]}}) { id } }";
  EXPECT_EQ(params(prepare(query, R"({"a": "x", "b": 1})")),
            R"({"k":["x",1]} {"1","9"} )");
  EXPECT_EQ(params(prepare(query, R"({"a": "y", "b": 2})")),
            R"({"k":["y",1]} {"2","9"} )");
}

TEST_F(EndpointTest, a_value_that_is_refused_is_refused_in_a_kept_plan) {
  const char* query = "query ($n: Int!) { author(limit: $n) { id } }";
  EXPECT_EQ(message(prepare(query, R"({"n": 3})")), "");
  Prepared refused = prepare(query, R"({"n": -3})");
  EXPECT_TRUE(message(refused).starts_with("expected a non-negative"))
      << message(refused);
  EXPECT_EQ(refused.errors[0].path, "$.selectionSet.author.args.limit");
}

TEST_F(EndpointTest, a_name_in_a_variable_decides_the_plan) {
  const char* query = "query ($t: String!) { __type(name: $t) { name } }";
  auto text = [&](const char* variables) {
    return prepare(query, variables).plan.pieces[0].text;
  };
  EXPECT_EQ(text(R"({"t": "author"})"), R"({"__type":{"name":"author"}})");
  EXPECT_EQ(text(R"({"t": "article"})"), R"({"__type":{"name":"article"}})");
  const char* path = "query ($p: String!) { author { info(path: $p) } }";
  EXPECT_EQ(params(prepare(path, R"({"p": "$.a.b"})")), R"({"a","b"} )");
  EXPECT_EQ(params(prepare(path, R"({"p": "$.c"})")), R"({"c"} )");
}

TEST_F(EndpointTest, inserts_keep_their_plan) {
  const char* query =
      "mutation ($o: [author_insert_input!]!) { insert_author(objects: $o) { "
      "affected_rows } }";
  Prepared first = prepare(query, R"({"o": [{"name": "a", "info": {}}]})");
  Prepared second =
      prepare(query, R"({"o": [{"name": "b", "info": {"x": 1}}]})");
  EXPECT_EQ(params(second), R"(b {"x":1} )");
  EXPECT_EQ(sql(first), sql(second));
  EXPECT_EQ(params(prepare(query, R"({"o": [{"name": null}]})")), "NULL ");
}

TEST_F(EndpointTest, a_role_does_not_run_the_plan_of_another) {
  const char* query = "{ author { id info } }";
  EXPECT_EQ(message(prepare(query)), "");
  role_ = "reader";
  EXPECT_EQ(message(prepare(query)),
            "field 'info' not found in type: 'author'");
}

TEST_F(EndpointTest, a_new_catalog_forgets_all) {
  const char* query = "{ author { id } }";
  Prepared first = prepare(query);
  catalog_ = blog();
  Prepared second = prepare(query);
  EXPECT_NE(sql(first), sql(second));
}

TEST_F(EndpointTest, an_old_catalog_is_not_kept) {
  EXPECT_EQ(message(prepare("{ author { id } }")), "");
  const std::weak_ptr<const catalog::Catalog> old = catalog_;
  catalog_ = blog();
  EXPECT_TRUE(old.expired());
  EXPECT_EQ(message(prepare("{ author { id } }")), "");
}

TEST_F(EndpointTest, carriers_carry_what_they_may) {
  const char* mutation =
      "mutation { delete_author(where: {}) { affected_rows } }";
  EXPECT_EQ(prepare(mutation, "{}", Carrier::get).status, 405);
  EXPECT_EQ(message(prepare(mutation, "{}", Carrier::post)), "");
  const char* subscription = "subscription { author { id } }";
  EXPECT_NE(message(prepare(subscription, "{}", Carrier::post)), "");
  Prepared stream = prepare(subscription, "{}", Carrier::stream);
  EXPECT_EQ(message(stream), "");
  EXPECT_EQ(stream.kind, OperationKind::subscription);
}

TEST_F(EndpointTest, rows_are_estimated_before_a_query_runs) {
  options_.limits.max_complexity = 1000;
  const struct {
    const char* query;
    const char* rows;  // empty: allowed
  } cases[] = {
      {"{ author { id } }", ""},
      {"{ author(limit: 1000) { id } }", ""},
      {"{ author(limit: 1001) { id } }", "1001"},
      {"{ author { articles { id } } }", "1100"},
      {"{ author(limit: 5) { articles { author { articles { id } } } } }", ""},
      {"{ author { articles(limit: 8) { id } } }", ""},
      {"{ a: author(limit: 600) { id } b: author(limit: 600) { id } }", "1200"},
      {"{ author_aggregate(limit: 2000) { aggregate { count } } }", ""},
      {"{ author_aggregate(limit: 2000) { nodes { id } } }", "2000"},
      {"{ author(limit: 2147483647) { articles(limit: 2147483647) { author { "
       "articles(limit: 2147483647) { id } } } } }",
       "1099511627776"},
  };
  for (const auto& one : cases) {
    std::string expected =
        *one.rows == '\0'
            ? ""
            : concat({"the operation may answer ", one.rows,
                      " rows, at most 1000 are allowed: give its lists a "
                      "smaller limit"});
    Prepared prepared = prepare(one.query);
    EXPECT_EQ(message(prepared), expected) << one.query;
    if (!expected.empty()) {
      EXPECT_EQ(prepared.errors[0].code, "limit-exceeded");
    }
  }
}

TEST_F(EndpointTest, a_kept_plan_is_estimated_with_its_variables) {
  options_.limits.max_complexity = 1000;
  const char* query = "query ($n: Int!) { author(limit: $n) { id } }";
  EXPECT_EQ(message(prepare(query, R"({"n": 10})")), "");
  EXPECT_NE(message(prepare(query, R"({"n": 100000})")), "");
  EXPECT_EQ(message(prepare(query, R"({"n": 10})")), "");
  options_.limits.max_rows = 500;
  EXPECT_EQ(message(prepare("{ author(limit: 100000) { id } }")), "");
}

// 2^30 fields: counted by looking at each fragment once, and neither validated
// nor planned.
TEST_F(EndpointTest, a_bomb_of_fragments_is_refused_as_it_stands) {
  std::string bomb = "{ ...f0 }";
  for (int i = 0; i < 30; i++) {
    std::string next = "...f" + std::to_string(i + 1) + " ";
    bomb += " fragment f" + std::to_string(i) + " on query_root { " + next +
            next + "}";
  }
  bomb += " fragment f30 on query_root { author { id } }";
  using Clock = std::chrono::steady_clock;
  Clock::duration best = Clock::duration::max();
  for (int i = 0; i < 100 && best >= std::chrono::milliseconds(1); i++) {
    bomb.push_back(' ');  // not the document that is known already
    const Clock::time_point begun = Clock::now();
    Prepared prepared = prepare(bomb);
    best = std::min(best, Clock::now() - begun);
    ASSERT_EQ(prepared.errors.size(), 1u);
    EXPECT_EQ(prepared.errors[0].code, "limit-exceeded");
  }
#ifndef __SANITIZE_ADDRESS__
  EXPECT_LT(best, std::chrono::milliseconds(1));
#endif
}

class KnownTexts final : public PersistedTexts {
 public:
  std::optional<std::string> find(std::string_view sha256) override {
    auto found = texts_.find(std::string(sha256));
    if (found == texts_.end()) return std::nullopt;
    return found->second;
  }
  void put(std::string_view sha256, std::string_view text) override {
    texts_.emplace(sha256, text);
  }

 private:
  std::map<std::string, std::string> texts_;
};

TEST_F(EndpointTest, persisted_documents_of_others_are_known) {
  options_.persisted = std::make_shared<KnownTexts>();
  std::string query = "{ author { id } }";
  std::string hash = sha256_hex(query);
  EXPECT_EQ(message(send({.query = query, .sha256 = hash})), "");
  endpoint_.reset();
  EXPECT_EQ(message(send({.sha256 = hash})), "");
  EXPECT_EQ(message(send({.sha256 = sha256_hex("{ article { id } }")})),
            "PersistedQueryNotFound");
}

TEST_F(EndpointTest, persisted_documents_are_asked_for_once) {
  std::string query = "{ author { id } }";
  std::string hash = sha256_hex(query);
  EXPECT_EQ(message(send({.sha256 = hash})), "PersistedQueryNotFound");
  EXPECT_EQ(message(send({.query = query, .sha256 = hash})), "");
  EXPECT_EQ(message(send({.sha256 = hash})), "");
  EXPECT_EQ(message(send({.query = "{ article { id } }", .sha256 = hash})),
            "provided sha does not match query");
}

TEST_F(EndpointTest, trusted_documents_are_an_allow_list) {
  std::string query = "{ author { id } }";
  options_.trusted.emplace(sha256_hex(query), query);
  options_.trusted_only = true;
  EXPECT_EQ(message(prepare(query)), "");
  EXPECT_EQ(message(send({.sha256 = sha256_hex(query)})), "");
  EXPECT_EQ(message(prepare("{ author { name } }")),
            "the document is not a trusted one");
}

TEST_F(EndpointTest, introspection_is_for_the_roles_that_may) {
  options_.introspection_roles = std::vector<std::string>{"reader"};
  const char* query = "{ __schema { queryType { name } } }";
  EXPECT_EQ(message(prepare(query)), "introspection is not allowed");
  role_ = "reader";
  EXPECT_EQ(message(prepare(query)), "");
  EXPECT_EQ(message(prepare("{ __typename }")), "");
}

}  // namespace
}  // namespace trestle::graphql::testing
