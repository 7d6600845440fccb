// How many streams an address may have, which is nginx's own to limit, and how
// long a token keeps one open, in every dialect.
#include <gtest/gtest.h>

#include <ctime>

#include "support/event_stream.h"
#include "support/live_test.h"

namespace trestle::testing {
namespace {

constexpr const char* kHttp = R"(
limit_conn_zone $binary_remote_addr zone=address:1m;
trestle_database shop {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
  jwt_secret reallyreallyreallyreallyverysafe;
  jwt_leeway 0s;
  feed;
}
server {
  listen @port@;
  location = /few { limit_conn address 2; trestle_live shop; }
  location = /live { trestle_live shop; }
  location = /graphql { trestle_graphql shop schema=public; }
  location = /names { trestle_query shop names.sql; }
  location /realtime/v1/ { trestle_live shop realtime; }
  location = /status { trestle_status; }
})";

class LiveLimits : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    nginx().file("names.sql", "select 'Kettle' as name");
    start(kHttp);
    wait_for_feed();
  }

  static std::string token_for(int seconds) {
    return token(R"({"role":"customer","exp":)" +
                 std::to_string(std::time(nullptr) + seconds) + "}");
  }
};

TEST_F(LiveLimits, connections_of_an_address_are_counted_as_long_as_they_are) {
  auto first = std::make_unique<WebSocketClient>(nginx().address());
  EventStream second(nginx().address());
  EXPECT_EQ(first->open("/few"), 101);
  EXPECT_TRUE(second.open("/few?topic=news"));
  EXPECT_NE(second.read_until("\"ok\"").find("200"), std::string::npos);
  for (int i = 0; i < 3; i++) {
    WebSocketClient third(nginx().address());
    EXPECT_EQ(third.open("/few"), 503);
  }
  first.reset();
  EXPECT_TRUE(wait_until([&] {
    WebSocketClient next(nginx().address());
    return next.open("/few") == 101;
  }));
}

TEST_F(LiveLimits, a_token_keeps_a_stream_open_as_long_as_it_counts) {
  constexpr int kSeconds = 5;
  WebSocketClient renewed(nginx().address());
  ASSERT_EQ(renewed.open("/realtime/v1/websocket?vsn=2.0.0&apikey=" +
                         token_for(kSeconds)),
            101);
  renewed.text(R"(["1","1","realtime:room","phx_join",{"config":{}}])");
  EXPECT_NE(renewed.read_text().find(R"("status":"ok")"), std::string::npos);
  renewed.text(R"(["1","2","realtime:room","access_token",{"access_token":")" +
               token_for(3'600) + "\"}]");

  WebSocketClient realtime(nginx().address());
  ASSERT_EQ(realtime.open("/realtime/v1/websocket?vsn=2.0.0&apikey=" +
                          token_for(kSeconds)),
            101);
  WebSocketClient graphql(nginx().address());
  ASSERT_EQ(graphql.open("/graphql",
                         {{"Sec-WebSocket-Protocol", "graphql-transport-ws"}}),
            101);
  graphql.text(
      R"({"type":"connection_init","payload":{"Authorization":"Bearer )" +
      token_for(kSeconds) + R"("}})");
  EXPECT_EQ(graphql.read_text(), R"({"type":"connection_ack"})");
  EventStream answer(nginx().address());
  ASSERT_TRUE(answer.open("/names?access_token=" + token_for(kSeconds)));
  EXPECT_NE(answer.read_until("Kettle").find("200"), std::string::npos);
  EventStream topic(nginx().address());
  ASSERT_TRUE(
      topic.open("/live?topic=news&access_token=" + token_for(kSeconds)));
  EXPECT_NE(topic.read_until("\"ok\"").find("200"), std::string::npos);

  EXPECT_EQ(realtime.read().close_code(), 4401);
  EXPECT_EQ(graphql.read().close_code(), 4403);
  for (EventStream* stream : {&answer, &topic})
    EXPECT_EQ(stream->read_until("\r\n0\r\n\r\n").find("(without"),
              std::string::npos);
  renewed.text(R"([null,"3","phoenix","heartbeat",{}])");
  std::string reply;
  do reply = renewed.read_text();
  while (reply.find("room") != std::string::npos);
  EXPECT_NE(reply.find(R"("phoenix","phx_reply",{"status":"ok")"),
            std::string::npos)
      << reply;
}

}  // namespace
}  // namespace trestle::testing
