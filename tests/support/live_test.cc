#include "support/live_test.h"

#include "support/process.h"

namespace trestle::testing {

void LiveTest::SetUp() {
  cluster().query("alter role web replication");
  const Finished done = run_program(
      {"/usr/bin/env", "psql", "-q", "-v", "ON_ERROR_STOP=1", "-f",
       "sql/trestle.sql", cluster().conninfo("postgres", database())});
  ASSERT_EQ(done.exit_code, 0) << done.output;
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
