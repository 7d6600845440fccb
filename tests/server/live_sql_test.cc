// Messages handled by SQL functions: in order, one transaction each, under the
// connection's role and claims.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "support/server_test.h"
#include "support/websocket_client.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create schema api;
grant usage on schema api to web_anon, customer;
create table api.event (id serial, what text);
grant select, insert on api.event to web_anon, customer;
grant usage on all sequences in schema api to web_anon, customer;

create function api.hello(message jsonb, session jsonb) returns jsonb
language plpgsql as $$
begin
  if message->>'do' = 'fail' then
    raise exception 'no %', message->>'what' using errcode = 'P0001';
  elsif message->>'do' = 'nothing' then return null;
  elsif message->>'do' = 'session' then return session;
  elsif message->>'do' = 'role' then
    return jsonb_build_object('role', current_user, 'claims',
      current_setting('request.jwt.claims', true)::jsonb);
  elsif message->>'do' = 'insert' then
    insert into api.event (what) values (message->>'what');
    if message->>'then' = 'fail' then raise exception 'undone'; end if;
  elsif message->>'do' = 'sleep' then
    perform pg_sleep((message->>'s')::float8);
  end if;
  return message;
end $$;

create function api.opened(session jsonb) returns jsonb language plpgsql as $$
begin
  if session->'args'->>'token' = 'bad' then
    raise exception 'go away' using errcode = 'PT403';
  end if;
  insert into api.event (what)
  values ('open ' || coalesce(session->'args'->>'name', ''));
  return jsonb_build_object('name', session->'args'->>'name');
end $$;

create function api.closed(session jsonb) returns void language sql as $$
  insert into api.event (what) values ('close ' || (session->'state'->>'name'))
$$;

create function api.raw(message bytea, kind text, session jsonb) returns bytea
language sql as $$ select case when kind = 'text' and message = '\x21'::bytea
  then '\xff'::bytea else message end $$;

create function api.neither(message text) returns text language sql as $$
  select message $$;
)";

constexpr const char* kHttp = R"(
trestle_database shop {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
}
server {
  listen @port@;
  location = /live { trestle_live shop on_message=api.hello; }
  location = /full {
    trestle_live shop on_message=api.hello on_open=api.opened
                      on_close=api.closed;
  }
  location = /raw { trestle_live shop on_message=api.raw; }
  location = /neither { trestle_live shop on_message=api.neither; }
  location = /missing { trestle_live shop on_message=api.nothing; }
})";

class LiveSql : public ServerTest {
 protected:
  void SetUp() override {
    sql(kSchema);
    start(kHttp);
  }
  std::string events() {
    return sql(
        "select coalesce(string_agg(what, ',' order by id), '') "
        "from api.event");
  }
};

TEST_F(LiveSql, json_text_arrives_as_its_value_and_other_text_as_a_string) {
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/live"), 101);
  client.text("Hello");
  EXPECT_EQ(client.read_text(), "\"Hello\"");
  client.text("{\"a\": [1, 2]}");
  EXPECT_EQ(client.read_text(), "{\"a\": [1, 2]}");
  client.text("42");
  EXPECT_EQ(client.read_text(), "42");
  client.text("");
  EXPECT_EQ(client.read_text(), "\"\"");
  client.text(R"({"do": "nothing"})");
  client.text("after");
  EXPECT_EQ(client.read_text(), "\"after\"");
}

TEST_F(LiveSql, a_binary_message_to_the_json_form_closes_1003) {
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/live"), 101);
  client.binary("x");
  EXPECT_EQ(client.read().close_code(), 1003);
}

TEST_F(LiveSql, errors_answer_with_the_messages_ref_and_do_not_close) {
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/live"), 101);
  client.text(R"({"do": "fail", "what": "beer", "ref": {"n": 7}})");
  EXPECT_EQ(client.read_text(),
            R"({"error":{"code":"P0001","message":"no beer"},"ref":{"n":7}})");
  client.text(R"({"do": "fail", "what": "wine"})");
  EXPECT_EQ(client.read_text(),
            R"({"error":{"code":"P0001","message":"no wine"}})");
  client.text("1");
  EXPECT_EQ(client.read_text(), "1");
}

