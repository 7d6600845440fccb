// No payload comes out of a page as markup: each of them through each way a
// template can print a value, into text and quoted attributes, and as JSON.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "pages/entities.h"
#include "pages/filter_tables.h"
#include "pages/methods.h"
#include "unit/pages/support.h"

namespace trestle::pages {
namespace {

const std::vector<std::string>& payloads() {
  static const std::vector<std::string> kPayloads = {
      "<script>alert(1)</script>",
      "<img src=x onerror=alert(1)>",
      "\"><script>alert(1)</script>",
      "'><script>alert(1)</script>",
      "\" onmouseover=\"alert(1)",
      "' onmouseover='alert(1)",
      "</script>",
      "</title><script>",
      "</textarea><script>",
      "</style><script>",
      "<svg/onload=alert(1)>",
      "<svg><script>alert(1)</script></svg>",
      "<iframe src=javascript:alert(1)>",
      "<a href=\"javascript:alert(1)\">x",
      "<body onload=alert(1)>",
      "<input autofocus onfocus=alert(1)>",
      "<details open ontoggle=alert(1)>",
      "<math><mtext></mtext></math>",
      "<!--><script>alert(1)</script>-->",
      "--><script>",
      "<![CDATA[<script>",
      "<?xml version=\"1.0\"?>",
      "<%= 1 %>",
      "{{ 7*7 }}",
      "{% raw %}<",
      "${7*7}<b>",
      "&lt;script&gt;",
      "&amp;lt;",
      "&#60;script&#62;",
      "&",
      "<",
      ">",
      "\"",
      "'",
      "<<script>script>",
      "<scr<script>ipt>",
      "< script >",
      "<SCRIPT>alert(1)</SCRIPT>",
      "<script\n>",
      "<script\t>",
      "<script/x>",
      "\xc2\xa0<b>",
      "\xe2\x80\xa8<b>",
      "<b>\xf0\x9f\x8e\x89</b>",
      "a<b>c",
      "x' or '1'='1<i>",
      "\\\"><b>",
      "\\x3cscript\\x3e<",
      "\\u003cscript<",
      "javascript:alert('<')",
      "data:text/html,<script>",
      "<base href=//x>",
      "<meta http-equiv=refresh>",
      "<link rel=import href=x>",
      "<object data=x>",
      "<embed src=x>",
      "<form action=x><button>",
      "<style>*{x:expression(1)}</style>",
      "<x style=\"a:url('b')\">",
      "%3Cscript%3E<",
      "a\nb<c>\"d'",
      "a b <c> d",
      "<b>&\"'</b>",
      "]]><b>",
      "<plaintext>",
      "http://x.test/\"onclick=\"a",
      "a@b.c<b>",
      "www.x.test/<b>'"};
  return kPayloads;
}

// Expressions of the payload p; each prints it in some shape.
constexpr std::string_view kSinks[] = {
    "p",
    "p ~ ''",
    "'' ~ p",
    "p + ''",
    "'a' + p",
    "p * 2",
    "[p]",
    "{'k': p}",
    "{p: 1}",
    "(p, 1)",
    "[p] | join",
    "[p, p] | join('<b>'|safe)",
    "['x'|safe, p] | join",
    "'%s' % p",
    "'%s' | format(p)",
    "('<i>%s</i>'|safe) % p if false else ('%s'|safe) % p",
    "('%s'|safe) | format(p)",
    "('%(a)s'|safe) % {'a': p}",
    "('{}'|safe).format(p)",
    "('{a}'|safe).format(a=p)",
    "'{}'.format(p)",
    "'{0!r}'.format(p)",
    "('%r'|safe) % p",
    "p | upper",
    "p | lower",
    "p | title",
    "p | capitalize",
    "p | trim",
    "p | center(300)",
    "p | indent",
    "p | indent(4, true)",
    "p | string",
    "p | e | string",
    "p | forceescape",
    "p | e | e",
    "p | replace('zz', 'y')",
    "'x' | replace('x', p)",
    "('x'|safe) | replace('x', p)",
    "p | replace('a'|safe, 'b')",
    "p | truncate(9, true)",
    "p | wordwrap(9)",
    "p | wordwrap(9, wrapstring=p)",
    "p | default('x')",
    "missing | default(p)",
    "p | first",
    "p | last",
    "p | list",
    "p | reverse",
    "p | striptags",
    "p | urlize",
    "p | urlize(9)",
    "'http://a.test' | urlize(rel=p)",
    "'http://a.test' | urlize(target=p)",
    "p | pprint",
    "[p] | pprint",
    "p | wordcount",
    "p | length",
    "p.upper()",
    "p.split()",
    "p.split('<')",
    "p.partition('<')",
    "p.replace('a', 'b')",
    "('a'|safe).replace('a', p)",
    "('a'|safe).join([p, p])",
    "p.center(99)",
    "('a'|safe).center(9, p[0])",
    "('a'|safe) + p",
    "p + ('a'|safe)",
    "('a'|safe) ~ p",
    "p if true else ''",
    "p or 'x'",
    "none or p",
    "[p] | first",
    "[p] | last",
    "[p] | max",
    "[p] | min",
    "[[p]] | first",
    "[p] | sort",
    "[p] | unique | list",
    "[p] | map('upper') | list",
    "[p] | map('upper') | join",
    "[p] | batch(2) | list",
    "[p] | slice(1) | list",
    "[{'a': p}] | map(attribute='a') | join",
    "[{'a': p}] | groupby('a')",
    "{'a': p} | dictsort",
    "{'a': p} | items | list",
    "{'a': p}.items() | list",
    "{'a': p}.a",
    "dict(a=p)",
    "p[:5]",
    "p[0]",
    "p[::-1]",
    "namespace(a=p).a",
    "cycler(p).next()",
    "p | d | e",
    "_(p)",
    "gettext(p)",
    "ngettext(p, p, 1)",
    "{'title': p} | xmlattr",
    "p | select | list",
    "p | filesizeformat if false else p"};

// Statements that print the payload.
constexpr std::string_view kStatements[] = {
    "{% set x = p %}{{ x }}",
    "{% set x %}{{ p }}{% endset %}{{ x }}",
    "{% set x | upper %}{{ p }}{% endset %}{{ x }}",
    "{% filter upper %}{{ p }}{% endfilter %}",
    "{% filter trim %}{{ p }}{% endfilter %}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(p) }}",
    "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ p }}"
    "{% endcall %}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(m(p)) }}",
    "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(p, k=p) }}",
    "{% for c in [p] %}{{ c }}{{ loop.cycle(p, 'x') }}{% endfor %}",
    "{% for c in p %}{{ c }}{% endfor %}",
    "{% with x = p %}{{ x }}{% endwith %}",
    "{% trans u=p %}a {{ u }}{% endtrans %}",
    "{% trans n=1, u=p %}{{ u }}{% pluralize %}{{ n }}{% endtrans %}",
    "{% include 'inc.html' %}",
    "{% import 'lib.html' as l %}{{ l.m(p) }}",
    "{% from 'lib.html' import m with context %}{{ m(p) }}",
    "{% if p %}{{ p }}{% endif %}",
    "{% print p %}",
    "{% for c in [[p]] recursive %}{% if c is string %}{{ c }}{% else %}"
    "{{ loop(c) }}{% endif %}{% endfor %}",
    "{% block b %}{{ p }}{% endblock %}",
    "{% autoescape true %}{{ p }}{% endautoescape %}",
    "{% set ns = namespace() %}{% set ns.x = p %}{{ ns.x }}",
    "{% set l = [] %}{% do l.append(p) %}{{ l }}{{ l | join }}",
    "{% for k, v in {p: p} | items %}{{ k }}{{ v }}{% endfor %}",
    "{% for c in [] %}{% else %}{{ p }}{% endfor %}",
    "{% macro m(a=p) %}{{ a }}{{ a | upper }}{% endmacro %}{{ m() | trim }}",
    "{% set x %}{{ p }}{% endset %}{{ x ~ p }}{{ x | replace('a', p) }}",
    "{% macro c(a) %}{{ caller(a) }}{% endmacro %}"
    "{% call(a) c(p) %}{{ a }}{{ p }}{% endcall %}",
    "{% block b scoped %}{{ self.c() }}{% endblock %}"
    "{% block c %}{{ p }}{% endblock %}"};

// Without what stands in double quotes.
std::string outside_of_quotes(std::string_view text) {
  std::string out;
  bool quoted = false;
  for (char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted) out.push_back(c);
  }
  return out;
}

// Links that urlize makes are the only markup a sink may add.
bool is_link_markup(std::string_view shown) {
  std::string rest = outside_of_quotes(shown);
  for (std::string_view own : {"<a href=\" rel=\" target=\">",
                               "<a href=\" rel=\">", "<a href=\">", "</a>"})
    for (std::size_t at; (at = rest.find(own)) != std::string::npos;)
      rest.erase(at, own.size());
  return rest.find_first_of("<>'") == std::string::npos;
}

bool is_inert(std::string_view shown, std::string_view sink) {
  if (sink.find("urlize") != std::string_view::npos)
    return is_link_markup(shown);
  if (shown.find_first_of("<>") != std::string_view::npos ||
      (sink.find("xmlattr") == std::string_view::npos &&
       shown.find_first_of("\"'") != std::string_view::npos))
    return false;
  for (std::size_t at = shown.find('&'); at != std::string_view::npos;
       at = shown.find('&', at + 1)) {
    std::size_t end = shown.find(';', at);
    if (end == std::string_view::npos || end - at > 7) return false;
  }
  return true;
}

// A page that prints `p` somehow, compiled once for all payloads.
class Sink {
 public:
  explicit Sink(std::string_view body) {
    set_.add("main.html", body);
    set_.add("inc.html", "{{ p }}");
    set_.add("lib.html", "{% macro m(a) %}{{ a }}{% endmacro %}");
    set_.link();
  }

