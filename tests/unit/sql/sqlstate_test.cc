#include "sql/sqlstate.h"

#include <gtest/gtest.h>

namespace trestle {
namespace {

struct StateCase {
  const char* sqlstate;
  const char* message;
  int anonymous;
  int authenticated;
};

TEST(Sqlstate, becomes_the_status_that_postgrest_gives) {
  const StateCase cases[] = {
      {"08006", "", 503, 503},
      {"09000", "", 500, 500},
      {"0L000", "", 403, 403},
      {"0P000", "", 403, 403},
      {"21000", "more than one row", 500, 500},
      {"21000", "DELETE requires a WHERE clause", 400, 400},
      {"22012", "division by zero", 400, 400},
      {"22023", "role \"x\" does not exist", 401, 401},
      {"22023", "invalid value", 400, 400},
      {"22P02", "", 400, 400},
      {"23502", "", 400, 400},
      {"23503", "", 409, 409},
      {"23505", "", 409, 409},
      {"23514", "", 400, 400},
      {"25006", "", 405, 405},
      {"25P02", "", 500, 500},
      {"28000", "", 403, 403},
      {"2D000", "", 500, 500},
      {"38000", "", 500, 500},
      {"39000", "", 500, 500},
      {"3B000", "", 500, 500},
      {"40001", "", 500, 500},
      {"42501", "", 401, 403},
      {"42601", "", 400, 400},
      {"42883", "function f() does not exist", 404, 404},
      {"42883", "function xmlagg(text) does not exist", 406, 406},
      {"42P01", "", 404, 404},
      {"42P17", "", 500, 500},
      {"53300", "", 503, 503},
      {"53400", "", 500, 500},
      {"54001", "", 500, 500},
      {"55P03", "", 500, 500},
      {"57014", "", 504, 504},
      {"57P01", "", 503, 503},
      {"57P03", "", 500, 500},
      {"58030", "", 500, 500},
      {"F0000", "", 500, 500},
      {"HV000", "", 500, 500},
      {"P0001", "", 400, 400},
      {"P0002", "", 500, 500},
      {"XX000", "", 500, 500},
      {"PT402", "", 402, 402},
      {"PT599", "", 599, 599},
      {"PT100", "", 500, 500},
      {"PTabc", "", 500, 500},
      {"", "", 400, 400},
  };
  for (const StateCase& each : cases) {
    EXPECT_EQ(http_status_of(each.sqlstate, each.message, false),
              each.anonymous)
        << each.sqlstate << " " << each.message;
    EXPECT_EQ(http_status_of(each.sqlstate, each.message, true),
              each.authenticated)
        << each.sqlstate << " " << each.message;
  }
}

TEST(Sqlstate, tells_what_stays_in_the_log) {
  for (const char* each :
       {"08006", "28P01", "53300", "57P01", "58030", "XX001"})
    EXPECT_TRUE(is_internal(each)) << each;
  for (const char* each :
       {"22012", "23505", "42P01", "57014", "P0001", "PT402"})
    EXPECT_FALSE(is_internal(each)) << each;
}

TEST(Sqlstate, tells_what_another_schema_may_have_caused) {
  for (const char* each :
       {"42703", "42P01", "42883", "42704", "25006", "XX000"})
    EXPECT_TRUE(may_be_outdated(each)) << each;
  for (const char* each : {"22P02", "23505", "42501", "42601", "40001", ""})
    EXPECT_FALSE(may_be_outdated(each)) << each;
}

}  // namespace
}  // namespace trestle
