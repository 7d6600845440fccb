// Request -> plan -> SQL: one golden case for each feature.
#include <gtest/gtest.h>

#include "support/golden.h"
#include "unit/rest/exchange.h"

namespace trestle::testing {
namespace {

std::string shown(const Plan& plan);

std::string outcome(const RestExchange& exchange) {
  if (exchange.work) return shown(exchange.work->plan);
  return std::to_string(exchange.response.answer.status) + "\n" +
         exchange.response.text;
}

// The same request with other values: every digit is the next one.
std::string with_other_values(std::string message) {
  for (char& c : message)
    if (c >= '0' && c <= '9') c = c == '9' ? '0' : static_cast<char>(c + 1);
  return message;
}

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
  golden.expect("expect", outcome(RestExchange(golden.text("request"))));
}

// What is kept of a request is right for another one of its shape.
TEST_P(RestSqlCase, IsTheSameAfterOthersOfItsShape) {
  GoldenCase golden(GetParam());
  auto frontend =
      std::make_shared<rest::RestFrontend>(RestExchange::default_config());
  RestExchange other(with_other_values(golden.text("request")), frontend);
  RestExchange first(golden.text("request"), frontend);
  RestExchange second(golden.text("request"), frontend);
  golden.expect("expect", outcome(first));
  golden.expect("expect", outcome(second));
}

TEST(RestShape, AStatementIsMadeOnceForAllValues) {
  auto frontend =
      std::make_shared<rest::RestFrontend>(RestExchange::default_config());
  auto sql_of = [&](const char* message) {
    RestExchange exchange(message, frontend);
    return exchange.work->plan.statements[0].sql;
  };
  SqlRef one = sql_of("GET /products?id=eq.1&name=in.(a,b)&limit=21&offset=1");
  EXPECT_EQ(
      sql_of("GET /products?id=eq.29&name=in.(\"c,d\")&limit=29&offset=77"),
      one);
  EXPECT_NE(sql_of("GET /products?id=eq.1&name=in.(a,b)&limit=21&offset=0"),
            one);
  EXPECT_NE(sql_of("GET /products?id=gt.1&name=in.(a,b)&limit=21&offset=1"),
            one);
  // PostgreSQL plans by the limits that clients ask for all the time.
  SqlRef twenty = sql_of("GET /products?id=eq.1&limit=20&offset=1");
  EXPECT_EQ(sql_of("GET /products?id=eq.2&limit=20&offset=40"), twenty);
  EXPECT_NE(sql_of("GET /products?id=eq.1&limit=10&offset=1"), twenty);
  SqlRef body = sql_of("POST /customers\n\n{\"name\":\"Ann\"}");
  EXPECT_EQ(sql_of("POST /customers\n\n{\"name\":\"Bob\"}"), body);
  EXPECT_NE(sql_of("POST /customers\n\n{\"id\":7}"), body);
}

TEST(RestShape, ThePageIsTheRequestsOwn) {
  auto frontend =
      std::make_shared<rest::RestFrontend>(RestExchange::default_config());
  RestExchange("GET /products?select=id&limit=5&offset=3", frontend);
  RestExchange x("GET /products?select=id&limit=5&offset=40", frontend);
  x.answer_rows({{"id", 23}}, {{"1"}, {"2"}});
  x.work->answer->on_done();
  EXPECT_EQ(x.response.header("Content-Range"), "40-41/*");
  EXPECT_EQ(x.response.header("Content-Location"),
            "/products?limit=5&offset=40&select=id");
}

INSTANTIATE_TEST_SUITE_P(, RestSqlCase,
                         ::testing::ValuesIn(golden_cases("rest_sql")),
                         golden_name);

}  // namespace
}  // namespace trestle::testing
