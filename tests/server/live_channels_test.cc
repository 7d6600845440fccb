// Channels: who may join and publish, that everybody in all workers gets
// everything once and in one order, and what is told after an absence.
#include <gtest/gtest.h>

#include <ctime>
#include <set>

#include "support/live_test.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create schema api;
grant usage on schema api to web_anon, customer;
create function api.may_join(topic text, session jsonb) returns boolean
language plpgsql as $$
begin
  if topic = 'room:broken' then raise exception 'it is broken'; end if;
  return topic like 'room:%' or (topic = 'staff' and current_user = 'customer');
end $$;
create function api.echo(message jsonb, session jsonb) returns jsonb
language sql as $$ select jsonb_build_object('echo', message) $$;
create function api.raw(message bytea, kind text, session jsonb) returns bytea
language sql as $$ select message $$;
)";

constexpr const char* kHttp = R"(
trestle_live_memory 1m;
trestle_database shop {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
  jwt_secret reallyreallyreallyreallyverysafe;
  jwt_leeway 0s;
}
server {
  listen @port@;
  location = /live {
    trestle_live shop on_message=api.echo on_join=api.may_join;
    trestle_live_channels 3;
  }
  location = /open { trestle_live shop; }
  location = /raw { trestle_live shop on_message=api.raw; }
  location = /paced { trestle_live shop on_message=api.echo;
                      trestle_live_rate 5; }
  location = /slow { trestle_live shop on_join=api.may_join;
                     trestle_live_queue 100k; }
})";

// {"role":"customer"}, signed with the secret above.
constexpr const char* kCustomer =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoiY3VzdG9tZXI"
    "ifQ.fcxtR_8JWeGRiBt6cu-pj5QPYguMkW2sHog4mHIKuUw";

class LiveChannels : public LiveTest {
 protected:
  void SetUp() override { sql(kSchema); }

  // What the client says and the next text that it gets.
  static std::string ask(WebSocketClient& client, std::string_view text) {
    client.text(text);
    return client.read_text();
  }
};

TEST_F(LiveChannels, what_is_published_reaches_all_who_have_joined) {
  start(kHttp);
  WebSocketClient ann(nginx().address());
  WebSocketClient bob(nginx().address());
  WebSocketClient eve(nginx().address());
  for (WebSocketClient* client : {&ann, &bob, &eve})
    ASSERT_EQ(client->open("/live"), 101);
  EXPECT_EQ(without_id(ask(ann, R"({"join":"room:5","ref":1})")),
            R"({"ok":1,"ref":1})");
  EXPECT_EQ(without_id(ask(bob, R"({"join":"room:5"})")), R"({"ok":1})");
  EXPECT_EQ(without_id(ask(eve, R"({"join":"room:6"})")), R"({"ok":1})");

  const std::string acknowledged =
      ask(ann, R"({"pub":"room:5","data":{"text":"hi"},"ref":"p"})");
  EXPECT_EQ(without_id(acknowledged), R"({"ok":1,"ref":"p"})");
  const std::string got = bob.read_text();
  EXPECT_EQ(without_id(got), R"({"ch":"room:5","data":{"text":"hi"}})");
  EXPECT_EQ(id_of(got), id_of(acknowledged));
  EXPECT_EQ(ann.read_text(), got);

  EXPECT_EQ(ask(bob, R"({"leave":"room:5"})"), R"({"ok":1})");
  ann.text(R"({"pub":"room:5","data":2})");
  EXPECT_EQ(without_id(ann.read_text()), R"({"ch":"room:5","data":2})");
  EXPECT_EQ(ask(bob, "7"), R"({"echo": 7})");
  EXPECT_EQ(ask(eve, "8"), R"({"echo": 8})");
}

TEST_F(LiveChannels, on_join_decides_and_other_messages_go_to_on_message) {
  start(kHttp);
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/live"), 101);
  EXPECT_NE(ask(client, R"({"join":"hall","ref":1})").find("TRS615"),
            std::string::npos);
  EXPECT_NE(ask(client, R"({"join":"room:broken"})").find("it is broken"),
            std::string::npos);
  EXPECT_NE(ask(client, R"({"pub":"room:1","data":1})").find("TRS616"),
            std::string::npos);
  EXPECT_NE(ask(client, R"({"leave":"room:1"})").find("TRS617"),
            std::string::npos);
  EXPECT_NE(ask(client, R"({"join":""})").find("TRS613"), std::string::npos);
  EXPECT_EQ(ask(client, R"({"join":"room:1","text":"x"})"),
            R"({"echo": {"join": "room:1", "text": "x"}})");
  for (const char* room : {"1", "2", "3"})
    EXPECT_EQ(without_id(
                  ask(client, std::string("{\"join\":\"room:") + room + "\"}")),
              R"({"ok":1})");
  EXPECT_NE(ask(client, R"({"join":"room:4"})").find("TRS614"),
            std::string::npos);
}

