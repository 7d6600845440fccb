// GraphQL clients of npm, unmodified, against trestle_graphql: graphql.mjs
// holds what must be so.
#include "support/graphql_test.h"

#include <gtest/gtest.h>

namespace trestle::testing {
namespace {

constexpr const char* kShop = R"(
create schema api;
grant usage on schema api to customer;
create table api.products (
  id int primary key, name text not null, cents int not null);
create table api.reviews (
  id int primary key, product_id int not null references api.products,
  stars int not null);
insert into api.products values (1, 'Kettle', 2500), (2, 'Trowel', 900),
  (3, 'Tent', 12900);
insert into api.reviews values (1, 1, 5);
grant select on api.products to customer;
grant select, insert on api.reviews to customer;
)";

class GraphqlClients : public GraphqlServerTest {};

TEST_F(GraphqlClients, of_npm_work_unmodified) {
  sql(kShop);
  nginx().file("key", kGraphqlKey);
  start(R"(
trestle_database shop {
  primary "@postgres@";
  pool_size 2;
  jwt_secret_file key;
}
server {
  listen @port@;
  location = /graphql { trestle_graphql shop schema=api; }
})");
  const Finished run = run_program(
      {"node", "build/clients/graphql.mjs"},
      {.environment = {"TRESTLE_URL=http://127.0.0.1:" +
                           std::to_string(nginx().port()),
                       "TRESTLE_TOKEN=" +
                           hs256_token(R"({"role": "customer", "sub": "1"})",
                                       kGraphqlKey)},
       .as_server_user = false});
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_NE(run.output.find("all clients agree"), std::string::npos)
      << run.output;
}

// Two thousand documents, half of them damaged, are accepted and refused as by
// the reference implementation.
TEST(GraphqlDifferential, agrees_with_graphql_js) {
  const Finished run = run_program(
      {"node", "tests/graphql/differential.mjs",
       TRESTLE_BUILD "/tests/graphql_judge", "--n", "2000", "--seed", "7"},
      {.environment = {"GQL_MODULES=build/clients"}, .as_server_user = false});
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_NE(run.output.find("0 disagreements"), std::string::npos)
      << run.output;
}

}  // namespace
}  // namespace trestle::testing
