// The schema changes under what is followed and under GraphQL's WebSockets, and
// nobody tells the server: no client is told an error, and every answer has its
// values under their own names.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <thread>

#include "support/live_test.h"
#include "support/schema_changes.h"

namespace trestle::testing {
namespace {

constexpr Milliseconds kPace{50};   // from one change to the next, at least
constexpr Milliseconds kGlance{3};  // at what has come

constexpr const char* kServer = R"(
trestle_live_memory 1m;
trestle_database db {
  primary "@postgres@";
  pool_size 4;
  anonymous_role web_anon;
  feed;
}
server {
  listen @port@;
  location /api/ { trestle_rest db schema=api; }
  location = /graphql { trestle_graphql db schema=api; }
  location = /star { trestle_query db star.sql; }
  location = /live { trestle_live db; }
  location = /status { trestle_status; }
  location / { trestle_pages db pages; }
})";

// Beside its status, a column `day` of a table changes. What is compared with
// it, or written into it, fails by a plan for its type before.
std::vector<std::string> changes_of(const std::string& table) {
  const auto alter = [&](const std::string& change) {
    return "alter table " + table + " " + change;
  };
  const std::string days[] = {"date", "text", "timestamp", "date", "text"};
  const std::vector<std::string> of_status = status_changes(table);
  std::vector<std::string> changes;
  for (std::size_t i = 0; i < of_status.size(); i++) {
    const std::string& day = days[i / 2];
    if (i % 2 == 0)
      changes.push_back(
          alter("alter day type " + day + " using day::date::" + day));
    changes.push_back(of_status[i]);
    changes.push_back(
        alter(i % 2 == 0 ? "add extra int default 7" : "drop extra"));
  }
  changes.push_back(alter("alter price type bigint"));
  changes.push_back(alter("alter price type text"));
  changes.push_back(alter("alter price type int using price::int"));
  return changes;
}

// What was told that should not have been, and how often.
class Wrong {
 public:
  void note(const std::string& text) { wrong_[text]++; }
  [[nodiscard]] std::string text() const {
    std::string text;
    for (const auto& [what, times] : wrong_)
      text += std::to_string(times) + " x " + what + "\n";
    return text;
  }

 private:
  std::map<std::string, int> wrong_;
};

std::string without_spaces(std::string text) {
  std::erase(text, ' ');
  return text;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

std::string subscribe(const std::string& id, const std::string& query) {
  return R"({"id":")" + id + R"(","type":"subscribe","payload":{"query":")" +
         query + R"("}})";
}

void open_graphql(WebSocketClient& client) {
  ASSERT_EQ(client.open("/graphql",
                        {{"Sec-WebSocket-Protocol", "graphql-transport-ws"}}),
            101);
  client.text(R"({"type":"connection_init"})");
  ASSERT_EQ(client.read_text(), R"({"type":"connection_ack"})");
}

class SchemaChangeLive : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    sql(kItemSchema);
    sql("alter table api.item add day text;"
        "alter table api.memo add day text, add price int;"
        "update api.item set day = '2026-01-02';"
        "grant all on all tables in schema api to web_anon");
    nginx().file("star.sql",
                 "-- @one\nselect * from api.item where id = :id::int;");
    nginx().file("pages/page.sql",
                 "-- @get\n-- @one item\n"
                 "select * from api.item where id = :id::int;");
    nginx().file("pages/page.html",
                 "{% live item %}{{ item.name }} {{ item.day }} "
                 "{{ item.price }}{% endlive %}");
    start(kServer);
    wait_for_feed();
  }
};

// --- operations --------------------------------------------------------------

// One operation and its answer, each of which is told in two messages.
struct Way {
  std::function<std::string(const std::string& id)> query;
  std::string name;  // of what is answered, in front of its id
};

std::string item_query(const std::string& field) {
  return "{" + field + "{id name price status day}}";
}

std::vector<Way> operations() {
  const auto reads = [](std::string before, std::string behind) {
    return
        [=](const std::string& id) { return item_query(before + id + behind); };
  };
  return {
      {reads("item(where:{id:{_eq:", R"(},day:{_eq:\"2026-01-02\"}}))"),
       "name-"},
      {reads("item_by_pk(id:", ")"), "name-"},
      {reads("named(args:{id:", "})"), "name-"},
      {[](const std::string& id) {
         return "mutation{insert_memo_one(object:{id:" + id +
                R"(,name:\"memo-)" + id +
                R"(\",day:\"2026-01-02\"}){id name status day}})";
       },
       "memo-"},
      {[](const std::string& id) {
         return "mutation{update_item(where:{id:{_eq:" + id +
                R"(}},_set:{day:\"2026-01-02\"}))" +
                "{returning{id name status day}}}";
       },
       "name-"},
  };
}

// Sockets that have one operation under way each. Which one it is moves on with
// each round.
class Operations {
 public:
  explicit Operations(const Address& address) : ways_(operations()) {
    for (std::size_t i = 0; i < ways_.size(); i++)
      open_graphql(sockets_.emplace_back(address));
  }

  // Lets each of them be answered.
  void ask_all() {
    for (std::size_t i = 0; i < sockets_.size(); i++)
      sockets_[i].text(subscribe("1", way_of(i).query(id_of(i))));
    for (std::size_t i = 0; i < sockets_.size(); i++) read(i);
    rounds_++;
  }
  [[nodiscard]] int rounds() const { return rounds_; }
  [[nodiscard]] const Wrong& wrong() const { return wrong_; }
  [[nodiscard]] int memos() const { return memos_; }

