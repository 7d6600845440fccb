// Live queries: an answer that changes is told to all who follow it, over a
// WebSocket as a GraphQL subscription and as server-sent events of any
// location, under each one's own rights.
#include <gtest/gtest.h>

#include <csignal>

#include "support/event_stream.h"
#include "support/live_test.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create table note (id int primary key, owner text not null, text text);
insert into note values (1, 'ann', 'a'), (2, 'bob', 'b');
alter table note enable row level security;
create policy own on note using
  (owner = current_setting('request.jwt.claims', true)::json ->> 'name');
grant select on note to customer;
create table product (id int primary key, name text not null);
insert into product values (1, 'Kettle');
create view shelf as select id, name from product;
grant select on product, shelf to customer, web_anon;
)";

constexpr const char* kHttp = R"(
trestle_live_memory 1m;
trestle_database shop {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
  jwt_secret reallyreallyreallyreallyverysafe;
  feed;
}
server {
  listen @port@;
  location = /graphql { trestle_graphql shop schema=public; }
  location /api/ { trestle_rest shop schema=public; }
  location = /names { trestle_query shop names.sql; }
  location = /live { trestle_live shop; }
  location = /closed { deny all; trestle_query shop names.sql; }
  location = /plain { return 200 "x"; }
  location = /status { trestle_status; }
})";

class LiveQuery : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    sql(kSchema);
    nginx().file("names.sql", "select name from product order by id");
  }
  void start_feed() {
    start(kHttp);
    wait_for_feed();
  }

  // A subscription's socket, for the visitor of that name.
  static void subscribe(WebSocketClient& client, const std::string& name,
                        const std::string& query) {
    ASSERT_EQ(client.open("/graphql",
                          {{"Sec-WebSocket-Protocol", "graphql-transport-ws"}}),
              101);
    client.text(R"({"type":"connection_init","payload":{"Authorization":)"
                R"("Bearer )" +
                token(R"({"role":"customer","name":")" + name + R"("})") +
                R"("}})");
    ASSERT_EQ(client.read_text(), R"({"type":"connection_ack"})");
    client.text(R"({"id":"1","type":"subscribe","payload":{"query":")" + query +
                R"("}})");
  }
  static std::string next(const std::string& data) {
    return R"({"id":"1","type":"next","payload":{"data":)" + data + "}}";
  }
};

TEST_F(LiveQuery, a_subscription_is_told_when_its_answer_has_changed) {
  start_feed();
  WebSocketClient ann(nginx().address());
  WebSocketClient bob(nginx().address());
  const std::string query = "subscription{note(order_by:{id:asc}){id text}}";
  subscribe(ann, "ann", query);
  subscribe(bob, "bob", query);
  EXPECT_EQ(ann.read_text(), next(R"({"note":[{"id":1,"text":"a"}]})"));
  EXPECT_EQ(bob.read_text(), next(R"({"note":[{"id":2,"text":"b"}]})"));
  sql("update note set text = 'c' where id = 1");
  EXPECT_EQ(ann.read_text(), next(R"({"note":[{"id":1,"text":"c"}]})"));
  // Bob's is the same as it was, so the next that he hears of is his own.
  sql("update note set text = 'd' where id = 2");
  EXPECT_EQ(bob.read_text(), next(R"({"note":[{"id":2,"text":"d"}]})"));
  sql("update note set owner = 'bob' where id = 1");
  EXPECT_EQ(ann.read_text(), next(R"({"note":[]})"));
  EXPECT_NE(bob.read_text().find(R"({"id":1,"text":"c"})"), std::string::npos);
}

TEST_F(LiveQuery, a_stream_sends_each_row_once) {
  start_feed();
  WebSocketClient client(nginx().address());
  subscribe(client, "ann",
            "subscription{product_stream(batch_size:2,"
            "cursor:{initial_value:{id:0}}){name}}");
  EXPECT_EQ(client.read_text(),
            next(R"({"product_stream":[{"name":"Kettle"}]})"));
  sql("insert into product select i, 'P' || i from generate_series(2, 4) i");
  EXPECT_NE(client.read_text().find(R"({"name":"P3"})"), std::string::npos);
  EXPECT_EQ(client.read_text(), next(R"({"product_stream":[{"name":"P4"}]})"));
}

