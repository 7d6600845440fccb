// Live locations as clients use them: npm's packages and the browser's own
// WebSocket and EventSource.
#include "support/live_test.h"

#include <gtest/gtest.h>

#include "support/browser.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create table note (id int primary key, text text not null);
insert into note values (1, 'a');
grant select, insert, update, delete on note to web_anon;
create table other (id int primary key);
grant select, insert on other to web_anon;
create table hidden (id int primary key);
create function echo(message jsonb, session jsonb) returns jsonb
language sql as $$ select jsonb_build_object('echo', message) $$;
create function may_join(topic text, session jsonb) returns boolean
language sql as $$ select true $$;
)";

constexpr const char* kHttp = R"(
trestle_live_memory 1m;
trestle_database shop {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
  feed;
}
server {
  listen @port@;
  location = / { default_type text/html; return 200 "<title>Live</title>"; }
  location = /live {
    trestle_live shop on_message=echo on_join=may_join;
  }
  location /api/ { trestle_rest shop schema=public; }
  location = /graphql { trestle_graphql shop schema=public; }
  location /site/ { trestle_pages shop pages; }
  location /realtime/v1/ { trestle_live shop realtime; }
  location = /status/ready { trestle_status; }
  location = /status { trestle_status; }
})";

class LiveClients : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    sql(kSchema);
    nginx().file("pages/index.html", R"(
{% live notes %}<ul>
{% for n in notes %}<li id="n{{ n.id }}">{{ n.text }}</li>{% endfor %}
</ul><input id="draft">{% endlive %}
<script src="/site/_trestle/live.js"></script>)");
    nginx().file("pages/index.sql",
                 "-- @many notes\nselect id, text from note order by id;");
    start(kHttp);
    wait_for_feed();
  }

  [[nodiscard]] std::string url() {
    return "http://127.0.0.1:" + std::to_string(nginx().port());
  }
};

TEST_F(LiveClients, of_npm_work_unmodified) {
  const Finished clients = run_client("live_clients.mjs", url());
  EXPECT_EQ(clients.exit_code, 0) << clients.output;
}

TEST_F(LiveClients, of_the_browser_work_in_two_windows) {
  const Finished browser = run_in_browser("live.mjs", url());
  EXPECT_EQ(browser.exit_code, 0) << browser.output;
}

}  // namespace
}  // namespace trestle::testing
