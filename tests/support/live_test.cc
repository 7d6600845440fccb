#include "support/live_test.h"

namespace trestle::testing {

void LiveTest::SetUp() {
  cluster().query("alter role web replication");
  cluster().query_file("sql/trestle.sql", database());
}

void LiveTest::wait_for_feed() {
  ASSERT_TRUE(wait_until([&] {
    return nginx().get("/status").body.find("\"state\":\"running\"") !=
           std::string::npos;
  })) << nginx().get("/status").body
      << nginx().log();
}

std::unique_ptr<WebSocketClient> LiveTest::joined(const std::string& topic) {
  auto client = std::make_unique<WebSocketClient>(nginx().address());
  EXPECT_EQ(client->open("/live"), 101);
  client->text(R"({"join":")" + topic + "\"}");
  EXPECT_EQ(without_id(client->read_text()), R"({"ok":1})");
  return client;
}

std::string LiveTest::token(const std::string& claims) {
  return hs256_token(claims, "reallyreallyreallyreallyverysafe");
}

std::string LiveTest::id_of(const std::string& text) {
  const std::size_t at = text.find("\"id\":\"");
  if (at == std::string::npos) return "(no id in " + text + ")";
  return text.substr(at + 6, text.find('"', at + 6) - at - 6);
}

std::string LiveTest::without_id(const std::string& text) {
  const std::size_t at = text.find(",\"id\":\"");
  if (at == std::string::npos) return text;
  return text.substr(0, at) + text.substr(text.find('"', at + 7) + 1);
}

}  // namespace trestle::testing
