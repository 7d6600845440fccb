// Channels as server-sent events.
#include <gtest/gtest.h>

#include "support/event_stream.h"
#include "support/server_test.h"
#include "support/websocket_client.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create schema api;
grant usage on schema api to web_anon;
create function api.may_join(topic text, session jsonb) returns boolean
language sql as $$ select topic like 'room:%' $$;
create function api.raw(message bytea, kind text, session jsonb) returns bytea
language sql as $$ select message $$;
create function api.opened(session jsonb) returns jsonb language plpgsql as $$
begin
  raise exception 'go away' using errcode = 'PT403';
end $$;
)";

constexpr const char* kHttp = R"(
trestle_database shop {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
}
server {
  listen @port@;
  location = /live {
    trestle_live shop on_message=api.raw on_join=api.may_join;
    trestle_live_ping 300ms;
  }
  location = /talk { trestle_live shop on_join=api.may_join; }
  location = /shut { trestle_live shop on_open=api.opened; }
})";

const Headers kEvents = {{"Accept", "text/event-stream"}};

class LiveEvents : public ServerTest {
 protected:
  void SetUp() override {
    sql(kSchema);
    start(kHttp);
    ASSERT_EQ(speaker_.open("/talk"), 101);
    speaker_.text(R"({"join":"room:1"})");
    ASSERT_NE(speaker_.read_text(), "(nothing)");
  }
  // The id of what was published.
  std::string say(std::string_view data) {
    speaker_.text(
        "{\"pub\":\"room:1\",\"ref\":1,\"data\":" + std::string(data) + "}");
    const std::string answer = speaker_.read_text();
    static_cast<void>(speaker_.read_text());  // its own copy
    const std::size_t at = answer.find("\"id\":\"") + 6;
    return answer.substr(at, answer.find('"', at) - at);
  }

  WebSocketClient speaker_{nginx().address()};
};

TEST_F(LiveEvents, a_stream_gets_what_is_published_with_ids) {
  EventStream stream(nginx().address());
  ASSERT_TRUE(stream.open("/live?topic=room:1&topic=room:2"));
  const std::string head = stream.read_until("\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
  EXPECT_NE(head.find("Content-Type: text/event-stream"), std::string::npos);
  EXPECT_NE(head.find("Cache-Control: no-store"), std::string::npos);
  EXPECT_NE(stream.read_until("retry: ").find("retry"), std::string::npos);
  EXPECT_EQ(stream.read_until("\"ref\":\"room:1\"}").find("(without"),
            std::string::npos);
  EXPECT_EQ(stream.read_until("\"ref\":\"room:2\"}").find("(without"),
            std::string::npos);
  const std::string id = say(R"({"a": 1})");
  EXPECT_EQ(stream
                .read_until("id: " + id +
                            "\ndata: {\"ch\":\"room:1\","
                            "\"data\":{\"a\":1},\"id\":\"" +
                            id + "\"}\n\n")
                .find("(without"),
            std::string::npos);
}

TEST_F(LiveEvents, a_stream_that_comes_back_gets_what_it_missed) {
  const std::string first = say("1");
  say("2");
  say("3");
  EventStream stream(nginx().address());
  ASSERT_TRUE(stream.open("/live?topic=room:1", {{"Last-Event-ID", first}}));
  const std::string all = stream.read_until("\"data\":3");
  EXPECT_NE(all.find("\"data\":2"), std::string::npos) << all;
  EXPECT_EQ(all.find("\"data\":1"), std::string::npos) << all;
  EventStream lost(nginx().address());
  ASSERT_TRUE(lost.open("/live?topic=room:1", {{"Last-Event-ID", "7-16"}}));
  EXPECT_EQ(lost.read_until(R"({"resync":"room:1"})").find("(without"),
            std::string::npos);
}

TEST_F(LiveEvents, refusals_are_proper_errors) {
  EXPECT_EQ(nginx().get("/live", kEvents).status, 400);
  const Response closed = nginx().get("/live?topic=hall", kEvents);
  EXPECT_EQ(closed.status, 403);
  EXPECT_NE(closed.body.find("TRS615"), std::string::npos);
  const Response shut = nginx().get("/shut?topic=x", kEvents);
  EXPECT_EQ(shut.status, 403);
  EXPECT_NE(shut.body.find("go away"), std::string::npos);
  EXPECT_EQ(nginx()
                .get("/live?topic=room:1",
                     {kEvents[0], {"Origin", "https://evil.example"}})
                .status,
            403);
  EXPECT_EQ(nginx().get("/live?topic=room:1").status, 426);
}

TEST_F(LiveEvents, comments_keep_a_stream_alive) {
  EventStream stream(nginx().address());
  ASSERT_TRUE(stream.open("/live?topic=room:1"));
  for (int i = 0; i < 3; i++)
    EXPECT_EQ(stream.read_until(":\n\n").find("(without"), std::string::npos);
}

TEST_F(LiveEvents, streams_that_leave_are_forgotten) {
  for (int i = 0; i < 10; i++) {
    EventStream stream(nginx().address());
    ASSERT_TRUE(stream.open("/live?topic=room:1"));
    static_cast<void>(stream.read_until("\"ok\""));
    if (i % 2 == 0) stream.http().reset();
  }
  say("1");
  EXPECT_EQ(nginx().get("/live", kEvents).status, 400);
}

TEST_F(LiveEvents, a_reload_ends_streams_and_the_old_worker_leaves) {
  EventStream stream(nginx().address());
  ASSERT_TRUE(stream.open("/live?topic=room:1"));
  static_cast<void>(stream.read_until("\"ok\""));
  const pid_t old = nginx().workers().at(0);
  nginx().reload();
  EXPECT_TRUE(stream.http().wait_closed());
  EXPECT_EQ(speaker_.read().close_code(), 1012);
  speaker_.close(1012);
  EXPECT_TRUE(wait_until([&] {
    const std::vector<pid_t> all = nginx().workers(true);
    return std::find(all.begin(), all.end(), old) == all.end();
  }));
}

}  // namespace
}  // namespace trestle::testing
