// Whoever logs out is not listening any more: what was opened with a session
// ends with it, in all workers and dialects, however the session has ended.
#include <gtest/gtest.h>

#include "support/event_stream.h"
#include "support/live_test.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create schema api;
grant usage on schema api to web_anon, customer;
create table api.orders (id int primary key, owner text, item text);
insert into api.orders values (1, 'ann', 'Kettle');
grant select on api.orders to customer;
create function api.who(message jsonb, session jsonb) returns jsonb
language sql as $$ select session -> 'claims' -> 'user_name' $$;
create function api.may_join(topic text, session jsonb) returns boolean
language sql as $$ select true $$;
)";

// `@keeper@` is what says where sessions are.
constexpr const char* kServer = R"(
trestle_database shop {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
  schemas api;
  @keeper@
}
server {
  listen @port@;
  location / { trestle_pages shop pages; }
  location /api/ { trestle_rest shop schema=api; }
  location = /graphql { trestle_graphql shop schema=api; }
  location = /live {
    trestle_live shop on_message=api.who on_join=api.may_join;
  }
  location /realtime/v1/ { trestle_live shop realtime; }
  location = /status { trestle_status; }
})";

constexpr const char* kInCookies = "session_key_file session.key; feed;";
constexpr const char* kInTable =
    "session_table trestle.sessions; session_recheck 1h; feed;";

class LiveLogout : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    sql(kSchema);
    std::string table = read_file("sql/sessions.sql");
    for (std::size_t at; (at = table.find(":\"login\"")) != std::string::npos;)
      table.replace(at, 8, "web");
    sql("set client_min_messages = warning; " + table);
    configure({.workers = 2});
    nginx().file("session.key", "0123456789abcdef0123456789abcdef0123456789\n");
    nginx().file("pages/login.sql",
                 "-- @post\n-- @redirect /\n-- @session\n-- @one visitor\n"
                 "select 'customer' as role, :name! as user_name;");
    nginx().file("pages/login.html", "login");
    nginx().file("pages/logout.sql",
                 "-- @post\n-- @session end\n-- @redirect /\n");
  }

  void serve(std::string_view keeper) {
    std::string text = kServer;
    start(text.replace(text.find("@keeper@"), 8, keeper));
    if (keeper.find("feed") != std::string_view::npos) wait_for_feed();
  }

  Response post(std::string_view target, std::string_view body,
                std::string_view cookie) {
    return nginx().request(
        "POST", target,
        {{"Content-Type", "application/x-www-form-urlencoded"},
         {"Sec-Fetch-Site", "same-origin"},
         {"Cookie", std::string(cookie)}},
        body);
  }
  // The cookie.
  std::string log_in(std::string_view name, std::string_view cookie = "a=b") {
    const Response in = post("/login", "name=" + std::string(name), cookie);
    EXPECT_EQ(in.status, 303) << in.body;
    const std::string all = in.all("Set-Cookie");
    return all.substr(0, all.find(';'));
  }
  void log_out(std::string_view cookie) {
    EXPECT_EQ(post("/logout", "", cookie).status, 303);
  }

  [[nodiscard]] static Headers with(std::string_view cookie) {
    return {{"Origin", "http://localhost"}, {"Cookie", std::string(cookie)}};
  }
  std::unique_ptr<WebSocketClient> listener(std::string_view cookie) {
    auto client = std::make_unique<WebSocketClient>(nginx().address());
    EXPECT_EQ(client->open("/live", with(cookie)), 101);
    return client;
  }
  static std::string ask(WebSocketClient& client) {
    client.text("{}");
    return client.read_text();
  }
  // Logged in, listening, and known by that name.
  std::unique_ptr<WebSocketClient> visitor(const std::string& name) {
    auto client = listener(log_in(name));
    EXPECT_EQ(ask(*client), "\"" + name + "\"");
    return client;
  }
  static void expect_over(WebSocketClient& client, int code = 4401) {
    const Frame frame = client.read();
    EXPECT_EQ(frame.close_code(), code);
    EXPECT_EQ(
        frame.payload.substr(std::min<std::size_t>(2, frame.payload.size())),
        "session ended");
  }

  // One stream of each kind.
  void expect_streams_end_at_logout() {
    const std::string ann = log_in("ann");
    const std::string ben = log_in("ben");
    std::vector<std::unique_ptr<WebSocketClient>> of_ann;
    for (int i = 0; i < 4; i++) of_ann.push_back(listener(ann));
    for (auto& client : of_ann) EXPECT_EQ(ask(*client), "\"ann\"");
    auto of_ben = listener(ben);
    EXPECT_EQ(ask(*of_ben), "\"ben\"");

    WebSocketClient realtime(nginx().address());
    EXPECT_EQ(realtime.open("/realtime/v1/websocket?vsn=2.0.0", with(ann)),
              101);
    WebSocketClient graphql(nginx().address());
    Headers headers = with(ann);
    headers.emplace_back("Sec-WebSocket-Protocol", "graphql-transport-ws");
    EXPECT_EQ(graphql.open("/graphql", headers), 101);
    graphql.text(R"({"type":"connection_init"})");
    EXPECT_EQ(graphql.read_text(), R"({"type":"connection_ack"})");
    EventStream rest(nginx().address());
    EXPECT_TRUE(rest.open("/api/orders?select=item", with(ann)));
    EXPECT_NE(rest.read_until("\n\ndata: [{\"item\":\"Kettle\"}]").find("200"),
              std::string::npos);
    EventStream topic(nginx().address());
    EXPECT_TRUE(topic.open("/live?topic=news", with(ann)));
    EXPECT_NE(topic.read_until("\"ok\"").find("200"), std::string::npos);

    log_out(ann);
    for (auto& client : of_ann) expect_over(*client);
    expect_over(realtime);
    expect_over(graphql, 4403);
    // The answers' last chunks.
    EXPECT_EQ(rest.read_until("\r\n0\r\n\r\n").find("(without"),
              std::string::npos);
    EXPECT_EQ(topic.read_until("\r\n0\r\n\r\n").find("(without"),
              std::string::npos);
    EXPECT_EQ(ask(*of_ben), "\"ben\"");
  }
};

