// GraphQL over a WebSocket (graphql-transport-ws): who may connect, and that
// queries, mutations and subscriptions answer beside one another.
#include <gtest/gtest.h>

#include "support/server_test.h"
#include "support/token.h"
#include "support/websocket_client.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create table product (id int primary key, name text not null, stock int);
insert into product values (1, 'Kettle', 5), (2, 'Pot', 0);
grant select on product to web_anon;
grant select, update on product to customer;
)";

constexpr const char* kHttp = R"(
trestle_database shop {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
  jwt_secret reallyreallyreallyreallyverysafe;
}
trestle_database closed {
  primary "@postgres@";
  jwt_secret reallyreallyreallyreallyverysafe;
}
server {
  listen @port@;
  location = /graphql { trestle_graphql shop schema=public; }
  location = /hasty {
    trestle_graphql shop schema=public;
    trestle_live_init_timeout 1ms;
  }
  location = /closed { trestle_graphql closed schema=public; }
  location = /few {
    trestle_graphql shop schema=public;
    trestle_live_channels 1;
  }
})";

constexpr const char* kAck = R"({"type":"connection_ack"})";

class GraphqlSocket : public ServerTest {
 protected:
  void SetUp() override {
    sql(kSchema);
    start(kHttp);
  }

  static Headers protocol() {
    return {{"Sec-WebSocket-Protocol", "graphql-transport-ws"}};
  }
  static std::string init(const std::string& token = {}) {
    if (token.empty()) return R"({"type":"connection_init"})";
    return R"({"type":"connection_init","payload":{"headers":)"
           R"({"authorization":"Bearer )" +
           token + R"("}}})";
  }
  static std::string subscribe(const std::string& id,
                               const std::string& query) {
    return R"({"id":")" + id + R"(","type":"subscribe","payload":{"query":")" +
           query + R"("}})";
  }
  static std::string next(const std::string& id, const std::string& payload) {
    return R"({"id":")" + id + R"(","type":"next","payload":)" + payload + "}";
  }
  static std::string complete(const std::string& id) {
    return R"({"id":")" + id + R"(","type":"complete"})";
  }
  static std::string ask(WebSocketClient& client, const std::string& text) {
    client.text(text);
    return client.read_text();
  }
  static std::string customer() {
    return hs256_token(R"({"role":"customer"})",
                       "reallyreallyreallyreallyverysafe");
  }
};

TEST_F(GraphqlSocket, speaks_graphql_transport_ws_and_nothing_else) {
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/graphql", protocol()), 101);
  EXPECT_EQ(client.answer().header("Sec-WebSocket-Protocol"),
            "graphql-transport-ws");
  EXPECT_EQ(ask(client, init()), kAck);

  WebSocketClient stranger(nginx().address());
  ASSERT_EQ(stranger.open("/graphql"), 101);
  EXPECT_EQ(stranger.read().close_code(), 4406);
  WebSocketClient foreign(nginx().address());
  EXPECT_EQ(foreign.open("/graphql", {{"Origin", "https://evil.example"}}),
            403);
}

TEST_F(GraphqlSocket, answers_queries_and_mutations_beside_one_another) {
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/graphql", protocol()), 101);
  ASSERT_EQ(ask(client, init(customer())), kAck);
  EXPECT_EQ(ask(client, subscribe("a", "{product(where:{id:{_eq:1}}){name}}")),
            next("a", R"({"data":{"product":[{"name":"Kettle"}]}})"));
  EXPECT_EQ(client.read_text(), complete("a"));
  EXPECT_EQ(ask(client, subscribe("b",
                                  "mutation{update_product(where:{id:{_eq:1}},"
                                  "_set:{stock:4}){affected_rows}}")),
            next("b", R"({"data":{"update_product":{"affected_rows" : 1}}})"));
  EXPECT_EQ(client.read_text(), complete("b"));
  EXPECT_EQ(sql("select stock from product where id = 1"), "4");
  const std::string error = ask(client, subscribe("c", "{nobody{id}}"));
  EXPECT_EQ(error.find(R"({"id":"c","type":"error","payload":[{"message":)"),
            0u)
      << error;
  EXPECT_EQ(ask(client, subscribe("c", "{__typename}")),
            next("c", R"({"data":{"__typename":"query_root"}})"));
  EXPECT_EQ(client.read_text(), complete("c"));
}

TEST_F(GraphqlSocket, connection_init_says_who_it_is) {
  WebSocketClient anonymous(nginx().address());
  ASSERT_EQ(anonymous.open("/graphql", protocol()), 101);
  ASSERT_EQ(ask(anonymous, init()), kAck);
  EXPECT_NE(ask(anonymous, subscribe("1",
                                     "mutation{update_product(where:{},"
                                     "_set:{stock:0}){affected_rows}}"))
                .find(R"("type":"error")"),
            std::string::npos);

  WebSocketClient wrong(nginx().address());
  ASSERT_EQ(wrong.open("/graphql", protocol()), 101);
  wrong.text(init("wrong"));
  EXPECT_EQ(wrong.read().close_code(), 4403);

  // No anonymous visitors there: the token may still come.
  WebSocketClient late(nginx().address());
  ASSERT_EQ(late.open("/closed", protocol()), 101);
  EXPECT_EQ(ask(late, init(customer())), kAck);
  WebSocketClient nobody(nginx().address());
  ASSERT_EQ(nobody.open("/closed", protocol()), 101);
  nobody.text(init());
  EXPECT_EQ(nobody.read().close_code(), 4403);
}

TEST_F(GraphqlSocket, a_client_that_says_nothing_is_closed_with_4408) {
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/hasty", protocol()), 101);
  EXPECT_EQ(client.read().close_code(), 4408);
}

TEST_F(GraphqlSocket, operations_are_as_many_as_channels_may_be) {
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/few", protocol()), 101);
  ASSERT_EQ(ask(client, init()), kAck);
  // In one packet: the first is under way when the second is seen.
  client.raw(websocket_frame(1, subscribe("1", "{product_by_pk(id:1){id}}")) +
             websocket_frame(1, subscribe("2", "{product_by_pk(id:2){id}}")));
  EXPECT_NE(client.read_text().find("limit-exceeded"), std::string::npos);
  EXPECT_EQ(client.read_text(),
            next("1", R"({"data":{"product_by_pk":{"id":1}}})"));
}

TEST_F(GraphqlSocket, without_a_feed_a_subscription_says_what_is_missing) {
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/graphql", protocol()), 101);
  ASSERT_EQ(ask(client, init()), kAck);
  const std::string answer =
      ask(client, subscribe("1", "subscription{product{id}}"));
  EXPECT_NE(answer.find(R"("type":"error")"), std::string::npos) << answer;
  EXPECT_NE(answer.find("feed"), std::string::npos) << answer;
}

}  // namespace
}  // namespace trestle::testing