TEST_F(LiveChannels, without_on_join_clients_listen_and_do_not_publish) {
  start(kHttp);
  WebSocketClient listener(nginx().address());
  WebSocketClient speaker(nginx().address());
  ASSERT_EQ(listener.open("/open"), 101);
  ASSERT_EQ(speaker.open("/live"), 101);
  EXPECT_EQ(without_id(ask(listener, R"({"join":"room:1"})")), R"({"ok":1})");
  EXPECT_NE(ask(listener, R"({"pub":"room:1","data":1})").find("TRS616"),
            std::string::npos);
  EXPECT_NE(ask(listener, "Hello").find("TRS612"), std::string::npos);
  static_cast<void>(ask(speaker, R"({"join":"room:1"})"));
  speaker.text(R"({"pub":"room:1","data":"news"})");
  EXPECT_EQ(without_id(listener.read_text()),
            R"({"ch":"room:1","data":"news"})");
}

TEST_F(LiveChannels, the_bytes_form_sees_every_message_untouched) {
  start(kHttp);
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/raw"), 101);
  EXPECT_EQ(ask(client, R"({"join":"room:1"})"), R"({"join":"room:1"})");
}

TEST_F(LiveChannels, a_client_comes_back_with_its_last_id) {
  start(kHttp);
  WebSocketClient speaker(nginx().address());
  ASSERT_EQ(speaker.open("/live"), 101);
  static_cast<void>(ask(speaker, R"({"join":"room:1"})"));
  std::vector<std::string> ids;
  for (int i = 0; i < 5; i++)
    ids.push_back(id_of(ask(
        speaker, "{\"pub\":\"room:1\",\"data\":" + std::to_string(i) + "}")));
  WebSocketClient late(nginx().address());
  ASSERT_EQ(late.open("/live"), 101);
  const std::string joined =
      ask(late, R"({"join":"room:1","since":")" + ids[1] + "\"}");
  EXPECT_EQ(id_of(joined), ids[4]);
  for (int i = 2; i < 5; i++) {
    const std::string got = late.read_text();
    EXPECT_EQ(id_of(got), ids[static_cast<std::size_t>(i)]);
    EXPECT_EQ(without_id(got),
              "{\"ch\":\"room:1\",\"data\":" + std::to_string(i) + "}");
  }
  for (const char* lost : {"1-16", "nonsense"}) {
    EXPECT_EQ(
        without_id(ask(
            late, std::string(R"({"join":"room:1","since":")") + lost + "\"}")),
        R"({"ok":1})");
    EXPECT_EQ(late.read_text(), R"({"resync":"room:1"})");
  }
}

TEST_F(LiveChannels, workers_deliver_everything_once_and_in_one_order) {
  configure({.workers = 3});
  start(kHttp);
  constexpr int kClients = 12;
  constexpr int kMessages = 40;
  std::vector<std::unique_ptr<WebSocketClient>> clients;
  for (int i = 0; i < kClients; i++) {
    clients.push_back(std::make_unique<WebSocketClient>(nginx().address()));
    ASSERT_EQ(clients.back()->open("/live"), 101);
    ASSERT_EQ(without_id(ask(*clients.back(), R"({"join":"room:1"})")),
              R"({"ok":1})");
  }
  for (int round = 0; round < kMessages; round++)
    for (int i = 0; i < kClients; i++)
      clients[static_cast<std::size_t>(i)]->text(
          "{\"pub\":\"room:1\",\"data\":[" + std::to_string(i) + "," +
          std::to_string(round) + "]}");
  std::string first;
  for (const auto& client : clients) {
    std::string all;
    std::set<std::string> different;
    for (int i = 0; i < kClients * kMessages; i++) {
      const std::string text = client->read_text();
      all += text + "\n";
      different.insert(text);
    }
    EXPECT_EQ(different.size(), std::size_t{kClients * kMessages});
    if (first.empty()) first = all;
    EXPECT_EQ(all, first);
  }
}

TEST_F(LiveChannels, messages_reach_the_other_generation_after_a_reload) {
  start(kHttp);
  WebSocketClient before(nginx().address());
  ASSERT_EQ(before.open("/live"), 101);
  const std::string joined = ask(before, R"({"join":"room:1"})");
  nginx().reload();
  WebSocketClient after(nginx().address());
  ASSERT_EQ(after.open("/live"), 101);
  static_cast<void>(ask(after, R"({"join":"room:1"})"));
  static_cast<void>(ask(after, R"({"pub":"room:1","data":"new"})"));
  WebSocketClient back(nginx().address());
  ASSERT_EQ(back.open("/live"), 101);
  static_cast<void>(
      ask(back, R"({"join":"room:1","since":")" + id_of(joined) + "\"}"));
  EXPECT_EQ(without_id(back.read_text()), R"({"ch":"room:1","data":"new"})");
}

