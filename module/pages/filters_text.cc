#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "pages/filter_tables.h"
#include "pages/machine.h"
#include "pages/methods.h"
#include "pages/numbers.h"
#include "pages/text_wrap.h"
#include "pages/unicode.h"

namespace trestle::pages {

namespace {

// The method of that name, on the value as text.
Value by_method(Machine& m, const Value& v, std::string_view name,
                std::span<const Value> arguments = {}) {
  Value s = m.soft_str(v);
  if (s.failed()) return s;
  return m.call(*find_text_method(name), s, Args{arguments, {}});
}

Value filter_upper(Machine& m, const Value* a) {
  return by_method(m, a[0], "upper");
}
Value filter_lower(Machine& m, const Value* a) {
  return by_method(m, a[0], "lower");
}
Value filter_capitalize(Machine& m, const Value* a) {
  return by_method(m, a[0], "capitalize");
}
Value filter_trim(Machine& m, const Value* a) {
  Value chars[] = {given(a[1], none())};
  return by_method(m, a[0], "strip", chars);
}
Value filter_center(Machine& m, const Value* a) {
  Value width[] = {given(a[1], integer(80))};
  return by_method(m, a[0], "center", width);
}
Value filter_string(Machine& m, const Value* a) { return m.soft_str(a[0]); }

// Words begin behind blanks, dashes and opening brackets.
Value filter_title(Machine& m, const Value* a) {
  Value s = m.soft_str(a[0]);
  if (s.failed()) return s;
  std::string out;
  std::string word;
  auto finish = [&] {
    if (word.empty()) return;
    std::size_t first = unicode::offset(word, 1);
    out += unicode::upper(word.substr(0, first));
    out += unicode::lower(word.substr(first));
    word.clear();
  };
  for (std::size_t at = 0; at < s.size;) {
    std::size_t start = at;
    char32_t c = unicode::next(s.text(), at);
    if (unicode::is_space(c) || c == '-' || c == '(' || c == '{' || c == '[' ||
        c == '<') {
      finish();
      out += s.text().substr(start, at - start);
    } else {
      word += s.text().substr(start, at - start);
    }
  }
  finish();
  return m.text(out);
}

Value filter_replace(Machine& m, const Value* a) {
  Value s = a[0], from = a[1], to = a[2];
  auto is_safe = [](const Value& v) {
    return (v.is_string() && v.safe) || v.is(Kind::module);
  };
  if (!m.autoescape()) {
    s = m.soft_str(s);
    from = m.soft_str(from);
    to = m.soft_str(to);
    s.safe = from.safe = to.safe = false;
  } else {
    s = is_safe(from) || (is_safe(to) && !is_safe(s)) ? m.escape(s)
                                                      : m.soft_str(s);
    from = m.soft_str(from);
    to = m.soft_str(to);
  }
  if (m.failed()) return failure();
  Value arguments[] = {from, to, absent(a[3]) ? integer(-1) : a[3]};
  return m.call(*find_text_method("replace"), s, Args{arguments, {}});
}

Value not_text(Machine& m, const Value& v, std::string_view what) {
  if (v.is(Kind::undefined)) return m.fail_undefined(v);
  return m.fail(
      "AttributeError",
      concat({"'", type_name(v), "' object has no attribute '", what, "'"}));
}

Value filter_indent(Machine& m, const Value* a) {
  Value s = a[0];
  if (!s.is_string()) {
    if (s.is(Kind::undefined)) return m.fail_undefined(s);
    return m.fail("TypeError", concat({"unsupported operand type(s) for +=: '",
                                       type_name(s), "' and 'str'"}));
  }
  std::string indention = "    ";
  if (a[1].is_string()) {
    // Jinja2 takes any text for markup where the indented text is some.
    indention = a[0].safe && !m.is_lax() ? m.escape(a[1]).text() : a[1].text();
  } else if (!a[1].is(Kind::missing)) {
    std::int64_t width = 0;
    if (!m.as_index(a[1], width) ||
        !m.allow(static_cast<std::uint64_t>(std::max<std::int64_t>(width, 0))))
      return failure();
    indention.assign(static_cast<std::size_t>(std::max<std::int64_t>(width, 0)),
                     ' ');
  }
  bool first = m.truth(a[2]);
  bool blank = m.truth(a[3]);
  std::string ended = concat({s.text(), "\n"});
  std::string out;
  std::size_t i = 0;
  for (std::string_view line : unicode::split_lines(ended)) {
    if (i > 0) out += "\n";
    if (i > 0 && (blank || !line.empty())) out += indention;
    out += line;
    if (!m.allow(out.size())) return failure();
    i++;
  }
  if (first) out.insert(0, indention);
  return m.text(out, s.safe);
}

Value filter_truncate(Machine& m, const Value* a) {
  const Value& s = a[0];
  std::int64_t length = 255, leeway = 5;
  Value end = given(a[3], string("..."));
  if (!a[1].is(Kind::missing) && !a[1].is(Kind::integer) &&
      !a[1].is(Kind::boolean))
    return m.fail("TypeError",
                  concat({"'>=' not supported between instances of '",
                          type_name(a[1]), "' and 'int'"}));
  if (!a[1].is(Kind::missing)) length = a[1].integer;
  if (!absent(a[4]) && !m.as_index(a[4], leeway)) return failure();
  if (!end.is_string()) return not_text(m, end, "__len__");
  std::int64_t end_length = m.length(end);
  auto number = [](std::int64_t n) { return std::to_string(n); };
  if (length < end_length)
    return m.fail("AssertionError",
                  concat({"expected length >= ", number(end_length), ", got ",
                          number(length)}));
  if (leeway < 0)
    return m.fail("AssertionError",
                  concat({"expected leeway >= 0, got ", number(leeway)}));
  std::int64_t size = m.length(s);
  if (size < 0)
    return m.fail("TypeError",
                  concat({"object of type '", type_name(s), "' has no len()"}));
  if (size <= length + leeway) return s;
  Value head = m.slice(s, none(), integer(length - end_length), none());
  if (head.failed()) return head;
  if (!m.truth(a[2])) {
    if (!head.is_string()) return not_text(m, head, "rsplit");
    std::size_t blank = head.text().rfind(' ');
    if (blank != std::string_view::npos)
      head = string(head.text().substr(0, blank), head.safe);
  }
  return m.binary(Binary::add, head, end);
}

Value filter_wordwrap(Machine& m, const Value* a) {
  const Value& s = a[0];
  if (!s.is_string()) return not_text(m, s, "splitlines");
  std::int64_t width = 79;
  if (!a[1].is(Kind::missing) && !m.as_index(a[1], width)) return failure();
  bool break_long = a[2].is(Kind::missing) || m.truth(a[2]);
  bool hyphens = a[4].is(Kind::missing) || m.truth(a[4]);
  Value joint = absent(a[3]) ? string("\n") : a[3];
  if (!joint.is_string()) return not_text(m, joint, "join");
  std::vector<std::string> lines;
  for (std::string_view line : unicode::split_lines(s.text())) {
    if (width <= 0)
      return m.fail(
          "ValueError",
          concat({"invalid width ", std::to_string(width), " (must be > 0)"}));
    if (!m.charge(1 + line.size())) return failure();
    std::string joined;
    bool first = true;
    for (const std::string& part : wrap_text(
             line, static_cast<std::size_t>(width), break_long, hyphens)) {
      if (!first) joined += joint.text();
      joined += part;
      first = false;
    }
    lines.push_back(std::move(joined));
  }
  std::string out;
  for (std::size_t i = 0; i < lines.size(); i++) {
    if (i > 0) out += joint.text();
    if (joint.safe)
      m.append_escaped(out, lines[i]);
    else
      out += lines[i];
    if (!m.allow(out.size())) return failure();
  }
  return m.text(out, joint.safe);
}

Value filter_wordcount(Machine& m, const Value* a) {
  Value s = m.soft_str(a[0]);
  if (s.failed()) return s;
  std::int64_t count = 0;
  bool in_word = false;
  for (std::size_t at = 0; at < s.size;) {
    bool word = unicode::is_word(unicode::next(s.text(), at));
    if (word && !in_word) count++;
    in_word = word;
  }
  return integer(count);
}

Value filter_format(Machine& m, const Args& args) {
  if (args.positional.empty())
    return m.fail(
        "TypeError",
        "do_format() missing 1 required positional argument: 'value'");
  if (args.positional.size() > 1 && !args.keywords.empty())
    return m.fail(
        "FilterArgumentError",
        "can't handle positional and keyword arguments at the same time");
  Value pattern = m.soft_str(args.positional[0]);
  if (pattern.failed()) return pattern;
  if (!args.keywords.empty()) {
    Dict* dict = m.arena().make<Dict>();
    for (const Keyword& k : args.keywords)
      dict->set(m.arena(), k.name, k.value);
    return percent_format(m, pattern, dict_of(dict));
  }
  Value tuple = m.list(Kind::tuple);
  for (const Value& v : args.positional.subspan(1))
    tuple.list->push(m.arena(), v);
  return percent_format(m, pattern, tuple);
}

constexpr Callable kTable[] = {
    {"upper", "do_upper", filter_upper, nullptr, 1, {"s"}},
    {"lower", "do_lower", filter_lower, nullptr, 1, {"s"}},
    {"capitalize", "do_capitalize", filter_capitalize, nullptr, 1, {"s"}},
    {"title", "do_title", filter_title, nullptr, 1, {"s"}},
    {"trim", "do_trim", filter_trim, nullptr, 1, {"value", "chars"}},
    {"center", "do_center", filter_center, nullptr, 1, {"value", "width"}},
    {"string", "soft_str", filter_string, nullptr, 1, {"s"}},
    {"replace",
     "do_replace",
     filter_replace,
     nullptr,
     3,
     {"s", "old", "new", "count"}},
    {"indent",
     "do_indent",
     filter_indent,
     nullptr,
     1,
     {"s", "width", "first", "blank"}},
    {"truncate",
     "do_truncate",
     filter_truncate,
     nullptr,
     1,
     {"s", "length", "killwords", "end", "leeway"}},
    {"wordwrap",
     "do_wordwrap",
     filter_wordwrap,
     nullptr,
     1,
     {"s", "width", "break_long_words", "wrapstring", "break_on_hyphens"}},
    {"wordcount", "do_wordcount", filter_wordcount, nullptr, 1, {"s"}},
    {"format", "do_format", nullptr, filter_format, 1, {}},
};

}  // namespace

std::span<const Callable> text_filters() { return kTable; }

}  // namespace trestle::pages