 private:
  [[nodiscard]] const Way& way_of(std::size_t socket) const {
    return ways_[(socket + static_cast<std::size_t>(rounds_)) % ways_.size()];
  }
  // Of an item, or of a memo that is new.
  [[nodiscard]] std::string id_of(std::size_t socket) const {
    const int number =
        rounds_ * static_cast<int>(ways_.size()) + static_cast<int>(socket);
    return std::to_string(way_of(socket).name == "memo-" ? number + 1
                                                         : number % kItems + 1);
  }

  void read(std::size_t socket) {
    const Way& way = way_of(socket);
    const std::string text = without_spaces(sockets_[socket].read_text());
    const std::string name = R"("name":")" + way.name + id_of(socket) + '"';
    if (!contains(text, name) || !has_status(text) ||
        !contains(text, R"("day":"2026-01-02)") || contains(text, "errors"))
      wrong_.note(text);
    if (!contains(text, R"("type":"next")")) return;
    if (way.name == "memo-") memos_++;
    const std::string end = sockets_[socket].read_text();
    if (end != R"({"id":"1","type":"complete"})") wrong_.note(end);
  }

  std::vector<Way> ways_;
  std::deque<WebSocketClient> sockets_;
  std::atomic<int> rounds_{0};
  Wrong wrong_;
  int memos_ = 0;
};

// Every operation is answered what it has asked for, and a write done once.
TEST_F(SchemaChangeLive, is_noticed_by_nobody_on_a_graphql_socket) {
  Operations operations(nginx().address());
  std::atomic<bool> over{false};
  std::thread changer([&] {
    for (int i = 0; i < soak(1, 30); i++) {
      for (const char* table : {"api.item", "api.memo"})
        for (const std::string& change : changes_of(table)) {
          const Clock::time_point begun = Clock::now();
          const int before = operations.rounds();
          sql(change);
          // A slow machine makes them further apart.
          EXPECT_TRUE(wait_until([&] {
            return operations.rounds() > before && Clock::now() - begun > kPace;
          }));
        }
    }
    over = true;
  });
  while (!over) operations.ask_all();
  changer.join();
  EXPECT_EQ(operations.wrong().text(), "");
  EXPECT_EQ(sql("select count(*) from api.memo"),
            std::to_string(operations.memos()));
  RecordProperty("rounds", operations.rounds());
}

// --- what is followed --------------------------------------------------------

// Follows item 1 in every way, and reads what it is told.
class Followers {
 public:
  explicit Followers(const Address& address) : graphql_(address) {
    const std::string item =
        R"(item(where:{id:{_eq:1},day:{_eq:\"2026-01-02\"}}))";
    open_graphql(graphql_);
    graphql_.text(subscribe("0", "subscription" + item_query(item)));
    graphql_.text(
        subscribe("1", "subscription" + item_query("named(args:{id:1})")));
    for (const char* url : {"/api/item?id=eq.1&day=eq.2026-01-02",
                            "/api/rpc/named?id=1", "/star?id=1", "/page?id=1"})
      follow(address, std::string(R"({"live":")") + url + "\"}");
    follow(address, R"x({"live":"/graphql?query=subscription%7Bitem_by_pk)x"
                    R"x((id:1)%7Bname%20status%20day%7D%7D"})x");
  }

  // Takes what has come.
  void read() {
    read_from(graphql_);
    for (WebSocketClient& socket : sockets_) read_from(socket);
  }
  // Until all have been told of that name.
  [[nodiscard]] bool are_told(const std::string& name) {
    return wait_until([&] {
      read();
      return last_.size() == sockets_.size() + 2 &&
             std::ranges::all_of(last_, [&](const auto& each) {
               return contains(each.second, name);
             });
    });
  }
  [[nodiscard]] const Wrong& wrong() const { return wrong_; }
  [[nodiscard]] std::string last() const {
    std::string text;
    for (const auto& [who, what] : last_) text += what + "\n";
    return text;
  }

 private:
  void follow(const Address& address, const std::string& command) {
    WebSocketClient& socket = sockets_.emplace_back(address);
    ASSERT_EQ(socket.open("/live"), 101);
    socket.text(command);
  }

  void read_from(WebSocketClient& socket) {
    for (Frame frame = socket.read(kGlance); frame.opcode != -1;
         frame = socket.read(kGlance)) {
      const std::string text = without_spaces(frame.payload);
      const bool is_second = contains(text, R"({"id":"1")");
      last_[{&socket, is_second}] = text;
      const bool is_right = frame.is_text() && contains(text, "name-") &&
                            contains(text, "2026-01-02") &&
                            (contains(text, "/page") || has_status(text));
      if (!is_right || contains(text, "\"error")) wrong_.note(text);
    }
  }

  WebSocketClient graphql_;
  std::deque<WebSocketClient> sockets_;
  std::map<std::pair<const void*, bool>, std::string> last_;
  Wrong wrong_;
};

TEST_F(SchemaChangeLive, is_noticed_by_nobody_who_follows) {
  Followers followers(nginx().address());
  ASSERT_TRUE(followers.are_told("name-1")) << followers.last();
  int number = 0;
  for (int i = 0; i < soak(2, 60); i++)
    for (const std::string& change : changes_of("api.item")) {
      const Clock::time_point begun = Clock::now();
      const std::string name = "name-" + std::to_string(++number) + "-";
      sql(change + "; update api.item set name = '" + name + "' where id = 1");
      do followers.read();
      while (Clock::now() - begun < kPace);
      // So that a slow machine is not left behind.
      if (number % 10 != 0) continue;
      ASSERT_TRUE(followers.are_told(name))
          << followers.wrong().text() << followers.last();
    }
  sql("update api.item set name = 'name-last' where id = 1");
  EXPECT_TRUE(followers.are_told("name-last")) << followers.last();
  EXPECT_EQ(followers.wrong().text(), "");
}

}  // namespace
}  // namespace trestle::testing
