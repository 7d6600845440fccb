#include "pages/lint.h"

#include <gtest/gtest.h>

namespace trestle::pages {
namespace {

// "LINE:code LINE:code" of a template.
std::string codes(std::string_view text) {
  auto program = compile("t.html", text);
  std::string out;
  for (const LintWarning& w : lint(*program)) {
    if (!out.empty()) out += " ";
    out += std::to_string(w.line) + ":" + std::string(w.code);
  }
  return out;
}

TEST(Lint, NamesUnsafePlaces) {
  struct Case {
    std::string_view text;
    std::string_view codes;
  };
  const Case cases[] = {
      {"<script>var a = {{ x }};</script>", "1:script"},
      {"<script>\nvar a = '{{ x }}';</script>{{ y }}", "2:script"},
      {"<SCRIPT>{{ x|e }}</SCRIPT>", "1:script"},
      {"<script>{{ x|tojson|safe }}</script>", "1:script"},
      {"<iframe srcdoc=\"{{ x }}\"></iframe>", "1:script"},
      {"<style>a{color:{{ x }}}</style>", "1:style"},
      {"<p style=\"color:{{ x }}\">", "1:style"},
      {"<a onclick=\"f('{{ x }}')\">", "1:event"},
      {"<a onclick='f({{ x }})'>", "1:event"},
      {"<a onclick=\"f({{ x|tojson }})\">", "1:event"},
      {"<a title={{ x }}>", "1:unquoted"},
      {"<a title=a{{ x }}>", "1:unquoted"},
      {"<a data-x=\"{{ x|tojson }}\">", "1:quote"},
      {"<a href=\"{{ x }}\">", "1:url"},
      {"<a href='  {{ x }}'>", "1:url"},
      {"\n<img src=\"{{ x }}\">", "2:url"},
      {"<form action=\"{{ x }}/y\">", "1:url"},
      {"<{{ x }}>", "1:tag"},
      {"<h{{ x }}>", "1:tag"},
      {"<p {{ x }}>", "1:tag"},
      {"<p data-{{ x }}=\"1\">", "1:tag"},
      {"<!-- {{ x }} -->", "1:comment"},
      {"{% if a %}<a href=\"{% else %}<a title=\"{% endif %}{{ x }}\">",
       "1:url"},
      {"{% macro m(u) %}<a href=\"{{ u }}\">{% endmacro %}", "1:url"},
      {"{% block b %}<script>{{ x }}</script>{% endblock %}", "1:script"},
      {"{% for x in y %}\n<a href={{ x }}>{% endfor %}", "2:unquoted"},
      {"{% filter trim %}<script>{{ x }}</script>{% endfilter %}", "1:script"},
      {"<script>{% filter upper %}\n{{ x }}{% endfilter %}</script>",
       "2:script"},
      {"<a title={% filter trim %}{{ x }}{% endfilter %}>", "1:unquoted"},
      {"{% filter indent %}<a href=\"{{ x }}\">{% endfilter %}", "1:url"},
      {"{% call m() %}<style>{{ x }}</style>{% endcall %}", "1:style"},
      {"{% set a %}<!-- {{ x }} -->{% endset %}", "1:comment"},
      {"{% live b %}<p onclick=\"{{ x }}\">{% endlive %}", "1:event"},
      {"<script>{% trans a=x %}hi {{ a }}{% endtrans %}</script>", "1:script"},
  };
  for (const Case& c : cases) EXPECT_EQ(codes(c.text), c.codes) << c.text;
}

TEST(Lint, IsSilentWhereEscapingProtects) {
  const std::string_view cases[] = {
      "<p>{{ x }}</p>",
      "<a title=\"{{ x }}\">",
      "<a title='{{ x }}'>",
      "<script>var a = {{ x|tojson }};</script>{{ y }}",
      "<script>{{ 'a' if x else 'b' }}</script>",
      "<a data-x='{{ x|tojson }}'>",
      "<a onclick='f({{ x|tojson }})'>",
      "<a onclick=\"f({{ x|tojson|forceescape }})\">",
      "<a href=\"/p/{{ x }}\">",
      "<a href=\"{{ x|urlencode }}\">",
      "<a href=\"{{ url_for('p', id=x) }}\">",
      "<img src=\"{{ asset('a.css') }}\">",
      "<p{{ {'id': x}|xmlattr }}>",
      "<p{% if x %} hidden{% endif %}>{{ y }}</p>",
      "<li class=\"{{ loop.cycle('a', 'b') }}\">",
      "<textarea><script></textarea>{{ x }}",
      "{# {{ x }} #}",
      "<title>{{ x }}</title>",
      "a < b {{ x }}",
      "<script src=\"/a.js\"></script><p>{{ x }}",
      "<input value=\"{{ x }}\" {{ 'checked' if y }}>",
      "<br/>{{ x }}<!-- a -->{{ y }}",
  };
  for (std::string_view text : cases) EXPECT_EQ(codes(text), "") << text;
}

}  // namespace
}  // namespace trestle::pages
