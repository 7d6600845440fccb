#include "frontend/errors.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace trestle {
namespace {

std::string dump(const Error& error) {
  return concat(
      {std::to_string(error.http_status), " ", error.code, " ", error.message});
}

RunError of(RunError::Kind kind) {
  RunError error;
  error.kind = kind;
  return error;
}

TEST(RunErrors, each_kind_has_its_code) {
  using Kind = RunError::Kind;
  auto told = [](Kind kind, Access access) {
    Error error = error_of(of(kind), access, false);
    return concat({std::to_string(error.http_status), " ", error.code});
  };
  EXPECT_EQ(told(Kind::unavailable, Access::write), "503 TRS001");
  EXPECT_EQ(told(Kind::overload, Access::write), "503 TRS002");
  EXPECT_EQ(told(Kind::lost, Access::write), "502 TRS003");
  EXPECT_EQ(told(Kind::lost, Access::read), "503 TRS006");
  EXPECT_EQ(told(Kind::timeout, Access::read), "504 TRS004");
  EXPECT_EQ(told(Kind::canceled, Access::read), "499 TRS005");
}

TEST(RunErrors, the_database_speaks_for_itself_where_it_is_harmless) {
  RunError error;
  error.sqlstate = "23505";
  error.message = "duplicate key";
  error.detail = "Key (id)=(1) already exists.";
  Error told = error_of(error, Access::write, false);
  EXPECT_EQ(dump(told), "409 23505 duplicate key");
  EXPECT_EQ(told.details, "Key (id)=(1) already exists.");
}

TEST(RunErrors, its_inside_is_not_told) {
  RunError error;
  error.sqlstate = "XX001";
  error.message = "could not read block 7 of /var/lib/postgresql/base/1";
  error.detail = "host 10.0.0.7";
  error.hint = "look there";
  Error told = error_of(error, Access::read, true);
  EXPECT_EQ(dump(told), "500 XX001 The database reported an internal error");
  EXPECT_FALSE(told.details || told.hint);
}

TEST(ErrorHead, a_chosen_status_has_the_message_as_reason) {
  Error error{.code = "PT402", .http_status = 402, .message = "Pay first"};
  EXPECT_EQ(error_head(error).reason, "Pay first");
  error.message = "Pay\r\nSet-Cookie: a=b";
  EXPECT_EQ(error_head(error).reason, "");
  error.code = "23505";
  error.message = "duplicate";
  EXPECT_EQ(error_head(error).reason, "");
}

TEST(ErrorHead, a_missing_identity_is_asked_for) {
  Error error{.code = "42501", .http_status = 401, .message = "denied"};
  ResponseHead head = error_head(error);
  ASSERT_EQ(head.headers.size(), 1u);
  EXPECT_EQ(head.headers[0].name, "WWW-Authenticate");
  EXPECT_EQ(head.headers[0].value, "Bearer");
}

}  // namespace
}  // namespace trestle
