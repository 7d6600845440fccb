// trestle_pages as a visitor's browser sees it: forms, logins, embedded data.
// The scripts beside this file hold what must be so, a fact a line.
#include <gtest/gtest.h>

#include "support/browser.h"
#include "support/server_test.h"

namespace trestle::testing {
namespace {

constexpr const char* kSchema = R"(
create schema api;
grant usage on schema api to web_anon, customer;
create table api.product (
  id int primary key, name text not null, cents int not null);
insert into api.product values (1, 'Kettle', 2500),
  (2, '</script><script>alert(1)</script>', 900);
create table api.review (
  id int generated always as identity, product int not null,
  author text not null, body text not null, stars int not null);
insert into api.review (product, author, body, stars)
  values (1, 'Ann', 'Boils well', 5);
create table api.orders (id int primary key, owner text, item text);
insert into api.orders values (1, 'ann', 'Kettle'), (2, 'ben', 'Trowel');
alter table api.orders enable row level security;
create policy own on api.orders using (
  owner = current_setting('request.jwt.claims', true)::json ->> 'user_name');
grant select on api.product, api.review to web_anon, customer;
grant insert on api.review to web_anon, customer;
grant select on api.orders to customer;
)";

constexpr const char* kServer = R"(
trestle_database shop {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
  session_key_file session.key;
}
server {
  listen @port@;
  location / { trestle_pages shop pages; }
  location /api/ { trestle_rest shop schema=api; }
  location = /graphql { trestle_graphql shop schema=api; }
})";

class PagesInBrowser : public ServerTest {
 protected:
  void SetUp() override {
    sql(kSchema);
    NginxServer& n = nginx();
    n.file("session.key", "0123456789abcdef0123456789abcdef0123456789\n");
    n.file("pages/static/app.css", "body { margin: 3px }");
    n.file("pages/_layout.html",
           "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
           "<title>{% block title %}Shop{% endblock %}</title>"
           "<link rel=\"icon\" href=\"data:,\">"
           "<link rel=\"stylesheet\" href=\"{{ asset('app.css') }}\">"
           "</head><body>{% for message in get_flashed_messages() %}"
           "<p>{{ message }}</p>{% endfor %}"
           "{% block main %}{% endblock %}</body></html>");
    n.file("pages/index.html",
           "<h1>Welcome</h1>{% for p in products %}"
           "<a href=\"{{ url_for('products/[id]', id=p.id) }}\">{{ p.name }}"
           "</a>{% endfor %}");
    n.file("pages/index.sql",
           "-- @many products\n"
           "select id, name, cents from api.product order by id;");
    n.file("pages/products/[id].html", R"(
{% block title %}{{ product.name }}{% endblock %}
{% block main %}
<ul id="reviews">{% for r in reviews %}
<li>{{ r.author }}: {{ r.body }}</li>{% endfor %}</ul>
{% for field, error in form.errors.items() %}
<b>{{ field }}: {{ error }}</b>{% endfor %}
<form method="post">
<label>Your name <input name="author" value="{{ form.values.author }}"></label>
<label>Stars <input name="stars" value="{{ form.values.stars }}"></label>
<label>Review <textarea name="body">{{ form.values.body }}</textarea></label>
<button>Send</button>
</form>
{% endblock %}
)");
    n.file("pages/products/[id].sql", R"(
-- @get
-- @one product
select id, name from api.product where id = :id::int;
-- @many reviews
select author, body from api.review where product = :id::int order by id;
-- @post
-- @field author text required max=40
-- @field stars int required min=1 max=5
-- @field body text required
-- @redirect /products/{id}
-- @flash ok "Thank you"
-- @exec
insert into api.review (product, author, body, stars)
values (:id::int, :author, :body, :stars::int);
)");
    n.file("pages/chart.html", R"(
<ul id="chart"></ul>
{% for p in products %}<i data-row='{{ p | tojson }}'></i>{% endfor %}
<script>
window.products = {{ products | tojson }};
for (const {name, cents} of window.products) {
  const item = document.createElement('li');
  item.textContent = `${name} ${(cents / 100).toFixed(2)}`;
  document.getElementById('chart').append(item);
}
</script>
)");
    n.file("pages/chart.sql",
           "-- @many products\n"
           "select id, name, cents from api.product order by id;");
    n.file("pages/login.html", R"(
<form method="post">
{% if form.errors.form %}<p>{{ form.errors.form }}</p>{% endif %}
<input type="hidden" name="next" value="{{ request.args.next or '/' }}">
<label>Name <input name="name" value="{{ form.values.name }}"></label>
<label>Password <input name="password" type="password"></label>
<button>Log in</button>
</form>
)");
    n.file("pages/login.sql", R"(
-- @post
-- @session
-- @redirect {next}
-- @refuse "Wrong name or password"
-- @one visitor
select 'customer' as role, :name! as user_name
where :name! = 'ann' and :password! = 'secret';
)");
    n.file("pages/logout.sql", "-- @post\n-- @session end\n-- @redirect /\n");
    n.file("pages/account.html",
           "<h1>Orders of {{ session.user_name }}</h1>"
           "{% for o in orders %}<li>{{ o.item }}</li>{% endfor %}"
           "<form method=\"post\" action=\"/logout\">"
           "<button>Log out</button></form>");
    n.file("pages/account.sql",
           "-- @get\n-- @require session.user_name else /login\n"
           "-- @many orders\nselect item from api.orders order by id;");
    start(kServer);
  }

  void expect_facts(const std::string& script) {
    const Finished browser = run_in_browser(
        script, "http://127.0.0.1:" + std::to_string(nginx().port()));
    EXPECT_EQ(browser.exit_code, 0) << browser.output;
  }
};

TEST_F(PagesInBrowser, a_form_is_sent_wrongly_and_rightly) {
  expect_facts("form.mjs");
}

TEST_F(PagesInBrowser, a_script_uses_the_embedded_data) {
  expect_facts("data.mjs");
}

TEST_F(PagesInBrowser, a_login_is_one_visitor_everywhere) {
  expect_facts("login.mjs");
}

}  // namespace
}  // namespace trestle::testing