TEST_F(LiveLogout, ends_streams_of_a_session_in_a_cookie) {
  serve(kInCookies);
  expect_streams_end_at_logout();
}

TEST_F(LiveLogout, ends_streams_of_a_session_in_a_table) {
  serve(kInTable);
  expect_streams_end_at_logout();
}

TEST_F(LiveLogout, is_also_a_login_in_its_place) {
  serve(kInCookies);
  const std::string ann = log_in("ann");
  auto client = listener(ann);
  EXPECT_EQ(ask(*client), "\"ann\"");
  static_cast<void>(log_in("ben", ann));
  expect_over(*client);
}

TEST_F(LiveLogout, is_told_without_a_feed_too) {
  serve("session_key_file session.key;");
  const std::string ann = log_in("ann");
  WebSocketClient graphql(nginx().address());
  Headers headers = with(ann);
  headers.emplace_back("Sec-WebSocket-Protocol", "graphql-transport-ws");
  EXPECT_EQ(graphql.open("/graphql", headers), 101);
  graphql.text(R"({"type":"connection_init"})");
  EXPECT_EQ(graphql.read_text(), R"({"type":"connection_ack"})");
  log_out(ann);
  expect_over(graphql, 4403);
}

// By anybody, where the feed tells of the table.
TEST_F(LiveLogout, is_a_row_that_was_deleted) {
  serve(kInTable);
  auto of_ann = visitor("ann");
  auto of_ben = visitor("ben");
  sql("delete from trestle.sessions where claims ->> 'user_name' = 'ann'");
  expect_over(*of_ann);
  // What a row says has changed: whoever comes back is somebody else.
  EXPECT_EQ(ask(*of_ben), "\"ben\"");
  sql("update trestle.sessions set expires_at = expires_at + interval '1 h'");
  EXPECT_EQ(ask(*of_ben), "\"ben\"");
  sql("update trestle.sessions set claims = claims || '{\"user_name\":\"x\"}'");
  expect_over(*of_ben);
}

TEST_F(LiveLogout, of_others_is_found_out_in_time_without_a_feed) {
  serve("session_table trestle.sessions; session_recheck 1s;");
  auto of_ann = visitor("ann");
  auto of_ben = visitor("ben");
  sql("delete from trestle.sessions where claims ->> 'user_name' = 'ann'");
  expect_over(*of_ann);
  EXPECT_EQ(ask(*of_ben), "\"ben\"");
  // An end that is brought forward counts as well.
  sql("update trestle.sessions set expires_at = now()");
  expect_over(*of_ben);
}

}  // namespace
}  // namespace trestle::testing
