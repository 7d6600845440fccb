// The statements that call a location's functions, and what SQL learns of the
// peer.
#include "live/calls.h"

#include <gtest/gtest.h>

#include "live/peer.h"

namespace trestle::live {
namespace {

TEST(FunctionNames, are_schema_and_name_or_public) {
  Result<FunctionName> full = parse_function_name("api.on_message");
  ASSERT_TRUE(full.ok());
  EXPECT_EQ(full->schema, "api");
  EXPECT_EQ(full->name, "on_message");
  Result<FunctionName> bare = parse_function_name("f");
  ASSERT_TRUE(bare.ok());
  EXPECT_EQ(bare->schema, "public");
  for (const char* bad : {"", ".", "a.", ".b", "a.b.c", "a b", "1a", "f()"})
    EXPECT_FALSE(parse_function_name(bad).ok()) << bad;
}

TEST(MessageForms, are_told_by_the_parameter_types) {
  EXPECT_EQ(form_of("3802 3802"), MessageForm::json);
  EXPECT_EQ(form_of("17 25 3802"), MessageForm::bytes);
  EXPECT_EQ(form_of("25"), std::nullopt);
  EXPECT_EQ(form_of(""), std::nullopt);
}

struct MessageCase {
  MessageForm form;
  MessageKind kind;
  std::string_view payload;
  const char* parameters;  // of the statement, without the session
};

TEST(MessageCalls, pass_the_message_as_a_parameter) {
  const MessageCase cases[] = {
      {MessageForm::json, MessageKind::text, "{\"a\":1}", "{\"a\":1}"},
      {MessageForm::json, MessageKind::text, "12", "12"},
      {MessageForm::json, MessageKind::text, "Hello", "\"Hello\""},
      {MessageForm::json, MessageKind::text, "", "\"\""},
      {MessageForm::json, MessageKind::text, "{\"a\":", "\"{\\\"a\\\":\""},
      {MessageForm::bytes, MessageKind::text, "a\"", "\\x6122|text"},
      {MessageForm::bytes, MessageKind::binary, std::string_view("\0\xff", 2),
       "\\x00ff|binary"},
  };
  const FunctionName function = {.schema = "api", .name = "f"};
  for (const MessageCase& c : cases) {
    std::optional<Statement> call =
        call_message(function, c.form, c.kind, c.payload, "{}");
    ASSERT_TRUE(call.has_value());
    std::string parameters = *call->params[0];
    if (c.form == MessageForm::bytes) parameters += "|" + *call->params[1];
    EXPECT_EQ(parameters, c.parameters);
    EXPECT_EQ(*call->params.back(), "{}");
    EXPECT_EQ(call->sql->text,
              c.form == MessageForm::json
                  ? "select \"api\".\"f\"($1, $2)"
                  : "select pg_catalog.encode(\"api\".\"f\"($1, $2, $3), "
                    "'hex')");
  }
  EXPECT_FALSE(call_message(function, MessageForm::json, MessageKind::binary,
                            "x", "{}"));
}

TEST(HexDecode, takes_pairs_of_digits_only) {
  EXPECT_EQ(hex_decode("00fF41"), std::string("\0\xff\x41", 3));
  EXPECT_EQ(hex_decode(""), "");
  EXPECT_EQ(hex_decode("0"), std::nullopt);
  EXPECT_EQ(hex_decode("0g"), std::nullopt);
}

TEST(ErrorText, brings_the_messages_ref_back) {
  const Error error = {.code = "P0001", .message = "no"};
  constexpr const char* kBare = R"({"error":{"code":"P0001","message":"no"}})";
  EXPECT_EQ(error_text(error, "no json"), kBare);
  EXPECT_EQ(error_text(error, "[1]"), kBare);
  EXPECT_EQ(error_text(error, "{}"), kBare);
  EXPECT_EQ(error_text(error, R"({"ref": [1, "x"]})"),
            R"({"error":{"code":"P0001","message":"no"},"ref":[1,"x"]})");
}

TEST(Peer, shows_sql_what_it_may_know) {
  Request request;
  request.query = "room=5&access_token=secret&apikey=k&x=%C3%BC&room=6&flag";
  Peer peer("id1", {.role = "web_anon"}, request, "127.0.0.1");
  EXPECT_EQ(peer.json(),
            "{\"id\":\"id1\",\"claims\":{\"role\":\"web_anon\"},"
            "\"args\":{\"room\":\"5\",\"x\":\"\xc3\xbc\",\"flag\":\"\"},"
            "\"addr\":\"127.0.0.1\",\"state\":null}");
  peer.set_state("{\"n\": 1}");
  EXPECT_NE(peer.json().find("\"state\":{\"n\": 1}}"), std::string::npos);
}

TEST(Peer, keeps_bytes_that_are_no_text_out_of_sql) {
  Request request;
  request.query = "a=%ff&b=%zz";
  EXPECT_NE(Peer("i", {}, request, "unix:").json().find("\"args\":{}"),
            std::string::npos);
}

}  // namespace
}  // namespace trestle::live