TEST_F(LiveChannels, a_killed_worker_leaves_the_others_talking) {
  configure({.workers = 2});
  start(kHttp);
  nginx().allow("exited on signal 9");
  for (int i = 0; i < 4; i++) {
    const pid_t victim = nginx().workers().at(0);
    kill(victim, SIGKILL);
    ASSERT_TRUE(wait_until([&] {
      const std::vector<pid_t> now = nginx().workers();
      return now.size() == 2 &&
             std::find(now.begin(), now.end(), victim) == now.end();
    }));
  }
  std::vector<std::unique_ptr<WebSocketClient>> clients;
  for (int i = 0; i < 8; i++) {
    clients.push_back(std::make_unique<WebSocketClient>(nginx().address()));
    ASSERT_EQ(clients.back()->open("/live"), 101);
    static_cast<void>(ask(*clients.back(), R"({"join":"room:1"})"));
  }
  clients[0]->text(R"({"pub":"room:1","data":"alive"})");
  for (const auto& client : clients)
    EXPECT_EQ(without_id(client->read_text()),
              R"({"ch":"room:1","data":"alive"})");
}

TEST_F(LiveChannels, a_slow_reader_is_cut_off_and_others_are_not) {
  start(kHttp);
  WebSocketClient slow(nginx().address());
  WebSocketClient quick(nginx().address());
  ASSERT_EQ(slow.open("/slow"), 101);
  ASSERT_EQ(quick.open("/live"), 101);
  static_cast<void>(ask(slow, R"({"join":"room:1"})"));
  static_cast<void>(ask(quick, R"({"join":"room:1"})"));
  const std::string text =
      R"({"pub":"room:1","data":")" + std::string(50'000, 'x') + "\"}";
  // The Close is read as soon as it has been sent: it is not waited for long.
  constexpr std::string_view kCutOff = "client reads too slowly";
  for (int i = 0; i < 400; i++) {
    if (nginx().log().find(kCutOff) != std::string::npos) break;
    quick.text(text);
    ASSERT_GT(quick.read_text().size(), 50'000u) << i;
  }
  EXPECT_TRUE(nginx().wait_for_log(kCutOff));
  Frame frame = slow.read();
  while (frame.is_text()) frame = slow.read();
  EXPECT_EQ(frame.close_code(), 1013);
}

TEST_F(LiveChannels, a_token_can_come_later) {
  start(kHttp);
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/live"), 101);
  EXPECT_NE(ask(client, R"({"join":"staff"})").find("TRS615"),
            std::string::npos);
  EXPECT_NE(ask(client, R"({"auth":"nonsense","ref":1})").find("TRS30"),
            std::string::npos);
  EXPECT_EQ(ask(client, std::string(R"({"auth":")") + kCustomer + "\"}"),
            R"({"ok":1})");
  EXPECT_EQ(without_id(ask(client, R"({"join":"staff"})")), R"({"ok":1})");
}

TEST_F(LiveChannels, a_token_that_ends_closes_unless_a_new_one_comes) {
  start(kHttp);
  const auto token_for = [](int seconds) {
    return hs256_token(R"({"role":"customer","exp":)" +
                           std::to_string(std::time(nullptr) + seconds) + "}",
                       "reallyreallyreallyreallyverysafe");
  };
  WebSocketClient leaves(nginx().address());
  WebSocketClient stays(nginx().address());
  ASSERT_EQ(leaves.open("/live?apikey=" + token_for(3)), 101);
  ASSERT_EQ(stays.open("/live?apikey=" + token_for(3)), 101);
  EXPECT_EQ(ask(stays, R"({"auth":")" + token_for(3'600) + "\"}"),
            R"({"ok":1})");
  EXPECT_EQ(leaves.read().close_code(), 4401);
  EXPECT_EQ(ask(stays, "7"), R"({"echo": 7})");
  WebSocketClient late(nginx().address());
  EXPECT_EQ(late.open("/live?apikey=" + token_for(-1)), 401);
}

// Nothing is lost and nothing closed: what is too fast waits.
TEST_F(LiveChannels, messages_beyond_the_rate_wait) {
  start(kHttp);
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/paced"), 101);
  const Clock::time_point begun = Clock::now();
  for (int i = 0; i < 12; i++) client.text(std::to_string(i));
  for (int i = 0; i < 12; i++)
    EXPECT_EQ(client.read_text(), "{\"echo\": " + std::to_string(i) + "}");
  // Two seconds had to pass, but for the part of the first that was over.
  EXPECT_GE(elapsed_ms(begun), 1'000);
}

}  // namespace
}  // namespace trestle::testing
