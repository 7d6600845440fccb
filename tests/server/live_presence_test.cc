// Who is present in a channel: told to those who ask, over all workers, in both
// dialects, and whatever ends a client.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "support/live_test.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create schema api;
grant usage on schema api to web_anon;
create function api.may_join(topic text, session jsonb) returns boolean
language sql as $$ select topic like 'room:%' $$;
)";

constexpr const char* kHttp = R"(
trestle_live_memory 1m;
trestle_database shop {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
}
server {
  listen @port@ reuseport;
  location = /live { trestle_live shop on_join=api.may_join; }
  location = /open { trestle_live shop; }
  location /realtime/v1/ { trestle_live shop realtime; }
  location = /status { trestle_status; }
})";

// One client of the plain dialect in room:1.
class Guest {
 public:
  Guest(const Address& address, const std::string& name) : client_(address) {
    EXPECT_EQ(client_.open("/live"), 101);
    client_.text(R"({"join":"room:1","presence":true})");
    EXPECT_NE(client_.read_text().find("\"ok\":1"), std::string::npos);
    EXPECT_NE(client_.read_text().find("\"here\":"), std::string::npos);
    if (!name.empty())
      client_.text(R"({"track":"room:1","data":{"name":")" + name + "\"}}");
  }

  // Reads until somebody of that name has come, or left; all that came.
  std::string wait_for(const std::string& what, const std::string& name) {
    const std::string wanted = R"({"ch":"room:1",")" + what + R"(":{")";
    while (true) {
      std::string text = client_.read_text();
      if (!text.starts_with("{")) return "(without it) " + text;
      if (text.starts_with(wanted) &&
          text.find("{\"name\":\"" + name + "\"}") != std::string::npos)
        return text;
    }
  }
  WebSocketClient& client() { return client_; }

 private:
  WebSocketClient client_;
};

class LivePresence : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    sql(kSchema);
    configure({.workers = 2});
    start(kHttp);
  }
  static bool found(const std::string& text) { return text.starts_with('{'); }
};

TEST_F(LivePresence, guests_of_all_workers_see_each_other_come_and_go) {
  std::vector<std::unique_ptr<Guest>> guests;
  for (int i = 0; i < 6; i++)
    guests.push_back(
        std::make_unique<Guest>(nginx().address(), "g" + std::to_string(i)));
  for (auto& guest : guests) EXPECT_TRUE(found(guest->wait_for("came", "g5")));
  // Who comes later is told who is here, at once or a moment after.
  Guest late(nginx().address(), "late");
  EXPECT_TRUE(found(late.wait_for("came", "late")));
  guests[0]->client().text(R"({"track":"room:1","data":{"name":"other"}})");
  EXPECT_TRUE(found(guests[1]->wait_for("came", "other")));
  guests[0]->client().text(R"({"untrack":"room:1","ref":1})");
  EXPECT_TRUE(found(guests[1]->wait_for("left", "other")));
  guests[2]->client().text(R"({"leave":"room:1"})");
  EXPECT_TRUE(found(guests[1]->wait_for("left", "g2")));
  guests[3]->client().reset();
  EXPECT_TRUE(found(guests[1]->wait_for("left", "g3")));
}

TEST_F(LivePresence, a_killed_worker_takes_its_guests_with_it) {
  nginx().allow("exited on signal 9");
  constexpr int kGuests = 16;
  std::vector<std::unique_ptr<Guest>> guests;
  for (int i = 0; i < kGuests; i++)
    guests.push_back(
        std::make_unique<Guest>(nginx().address(), "g" + std::to_string(i)));
  for (auto& guest : guests) EXPECT_TRUE(found(guest->wait_for("came", "g15")));
  kill(nginx().workers().at(0), SIGKILL);
  // Those who are left hear of each one who is not.
  std::vector<Guest*> left;
  std::vector<std::string> heard;
  std::set<std::string> gone;
  for (int i = 0; i < kGuests; i++) {
    Guest& guest = *guests[static_cast<std::size_t>(i)];
    heard.push_back(guest.client().read_text());
    if (heard.back() == "(nothing)") {
      gone.insert("g" + std::to_string(i));
      heard.pop_back();
    } else {
      left.push_back(&guest);
    }
  }
  for (std::size_t i = 0; i < left.size(); i++) {
    std::set<std::string> names = gone;
    for (std::string text = heard[i]; true;
         text = left[i]->client().read_text()) {
      ASSERT_TRUE(text.find("\"left\":") != std::string::npos) << text;
      std::erase_if(names, [&](const std::string& name) {
        return text.find("\"" + name + "\"") != std::string::npos;
      });
      if (names.empty()) break;
    }
  }
}

TEST_F(LivePresence, both_dialects_see_each_other) {
  Guest guest(nginx().address(), "plain");
  EXPECT_TRUE(found(guest.wait_for("came", "plain")));
  WebSocketClient realtime(nginx().address());
  ASSERT_EQ(realtime.open("/realtime/v1/websocket?vsn=2.0.0"), 101);
  realtime.text(R"(["1","1","realtime:room:1","phx_join",)"
                R"({"config":{"presence":{"key":"ann","enabled":true}}}])");
  std::string seen;
  while (seen.find("\"name\":\"plain\"") == std::string::npos) {
    const std::string text = realtime.read_text();
    ASSERT_TRUE(text.starts_with("[")) << text;
    seen += text;
  }
  realtime.text(R"(["1","2","realtime:room:1","presence",{"type":"presence",)"
                R"("event":"track","payload":{"name":"ann"}}])");
  EXPECT_TRUE(found(guest.wait_for("came", "ann")));
  realtime.reset();
  EXPECT_TRUE(found(guest.wait_for("left", "ann")));
}

TEST_F(LivePresence, saying_who_one_is_takes_the_right_to_publish) {
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/open"), 101);
  client.text(R"({"join":"room:1","presence":true})");
  EXPECT_EQ(without_id(client.read_text()), R"({"ok":1})");
  EXPECT_EQ(client.read_text(), R"({"ch":"room:1","here":{}})");
  client.text(R"({"track":"room:1","data":{},"ref":1})");
  EXPECT_NE(client.read_text().find("TRS616"), std::string::npos);
  client.text(R"({"untrack":"room:1","ref":1})");
  EXPECT_NE(client.read_text().find("TRS617"), std::string::npos);
}

}  // namespace
}  // namespace trestle::testing
