// Request -> plan -> SQL: one golden case for each feature.
#include <gtest/gtest.h>

#include "support/golden.h"
#include "unit/rest/exchange.h"

namespace trestle::testing {
namespace {

std::string shown(const Plan& plan) {
  std::string out = plan.access == Access::read ? "read" : "write";
  if (plan.end == Plan::End::rollback) out += ", rolled back";
  out += "\n";
  for (const Statement& statement : plan.statements) {
    out += statement.sql->text + "\n";
    for (std::size_t i = 0; i < statement.params.size(); ++i) {
      out += "$" + std::to_string(i + 1) + " = " +
             statement.params[i].value_or("(null)") + "\n";
    }
  }
  out.pop_back();
  return out;
}

class RestSqlCase : public ::testing::TestWithParam<std::string> {};

TEST_P(RestSqlCase, MatchesGolden) {
  GoldenCase golden(GetParam());
  RestExchange exchange(golden.text("request"));
  std::string actual;
  if (exchange.work)
    actual = shown(exchange.work->plan);
  else
    actual = std::to_string(exchange.response.answer.status) + "\n" +
             exchange.response.text;
  golden.expect("expect", actual);
}

INSTANTIATE_TEST_SUITE_P(, RestSqlCase,
                         ::testing::ValuesIn(golden_cases("rest_sql")),
                         golden_name);

}  // namespace
}  // namespace trestle::testing