TEST_F(LiveSql, each_message_is_a_transaction_of_its_own) {
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/live"), 101);
  client.text(R"({"do": "insert", "what": "one"})");
  client.text(R"({"do": "insert", "what": "two", "then": "fail"})");
  client.text(R"({"do": "insert", "what": "three"})");
  for (int i = 0; i < 3; i++) EXPECT_NE(client.read_text(), "(nothing)");
  EXPECT_EQ(events(), "one,three");
}

TEST_F(LiveSql, messages_of_a_connection_keep_their_order) {
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/live"), 101);
  client.text(R"({"do": "sleep", "s": 0.2})");
  EXPECT_TRUE(client.raw([] {
    std::string all;
    for (int i = 0; i < 300; i++) all += websocket_frame(1, std::to_string(i));
    return all;
  }()));
  EXPECT_NE(client.read_text().find("sleep"), std::string::npos);
  for (int i = 0; i < 300; i++)
    ASSERT_EQ(client.read_text(), std::to_string(i));
}

TEST_F(LiveSql, a_full_queue_stops_reading_the_socket) {
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/live"), 101);
  client.text(R"({"do": "sleep", "s": 1})");
  const std::string message = websocket_frame(1, std::string(50'000, 'x'));
  std::size_t sent = 0;
  int idle = 0;
  const Clock::time_point start = Clock::now();
  while (idle < 10 && elapsed_ms(start) < 800) {
    const std::size_t at = sent % message.size();
    const ssize_t count = ::send(client.fd(), message.data() + at,
                                 message.size() - at, MSG_DONTWAIT);
    idle = count > 0 ? 0 : idle + 1;
    if (count > 0) sent += static_cast<std::size_t>(count);
    if (count <= 0) poll(nullptr, 0, 10);
  }
  EXPECT_GE(idle, 10) << sent;
  EXPECT_NE(client.read_text().find("sleep"), std::string::npos);
  for (std::size_t i = 0; i < sent / message.size(); i++)
    ASSERT_EQ(client.read_text().size(), 50'002u) << i;
}

TEST_F(LiveSql, on_open_makes_the_state_and_on_close_sees_it) {
  {
    WebSocketClient client(nginx().address());
    ASSERT_EQ(client.open("/full?name=ann&name=b&access_token2=x"), 101);
    client.text(R"({"do": "session"})");
    const std::string session = client.read_text();
    EXPECT_NE(session.find(R"("state": {"name": "ann"})"), std::string::npos)
        << session;
    EXPECT_NE(session.find(R"("addr": "127.0.0.1")"), std::string::npos);
    EXPECT_NE(session.find(R"("claims": {"role": "web_anon"})"),
              std::string::npos)
        << session;
    EXPECT_EQ(events(), "open ann");
    client.close(1000);
    EXPECT_EQ(client.read().close_code(), 1000);
  }
  EXPECT_TRUE(wait_until([&] { return events() == "open ann,close ann"; }));
  WebSocketClient abrupt(nginx().address());
  ASSERT_EQ(abrupt.open("/full?name=bob"), 101);
  abrupt.text("1");
  EXPECT_EQ(abrupt.read_text(), "1");
  abrupt.reset();
  EXPECT_TRUE(wait_until([&] {
    return events() == "open ann,close ann,open bob,close bob";
  })) << events();
}

TEST_F(LiveSql, on_open_can_refuse) {
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/full?token=bad"), 101);
  client.text("never handled");
  const Frame frame = client.read();
  EXPECT_EQ(frame.close_code(), 4403);
  EXPECT_EQ(frame.payload.substr(2), "go away");
  EXPECT_TRUE(client.wait_closed());
  EXPECT_EQ(events(), "");
}

TEST_F(LiveSql, messages_sent_before_a_close_are_handled_and_answered) {
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/full?name=eve"), 101);
  client.text(R"({"do": "insert", "what": "last words"})");
  client.close(1001);
  EXPECT_NE(client.read_text().find("last words"), std::string::npos);
  EXPECT_EQ(client.read().close_code(), 1001);
  EXPECT_TRUE(wait_until([&] {
    return events() == "open eve,last words,close eve";
  })) << events();
}

TEST_F(LiveSql, messages_of_a_client_that_has_gone_are_handled) {
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/full?name=ida"), 101);
  client.text(R"({"do": "sleep", "s": 0.2})");
  client.text(R"({"do": "insert", "what": "sent"})");
  client.text("1");
  ASSERT_TRUE(wait_until([&] {
    return sql("select count(*) from pg_stat_activity where wait_event = "
               "'PgSleep'") != "0";
  }));
  client.reset();
  EXPECT_TRUE(wait_until([&] { return events() == "open ida,sent,close ida"; }))
      << events();
}

TEST_F(LiveSql, bytes_pass_untouched_and_text_must_stay_utf8) {
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/raw"), 101);
  std::string all;
  for (int i = 0; i < 256; i++) all += static_cast<char>(i);
  client.binary(all);
  const Frame frame = client.read();
  EXPECT_TRUE(frame.is_binary());
  EXPECT_EQ(frame.payload, all);
  client.text(std::string("gr\xc3\xbc\xc3\x9f \0 dich", 13));
  EXPECT_EQ(client.read_text(), std::string("gr\xc3\xbc\xc3\x9f \0 dich", 13));
  client.binary("");
  EXPECT_EQ(client.read().payload, "");
  client.text("!");  // answered with what is no text
  EXPECT_EQ(client.read().close_code(), 1011);
}

TEST_F(LiveSql, a_function_of_neither_form_is_an_error_until_it_is_there) {
  WebSocketClient client(nginx().address());
  for (const char* path : {"/neither", "/missing"}) {
    ASSERT_EQ(client.open(path), 101);
    client.text("1");
    EXPECT_NE(client.read_text().find("TRS611"), std::string::npos);
  }
  sql("create function api.nothing(m jsonb, s jsonb) returns jsonb "
      "language sql as 'select m'");
  client.text("2");
  EXPECT_EQ(client.read_text(), "2");
  // Replaced by one of the other form.
  sql("drop function api.nothing(jsonb, jsonb); create function "
      "api.nothing(m bytea, k text, s jsonb) returns bytea language sql "
      "as 'select m'");
  client.text("x");
  static_cast<void>(client.read_text());
  client.text("y");
  EXPECT_EQ(client.read_text(), "y");
}

TEST_F(LiveSql, many_connections_share_a_small_pool) {
  std::vector<std::unique_ptr<WebSocketClient>> clients;
  for (int i = 0; i < 50; i++) {
    clients.push_back(std::make_unique<WebSocketClient>(nginx().address()));
    ASSERT_EQ(clients.back()->open("/live"), 101);
  }
  for (int round = 0; round < 5; round++) {
    for (std::size_t i = 0; i < clients.size(); i++)
      clients[i]->text(std::to_string(i));
    for (std::size_t i = 0; i < clients.size(); i++)
      ASSERT_EQ(clients[i]->read_text(), std::to_string(i));
  }
  EXPECT_LE(backends(), 2);
}

TEST_F(LiveSql, a_reload_handles_what_was_taken) {
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/full?name=old"), 101);
  client.text(R"({"do": "sleep", "s": 1.5})");
  client.text(R"({"do": "insert", "what": "kept"})");
  ASSERT_TRUE(wait_until([&] {
    return sql("select count(*) from pg_stat_activity where wait_event = "
               "'PgSleep'") != "0";
  }));
  nginx().reload();
  EXPECT_EQ(client.read().close_code(), 1012);
  EXPECT_TRUE(wait_until([&] { return events() == "open old,kept,close old"; }))
      << events();
}

}  // namespace
}  // namespace trestle::testing