  Rendered print(std::string_view payload) const {
    Arena arena;
    Dict context;
    context.set(arena, "p", string(payload));
    StringSink sink;
    auto error = render(set_, *set_.find("main.html"), &context, arena, sink);
    if (error) return {false, {}, *error};
    return {true, sink.text, {}};
  }

 private:
  TemplateSet set_;
};

Rendered render_payload(std::string_view body, std::string_view payload) {
  return Sink(body).print(payload);
}

// The one template prints every sink between marks, in text and in both kinds
// of quoted attributes.
std::string page_of(std::string_view sink, bool statement) {
  std::string shown =
      statement ? std::string(sink) : concat({"{{ ", sink, " }}"});
  return concat({"\x01", shown, "\x02"});
}

void expect_inert(std::string_view sink, bool statement) {
  const Sink page(page_of(sink, statement));
  for (const std::string& payload : payloads()) {
    Rendered got = page.print(payload);
    if (!got.ok) continue;  // an error prints nothing
    std::string_view shown = got.output;
    shown = shown.substr(1, shown.size() - 2);
    // `'` between: a sink that joins with literal markup of the template.
    std::string cleaned(shown);
    if (sink.find("'<b>'|safe") != std::string_view::npos)
      for (std::size_t at; (at = cleaned.find("<b>")) != std::string::npos;)
        cleaned.erase(at, 3);
    EXPECT_TRUE(is_inert(cleaned, sink))
        << sink << " of " << payload << " is " << shown;
  }
}

TEST(Xss, NothingComesOutOfAnExpressionUnescaped) {
  ASSERT_GE(payloads().size(), 60u);
  for (std::string_view sink : kSinks) expect_inert(sink, false);
}

TEST(Xss, NothingComesOutOfAStatementUnescaped) {
  for (std::string_view sink : kStatements) expect_inert(sink, true);
}

// What prints markup on purpose, and what has a test of its own below.
bool prints_markup(std::string_view filter) {
  return filter == "safe" || filter == "tojson";
}

// What takes escaped text apart leaves half of a reference, which is harmless.
bool takes_characters(std::string_view filter) {
  static constexpr std::string_view kNames[] = {"first", "last",   "min",
                                                "max",   "random", "reverse"};
  return std::ranges::find(kNames, filter) != std::end(kNames);
}

TEST(Xss, NothingComesOutOfAnyFilterUnescaped) {
  std::size_t filters = 0;
  for (std::span<const Callable> table :
       {text_filters(), html_filters(), number_filters(), list_filters(),
        select_filters()})
    for (const Callable& filter : table) {
      filters++;
      if (prints_markup(filter.name)) continue;
      for (std::string_view subject :
           {"p", "[p]", "[[p]]", "{'a': p}", "{p: p}", "[{'a': p}]", "'a'|safe",
            "['a'|safe, p]"})
        for (std::string_view arguments : {"", "(p)", "('a')", "(p, p)"})
          expect_inert(concat({subject, " | ", filter.name, arguments}), false);
      if (!takes_characters(filter.name))
        expect_inert(
            concat({"{% filter ", filter.name, " %}{{ p }}{% endfilter %}"}),
            true);
    }
  EXPECT_GE(filters, 50u);
}

TEST(Xss, NothingComesOutOfAnyMethodUnescaped) {
  for (std::string_view method :
       {"upper",      "lower",        "title",        "capitalize",
        "swapcase",   "casefold",     "strip",        "lstrip",
        "rstrip",     "split",        "rsplit",       "splitlines",
        "partition",  "rpartition",   "join",         "replace",
        "center",     "ljust",        "rjust",        "zfill",
        "expandtabs", "removeprefix", "removesuffix", "format",
        "format_map", "find",         "index",        "count",
        "startswith", "endswith",     "striptags",    "unescape",
        "isalpha"}) {
    ASSERT_NE(find_text_method(method), nullptr) << method;
    for (std::string_view subject : {"p", "('a'|safe)", "('{}{a}%s'|safe)"})
      for (std::string_view arguments :
           {"()", "(p)", "('a', p)", "(9, p)", "([p])", "(a=p)", "({'a': p})"})
        expect_inert(concat({subject, ".", method, arguments}), false);
  }
  for (std::string_view sink : {"(p|e).unescape()", "(p|e).striptags()",
                                "(p|e).upper()", "(p|e).format(p, a=p)"})
    expect_inert(sink, false);
}

TEST(Xss, TextIsEscapedExactlyOnce) {
  for (const std::string& payload : payloads())
    for (std::string_view sink :
         {"p", "p ~ ''", "p + ''", "[p] | join", "p | e", "p | string",
          "'%s' | format(p)", "p | default('x')", "p | replace('zz', '')"}) {
      Rendered got = render_payload(concat({"{{ ", sink, " }}"}), payload);
      EXPECT_EQ(unescape_html(got.output), payload) << sink;
    }
}

TEST(Xss, TojsonIsSafeInScriptsAndReadsBack) {
  for (const std::string& payload : payloads())
    for (std::string_view sink : {"p|tojson", "[p]|tojson", "{p: p}|tojson",
                                  "{'a': [p]}|tojson(2)", "(p|e)|tojson"}) {
      Rendered got = render_payload(concat({"{{ ", sink, " }}"}), payload);
      ASSERT_TRUE(got.ok);
      EXPECT_EQ(got.output.find_first_of("<>&'"), std::string::npos)
          << got.output;
      EXPECT_TRUE(parse_json(got.output).ok()) << got.output;
    }
  Rendered got = render_payload("{{ p|tojson }}", "</script>");
  EXPECT_EQ(json_text(*parse_json(got.output)), "</script>");
}

TEST(Xss, AnAttributeNameCannotEndTheAttribute) {
  for (const std::string& payload : payloads()) {
    Rendered got = render_payload("{{ {p: 1} | xmlattr }}", payload);
    bool breaks = payload.find_first_of(" \n\t/>=") != std::string::npos;
    EXPECT_EQ(got.ok, !breaks) << payload;
    if (got.ok) {
      EXPECT_EQ(got.output.find('<'), std::string::npos);
    }
  }
}

TEST(Xss, SafeIsTheOnlyWayOut) {
  EXPECT_EQ(render_payload("{{ p|safe }}", "<b>").output, "<b>");
  EXPECT_EQ(
      render_payload("{% autoescape false %}{{ p }}{% endautoescape %}", "<b>")
          .output,
      "<b>");
  EXPECT_EQ(render_payload("{{ p|safe|string|upper }}", "<b>").output, "<B>");
  EXPECT_EQ(render_payload("{{ p|safe|lower ~ p }}", "<b>").output,
            "<b>&lt;b&gt;");
}

}  // namespace
}  // namespace trestle::pages
