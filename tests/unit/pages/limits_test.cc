#include <gtest/gtest.h>

#include "unit/pages/support.h"

namespace trestle::pages {
namespace {

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (; times > 0; times--) out += text;
  return out;
}

// Each ends in an error that names its line; none crashes or hangs.
TEST(Limits, EndInAnErrorWithALine) {
  struct Case {
    std::string text;
    std::string message;
    std::uint32_t line;
  };
  const Case cases[] = {
      {"\n{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}"
       "{% endfor %}",
       "too many steps", 2},
      {"\n\n{{ range(100001) }}", "Range too big", 3},
      {"\n{{ 'x' * 100000000 }}", "too large", 2},
      {"\n{{ [0] * 1000000000 }}", "too large", 2},
      {"\n{{ 'x'.ljust(100000000) }}", "too large", 2},
      {"\n{{ '%99999999d' % 1 }}{{ '{:99999999}'.format(1) }}", "too large", 2},
      {"\n{{ 10 ** 1000000 }}", "too large", 2},
      {"{% macro m() %}\n{{ m() }}{% endmacro %}\n{{ m() }}", "too deeply", 2},
      {"\n{% include 'main.html' %}", "too deeply", 2},
      {"{% extends 'main.html' %}", "too deeply", 1},
      {"{% for x in [1] recursive %}\n{{ loop([1]) }}{% endfor %}",
       "too deeply", 2},
      {"{% block b %}\n{{ self.b() }}{% endblock %}", "too deeply", 2},
      {"{% set l = [] %}{% do l.append(l) %}\n{{ l }}", "too deeply", 2},
      {"{% set l = [] %}{% do l.append(l) %}\n{{ l | tojson }}", "too deeply",
       2},
      {"{% set l = ['x'] %}\n{% for i in range(99999) %}{% do l.extend(l) %}"
       "{% endfor %}",
       "too m", 2},
      {"{% set ns = namespace(s='x') %}\n{% for i in range(99999) %}"
       "{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
       "too", 2},
      {repeated("{% if 1 %}", 5000), "too deeply", 1},
      {"\n{{ " + repeated("(", 100000) + "1", "too deeply", 2},
      {"\n{{ " + repeated("[", 100000), "too deeply", 2},
      {"\n{{ " + repeated("-", 100000) + "1 }}", "too deeply", 2},
      {"\n{{ " + repeated("not ", 100000) + "1 }}", "too deeply", 2},
      {"\n{{ 1" + repeated(" + 1", 100000) + " }}", "too deeply", 2},
      {"\n{{ a" + repeated(".a", 100000) + " }}", "too deeply", 2},
      {"\n{{ a" + repeated(" | upper", 100000) + " }}", "too deeply", 2},
      {"\n{{ 1" + repeated(" if 1 else 1", 100000) + " }}", "too deeply", 2},
  };
  for (const Case& c : cases) {
    Rendered got = render_text(c.text);
    EXPECT_FALSE(got.ok) << c.text.substr(0, 80);
    EXPECT_NE(got.error.message.find(c.message), std::string::npos)
        << c.text.substr(0, 80) << "\n"
        << got.error.summary();
    EXPECT_EQ(got.error.line, c.line) << c.text.substr(0, 80);
  }
}

TEST(Limits, OutputIsBounded) {
  RenderOptions options;
  options.limits.output_bytes = 100'000;
  Rendered got =
      render_text("\n{% for i in range(9999) %}0123456789012345{% endfor %}",
                  "{}", options);
  ASSERT_FALSE(got.ok);
  EXPECT_EQ(got.error.message, "LimitError: the page is too large");
  EXPECT_EQ(got.error.line, 2u);
}

TEST(Errors, ShowTheLineAndAMarker) {
  Rendered got = render_text("a\n  {{ nums + 1 }}\n", R"({"nums": [1]})");
  EXPECT_EQ(got.error.report(),
            "main.html:2: runtime error: TypeError: can only concatenate list "
            "(not \"int\") to list\n"
            "  2 |   {{ nums + 1 }}\n"
            "    |      ^");
}

TEST(Errors, AreFoundWhenTheSetIsChecked) {
  TemplateSet set;
  set.add("a.html", "\n{% include 'gone.html' %}");
  set.add("b.html", "{% if %}");
  set.add("c.html", "{% include 'gone.html' ignore missing %}");
  set.add("d.html", "{% extends 'a.html' %}");
  set.link();
  std::vector<TemplateError> errors = set.check();
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0].summary(),
            "a.html:2: notfound error: TemplateNotFound: gone.html");
  EXPECT_EQ(errors[1].summary(),
            "b.html:1: syntax error: Expected an expression, got 'end of "
            "statement block'");
}

}  // namespace
}  // namespace trestle::pages