TEST_F(LiveQuery, who_may_not_read_any_more_is_told_so) {
  start_feed();
  WebSocketClient client(nginx().address());
  subscribe(client, "ann", "subscription{product{id}}");
  EXPECT_EQ(client.read_text(), next(R"({"product":[{"id":1}]})"));
  sql("revoke select on product from customer;"
      "insert into product values (9, 'Lid')");
  EXPECT_NE(client.read_text().find("permission denied"), std::string::npos);
}

TEST_F(LiveQuery, a_url_is_followed_as_a_stream_of_events) {
  start_feed();
  for (const char* target : {"/api/shelf?select=name&order=id", "/names"}) {
    sql("delete from product where id > 1");
    EventStream stream(nginx().address());
    ASSERT_TRUE(stream.open(target));
    const std::string first = R"(data: [{"name":"Kettle"}])";
    EXPECT_NE(stream.read_until(first).find("text/event-stream"),
              std::string::npos);
    sql("insert into product values (2, 'Pot')");
    EXPECT_EQ(stream.read_until(R"({"name":"Pot"}])").find("(without"),
              std::string::npos);
  }
  const Response refused =
      nginx().get("/api/nobody", {{"Accept", "text/event-stream"}});
  EXPECT_EQ(refused.status, 404);
}

TEST_F(LiveQuery, graphql_over_events_has_next_and_complete) {
  start_feed();
  const Response answer = nginx().get("/graphql?query=%7Bproduct%7Bname%7D%7D",
                                      {{"Accept", "text/event-stream"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find("event: next\n"
                             R"(data: {"data":{"product":[{"name":"Kettle"}]}})"
                             "\n\nevent: complete\ndata: \n\n"),
            std::string::npos)
      << answer.body;
}

TEST_F(LiveQuery, answers_are_followed_over_a_live_location) {
  start_feed();
  WebSocketClient client(nginx().address());
  const std::string ann = token(R"({"role":"customer","name":"ann"})");
  const std::string bob = token(R"({"role":"customer","name":"bob"})");
  ASSERT_EQ(client.open("/live?apikey=" + ann), 101);
  client.text(R"({"live":"/api/note?select=text","ref":1})");
  EXPECT_EQ(
      client.read_text(),
      R"({"live":"/api/note?select=text","data":[{"text":"a"}],"ref":1})");
  sql("update note set text = 'c' where id = 1");
  EXPECT_EQ(
      client.read_text(),
      R"({"live":"/api/note?select=text","data":[{"text":"c"}],"ref":1})");
  client.text(R"({"live":"/names"})");
  EXPECT_EQ(client.read_text(),
            R"({"live":"/names","data":[{"name":"Kettle"}]})");
  client.text(R"x({"live":"/graphql?query=subscription%7Bproduct_by_pk(id:1))x"
              R"x(%7Bname%7D%7D","ref":2})x");
  EXPECT_NE(
      client.read_text().find(
          R"("data":{"data":{"product_by_pk":{"name":"Kettle"}}},"ref":2})"),
      std::string::npos);
  // Somebody else: what only its own visitor sees comes anew.
  client.text(R"({"unlive":"/names","ref":3})");
  EXPECT_EQ(client.read_text(), R"({"ok":1,"ref":3})");
  client.text(R"({"auth":")" + bob + "\"}");
  std::set<std::string> told;
  for (int i = 0; i < 3; i++) told.insert(client.read_text());
  EXPECT_TRUE(told.contains(
      R"({"live":"/api/note?select=text","data":[{"text":"b"}],"ref":1})"));
  // What cannot be followed says so, and the location's own rules hold.
  const std::pair<const char*, const char*> kRefused[] = {
      {"/api/nobody", "PGRST205"}, {"/closed", "TRS403"},
      {"/plain", "TRS637"},        {"/nowhere", "TRS637"},
      {"names", "TRS636"},         {"http://other/", "TRS636"},
      {"/a b", "TRS636"}};
  for (const auto& [url, code] : kRefused) {
    client.text(std::string("{\"live\":\"") + url + "\",\"ref\":9}");
    const std::string answer = client.read_text();
    EXPECT_NE(answer.find(code), std::string::npos) << url << answer;
    EXPECT_NE(answer.find("\"ref\":9}"), std::string::npos) << answer;
  }
  client.text(R"({"unlive":"/nowhere"})");
  EXPECT_NE(client.read_text().find("TRS634"), std::string::npos);
}

