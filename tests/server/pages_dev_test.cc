// What trestle_dev does for pages, and what nobody else sees; and pages in the
// visitor's language.
#include <gtest/gtest.h>

#include <cstring>

#include "support/server_test.h"

namespace trestle::testing {
namespace {

// A compiled gettext catalog of messages that are in order (GNU gettext manual,
// "The Format of GNU MO Files").
std::string mo_file(
    const std::vector<std::pair<std::string, std::string>>& messages) {
  const std::size_t count = messages.size();
  std::string head, texts;
  const auto number = [](std::size_t value) {
    const auto word = static_cast<std::uint32_t>(value);
    std::string bytes(4, '\0');
    std::memcpy(bytes.data(), &word, 4);
    return bytes;
  };
  head = number(0x950412de) + number(0) + number(count) + number(28) +
         number(28 + 8 * count) + number(0) + number(28 + 16 * count);
  for (const bool translated : {false, true})
    for (const auto& [message, translation] : messages) {
      const std::string& text = translated ? translation : message;
      head += number(text.size()) + number(28 + 16 * count + texts.size());
      texts += text + '\0';
    }
  return head + texts;
}

class PagesDev : public ServerTest {
 protected:
  void SetUp() override {
    sql("create table product (id int primary key, name text);"
        "insert into product values (1, 'Kettle');"
        "grant select on product to web_anon;");
    NginxServer& n = nginx();
    n.file("pages/index.html", "<h1>{{ product.name }}</h1>");
    n.file("pages/index.sql",
           "-- @one product\nselect id, name from product where id = :n::int");
    n.file("pages/broken.html",
           "one\ntwo {{ 1 // (rows | length - 1) }}\nthree");
    n.file("pages/broken.sql", "-- @many rows\nselect 1 as a");
    n.file("pages/misspelt.html", "{{ rows }}");
    n.file("pages/misspelt.sql", "-- @many rows\nselect nmae from product");
    n.file("pages/error.html", "sorry: {{ error.status }} {{ error.id }}");
    n.file("pages/hello.html", "{{ _('Good day') }}, {{ request.locale }}");
    for (const char* locale : {"de", "pt_BR"})
      n.file("pages/translations/" + std::string(locale) +
                 "/LC_MESSAGES/messages.mo",
             mo_file({{"", "Content-Type: text/plain; charset=UTF-8\n"},
                      {"Good day", locale == std::string("de") ? "Guten Tag"
                                                               : "Bom dia"}}));
  }

