// Operations and the statements that they become: tests/cases/graphql_plan.
#include <gtest/gtest.h>

#include "support/golden.h"
#include "unit/graphql/plan_fixture.h"

namespace trestle::graphql::testing {
namespace {

class GraphqlPlanCase : public ::testing::TestWithParam<std::string> {};

TEST_P(GraphqlPlanCase, matches_golden) {
  trestle::testing::GoldenCase golden(GetParam());
  std::string role = golden.text("role");
  golden.expect("expect",
                planned(role.empty() ? "admin" : role, golden.text("request"),
                        golden.text("variables")));
}

INSTANTIATE_TEST_SUITE_P(
    , GraphqlPlanCase,
    ::testing::ValuesIn(trestle::testing::golden_cases("graphql_plan")),
    trestle::testing::golden_name);

}  // namespace
}  // namespace trestle::graphql::testing
