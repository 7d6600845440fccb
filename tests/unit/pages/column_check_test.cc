#include "pages/column_check.h"

#include <gtest/gtest.h>

namespace trestle::pages {
namespace {

using Columns = std::vector<std::string>;

// The mistakes of a page "index" whose SQL answers a product and a list of
// reviews, one line each.
std::string mistakes(std::string_view page,
                     std::vector<SiteFile> more_files = {}) {
  std::vector<SiteFile> files = std::move(more_files);
  files.push_back({.name = "index.html", .text = std::string(page)});
  files.push_back({.name = "index.sql",
                   .text = "-- @get\n-- @one product\nselect 1;\n"
                           "-- @many reviews\nselect 2;\n"
                           "-- @value total\nselect 3;\n"
                           "-- @post\n-- @exec\ndelete from product;"});
  Result<std::unique_ptr<Site>> site = make_site("p", std::move(files));
  EXPECT_TRUE(site.ok()) << site.error().message;
  if (!site.ok()) return "";
  EXPECT_EQ(statements_of(**site).size(), 4u);
  const Description descriptions[] = {
      {.columns = {"id", "name", "cents"}, .error = {}},
      {.columns = {"author", "body", "stars"}, .error = {}},
      {.columns = {"count"}, .error = {}},
      {.columns = {}, .error = {}}};
  std::string lines;
  for (const std::string& line : check_site(**site, "p", descriptions))
    lines += line + "\n";
  return lines;
}

TEST(ColumnCheck, what_is_right_is_passed_over) {
  for (const char* page :
       {"{{ product.name }} {{ product['cents'] }} {{ product.items() }}",
        "{% for r in reviews %}{{ loop.index }} {{ r.body }}{% endfor %}",
        "{{ reviews[0].author }} {{ (reviews | first).stars }}",
        "{{ product.more is defined }} {{ product.more | default('') }}",
        "{{ other.thing }} {{ session.name }} {{ total.x }}",
        "{% for a in other %}{{ a.thing }}{% endfor %}",
        "{% set product = {'x': 1} %}{{ product.x }}",
        "{% if a %}{% set product = {'x': 1} %}{% endif %}{{ product.x }}",
        "{% macro m(product) %}{{ product.x }}{% endmacro %}{{ m({}) }}",
        "{% with product = {'x': 1} %}{{ product.x }}{% endwith %}",
        "{% for product in [{'x': 1}] %}{{ product.x }}{% endfor %}",
        "{% for k, v in product.items() %}{{ k.x }}{% endfor %}",
        "{{ reviews | map(attribute='body') | join }}",
        "{{ reviews | sum('stars') }} {{ reviews | map('upper') }}",
        "{{ (reviews | groupby('stars'))[0].grouper }}"})
    EXPECT_EQ(mistakes(page), "") << page;
}

TEST(ColumnCheck, a_column_that_is_not_there_is_named_with_its_place) {
  struct Case {
    const char* page;
    const char* line;
  };
  const Case cases[] = {
      {"a\nb {{ product.nmae }}",
       "p/index.html:2: \"product\" has no column \"nmae\", perhaps "
       "\"name\"\n"},
      {"{{ product['Name'] }}",
       "p/index.html:1: \"product\" has no column \"Name\", perhaps "
       "\"name\"\n"},
      {"{% for r in reviews %}\n{% if r.strs > 2 %}x{% endif %}{% endfor %}",
       "p/index.html:2: \"r\" has no column \"strs\", perhaps \"stars\"\n"},
      {"{% for r in reviews | sort(attribute='star') %}{% endfor %}",
       "p/index.html:1: \"reviews\" has no column \"star\", perhaps "
       "\"stars\"\n"},
      {"{{ (reviews | first).xyzzy }}",
       "p/index.html:1: the row has no column \"xyzzy\"\n"},
      {"{{ reviews[0].bdy | upper }}",
       "p/index.html:1: the row has no column \"bdy\", perhaps \"body\"\n"},
      {"{% set p = product %}{{ 'a' ~ p.naem }}",
       "p/index.html:1: \"p\" has no column \"naem\", perhaps \"name\"\n"},
      {"{{ reviews | map(attribute='bod') | list }}",
       "p/index.html:1: \"reviews\" has no column \"bod\", perhaps \"body\"\n"},
      {"{{ f(product.nam) if product else '' }}",
       "p/index.html:1: \"product\" has no column \"nam\", perhaps \"name\"\n"},
      {"{% macro m(x) %}{{ product.nam }}{% endmacro %}",
       "p/index.html:1: \"product\" has no column \"nam\", perhaps \"name\"\n"},
      {"{{ product.nam }} {{ product.nam }}",
       "p/index.html:1: \"product\" has no column \"nam\", perhaps \"name\"\n"},
  };
  for (const Case& each : cases)
    EXPECT_EQ(mistakes(each.page), each.line) << each.page;
}

TEST(ColumnCheck, layouts_and_includes_are_looked_at_too) {
  EXPECT_EQ(
      mistakes("{% block main %}{% for r in reviews %}"
               "{% include '_review.html' %}{% endfor %}{% endblock %}",
               {{.name = "_layout.html",
                 .text = "{{ product.titel }}{% block main %}{% endblock %}"},
                {.name = "_review.html", .text = "\n{{ r.auhtor }}"}}),
      "p/_layout.html:1: \"product\" has no column \"titel\"\n"
      "p/_review.html:2: \"r\" has no column \"auhtor\", perhaps \"author\"\n");
}

TEST(ColumnCheck, a_refused_statement_is_told_with_its_line) {
  Result<std::unique_ptr<Site>> site = make_site(
      "p", {{.name = "index.html", .text = "{{ rows[0].x }}"},
            {.name = "index.sql", .text = "\nselect x from nowhere;"}});
  ASSERT_TRUE(site.ok());
  RunError missing;
  missing.sqlstate = "42P01";
  missing.message = "relation \"nowhere\" does not exist";
  Description told{.columns = {}, .error = missing};
  EXPECT_EQ(check_site(**site, "p", {&told, 1}),
            Columns{"p/index.sql:2: relation \"nowhere\" does not exist"});
  told.error->sqlstate = "42501";
  EXPECT_EQ(check_site(**site, "p", {&told, 1}), Columns{});
  told.error->kind = RunError::Kind::unavailable;
  EXPECT_EQ(check_site(**site, "p", {&told, 1}), Columns{});
}

}  // namespace
}  // namespace trestle::pages