  void start_with(std::string_view dev) {
    start(
        "trestle_database db { primary \"@postgres@\"; pool_size 2; "
        "anonymous_role web_anon; }\n"
        "server { listen @port@; trestle_dev " +
        std::string(dev) +
        "; location / { trestle_pages db pages; }\n"
        "location /behind/ { proxy_set_header X-Forwarded-For 192.0.2.1; "
        "proxy_pass http://@port@/; } }");
  }
};

TEST_F(PagesDev, files_are_read_anew_when_they_change) {
  start_with("on");
  EXPECT_TRUE(nginx().get("/?n=1").body.starts_with("<h1>Kettle</h1>"));
  const std::string before = nginx().get("/_trestle/dev").body;
  nginx().file("pages/index.html", "<h2>{{ product.name }}, new</h2>");
  nginx().file("pages/extra.html", "more");
  EXPECT_TRUE(nginx().get("/?n=1").body.starts_with("<h2>Kettle, new</h2>"));
  EXPECT_TRUE(nginx().get("/extra").body.starts_with("more"));
  EXPECT_NE(nginx().get("/_trestle/dev").body, before);
  EXPECT_NE(nginx().get("/").body.find("/_trestle/dev"), std::string::npos);

  nginx().file("pages/index.html", "a\n{% if x %}");
  const Response wrong = nginx().get("/?n=1");
  EXPECT_EQ(wrong.status, 500);
  EXPECT_NE(wrong.body.find("index.html:2: "), std::string::npos) << wrong.body;
  EXPECT_NE(wrong.body.find("/_trestle/dev"), std::string::npos);
  nginx().file("pages/index.html", "right again");
  EXPECT_TRUE(nginx().get("/?n=1").body.starts_with("right again"));
}

TEST_F(PagesDev, an_error_shows_the_template_or_the_statement) {
  start_with("on");
  const Response broken = nginx().get("/broken");
  EXPECT_EQ(broken.status, 500);
  for (const char* told : {"broken.html:2", "ZeroDivisionError",
                           "two {{ 1 // (rows | length - 1) }}"})
    EXPECT_NE(broken.body.find(told), std::string::npos) << broken.body;

  const Response value = nginx().get("/?n=%3Cb%3E");
  EXPECT_EQ(value.status, 400);
  for (const char* told :
       {"22P02", "invalid input syntax for type integer", "index.sql:2",
        "select id, name from product where id = $1::int", "$1  :n",
        "&lt;b&gt;"})
    EXPECT_NE(value.body.find(told), std::string::npos) << value.body;
  EXPECT_EQ(value.body.find("<b>"), std::string::npos);
}

TEST_F(PagesDev, an_error_shows_what_helps_to_find_it) {
  start_with("on");
  // The variables that the page had, and the way to its plans.
  const Response broken = nginx().get("/broken");
  for (const char* told : {"<h2>Variables</h2>", "<th>rows</th>",
                           "<td>[{&#34;a&#34;:1}]</td>", "<a href=\"?_plan\">"})
    EXPECT_NE(broken.body.find(told), std::string::npos) << broken.body;
  // PostgreSQL's hint.
  const Response misspelt = nginx().get("/misspelt");
  EXPECT_EQ(misspelt.status, 400);
  for (const char* told : {"42703",
                           "Perhaps you meant to reference the column "
                           "&#34;product.name&#34;."})
    EXPECT_NE(misspelt.body.find(told), std::string::npos) << misspelt.body;
}

TEST_F(PagesDev, the_plans_of_a_page_are_shown) {
  start_with("on");
  const Response plans = nginx().get("/?n=1&_plan");
  EXPECT_EQ(plans.status, 200);
  for (const char* told : {"<h1>Plans of /</h1>", "index.sql:2",
                           "select id, name from product where id = $1::int",
                           "Index Scan using product_pkey on product"})
    EXPECT_NE(plans.body.find(told), std::string::npos) << plans.body;
  EXPECT_NE(nginx().get("/hello?_plan").body.find("has no statements"),
            std::string::npos);
}

TEST_F(PagesDev, visitors_are_not_developers) {
  start_with("on");
  EXPECT_EQ(nginx().get("/behind/?n=1&_plan").body, "<h1>Kettle</h1>");
  for (const char* path : {"/behind/broken", "/behind/?n=x"}) {
    const Response page = nginx().get(path);
    EXPECT_NE(page.body.find("sorry: "), std::string::npos) << page.body;
    EXPECT_EQ(page.body.find("select"), std::string::npos);
    EXPECT_EQ(page.body.find("_trestle"), std::string::npos);
    EXPECT_EQ(page.body.find("Variables"), std::string::npos);
  }
  EXPECT_EQ(nginx().get("/behind/_trestle/dev").status, 404);
}

TEST_F(PagesDev, off_is_off) {
  start_with("off");
  nginx().file("pages/index.html", "changed");
  EXPECT_EQ(nginx().get("/?n=1").body, "<h1>Kettle</h1>");
  EXPECT_EQ(nginx().get("/_trestle/dev").status, 404);
  const Response page = nginx().get("/?n=x");
  EXPECT_EQ(page.body.find("select"), std::string::npos);
  EXPECT_TRUE(page.body.starts_with("sorry: 400 ")) << page.body;
}

TEST_F(PagesDev, a_page_is_in_the_visitors_language) {
  start_with("off");
  struct Case {
    Headers headers;
    const char* body;
  };
  const Case cases[] = {
      {{}, "Good day, "},
      {{{"Accept-Language", "de"}}, "Guten Tag, de"},
      {{{"Accept-Language", "de-AT,en;q=0.5"}}, "Guten Tag, de"},
      {{{"Accept-Language", "fr, de;q=0.3, pt;q=0.7"}}, "Bom dia, pt_BR"},
      {{{"Accept-Language", "pt-br"}}, "Bom dia, pt_BR"},
      {{{"Accept-Language", "de;q=0"}}, "Good day, "},
      {{{"Accept-Language", ";;,=,q=q"}}, "Good day, "},
      {{{"Accept-Language", "de"}, {"Cookie", "locale=pt-BR"}},
       "Bom dia, pt_BR"},
      {{{"Accept-Language", "de"}, {"Cookie", "locale=../.."}},
       "Guten Tag, de"},
  };
  for (const Case& each : cases)
    EXPECT_EQ(nginx().get("/hello", each.headers).body, each.body);
  const Response german = nginx().get("/hello", {{"Accept-Language", "de"}});
  EXPECT_EQ(german.header("Content-Language"), "de");
  EXPECT_NE(german.header("Vary").find("Accept-Language"), std::string::npos);
  EXPECT_EQ(nginx().get("/translations/de/LC_MESSAGES/messages.mo").status,
            404);
}

}  // namespace
}  // namespace trestle::testing