TEST_F(LiveQuery, pages_are_followed_as_well_and_over_tls) {
  nginx().file("pages/shelf.html",
               "<h1>Shelf</h1>{% live names %}{% for p in products %}"
               "<li>{{ p.name }}</li>{% endfor %}{% endlive %}");
  nginx().file("pages/shelf.sql",
               "-- @get\n-- @many products\n"
               "select name from product order by id;");
  ASSERT_EQ(run_program({"openssl", "req", "-x509", "-newkey", "rsa:2048",
                         "-nodes", "-days", "2", "-subj", "/CN=localhost",
                         "-keyout", nginx().folder().path("tls.key"), "-out",
                         nginx().folder().path("tls.crt")})
                .exit_code,
            0);
  std::string http(kHttp);
  start(http.replace(http.find("listen @port@;"), 14, R"(listen @port@;
  listen @port2@ ssl http2;
  ssl_certificate tls.crt;
  ssl_certificate_key tls.key;
  location /pages/ { trestle_pages shop pages; }
  location = /outside {
    # nginx never frees a session that it keeps for its upstream.
    proxy_ssl_session_reuse off;
    proxy_pass https://@port2@/live;
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection upgrade;
  })"));
  wait_for_feed();
  for (const char* way : {"/live", "/outside"}) {
    sql("update product set name = 'Kettle'");
    WebSocketClient client(nginx().address());
    ASSERT_EQ(client.open(way), 101);
    client.text(R"({"live":"/pages/shelf","ref":1})");
    EXPECT_EQ(client.read_text(),
              R"({"live":"/pages/shelf","data":{"names":"<li>Kettle</li>"},)"
              R"("ref":1})");
    client.text(R"({"live":"/names"})");
    EXPECT_EQ(client.read_text(),
              R"({"live":"/names","data":[{"name":"Kettle"}]})");
    sql("update product set name = 'Pot'");
    std::set<std::string> told = {client.read_text(), client.read_text()};
    EXPECT_TRUE(told.contains(
        R"({"live":"/pages/shelf","data":{"names":"<li>Pot</li>"},"ref":1})"));
    EXPECT_TRUE(told.contains(R"({"live":"/names","data":[{"name":"Pot"}]})"));
  }
}

TEST_F(LiveQuery, followed_answers_end_with_their_client_and_a_reload) {
  start_feed();
  for (int i = 0; i < 20; i++) {
    WebSocketClient client(nginx().address());
    ASSERT_EQ(client.open("/live"), 101);
    client.text(R"({"live":"/names"})");
    EXPECT_NE(client.read_text().find("Kettle"), std::string::npos);
    if (i % 2 == 0) client.reset();
  }
  EXPECT_TRUE(wait_until([&] {
    return nginx().get("/status").body.find("\"event_streams\":0") !=
           std::string::npos;
  })) << nginx().get("/status").body;
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/live"), 101);
  client.text(R"({"live":"/names"})");
  EXPECT_NE(client.read_text().find("Kettle"), std::string::npos);
  const pid_t before = nginx().workers().at(0);
  nginx().reload();
  EXPECT_EQ(client.read(kDeadline).close_code(), 1012);
  EXPECT_TRUE(client.close(1012));
  EXPECT_TRUE(wait_until([&] { return kill(before, 0) != 0; }));
}

// Without logical decoding: answers are asked for again and again, rows cannot
// be followed.
TEST_F(LiveQuery, a_database_that_is_polled_has_live_answers_and_no_rows) {
  cluster().query("alter role web noreplication");
  std::string http(kHttp);
  start(http.replace(http.find("feed;"), 5, "feed poll=100ms;"));
  EventStream stream(nginx().address());
  ASSERT_TRUE(stream.open("/names"));
  EXPECT_NE(stream.read_until(R"(data: [{"name":"Kettle"}])").find("200"),
            std::string::npos);
  sql("insert into product values (2, 'Pot')");
  EXPECT_EQ(stream.read_until(R"({"name":"Pot"}])").find("(without"),
            std::string::npos);
  WebSocketClient client(nginx().address());
  ASSERT_EQ(client.open("/live"), 101);
  client.text(R"({"sub":"product","ref":1})");
  EXPECT_NE(client.read_text().find("TRS642"), std::string::npos);
  cluster().query("alter role web replication");
}

}  // namespace
}  // namespace trestle::testing
