#include <algorithm>
#include <set>

#include "base/text.h"
#include "pages/entities.h"
#include "pages/filter_tables.h"
#include "pages/machine.h"
#include "pages/numbers.h"
#include "pages/unicode.h"
#include "pages/urlize.h"

namespace trestle::pages {

namespace {

Value filter_escape(Machine& m, const Value* a) { return m.escape(a[0]); }

Value filter_forceescape(Machine& m, const Value* a) {
  Value s = m.soft_str(a[0]);
  if (s.failed()) return s;
  s.safe = false;
  return m.escape(s);
}

Value filter_safe(Machine& m, const Value* a) {
  Value s = m.soft_str(a[0]);
  if (s.failed()) return s;
  s.safe = true;
  return s;
}

Value filter_striptags(Machine& m, const Value* a) {
  Value s = a[0].is(Kind::module) ? m.escape(a[0]) : m.soft_str(a[0]);
  return s.failed() ? s : m.text(strip_tags(s.text()));
}

Value filter_tojson(Machine& m, const Value* a) {
  std::int64_t indent = -1;
  if (!absent(a[1])) {
    if (!m.as_index(a[1], indent)) return failure();
    indent = std::clamp<std::int64_t>(indent, 0, 64);
  }
  std::string out;
  if (!append_tojson(m, out, a[0], static_cast<int>(indent))) return failure();
  return m.text(out, true);
}

// --- urlencode
// --------------------------------------------------------------------

void append_quoted(std::string& out, std::string_view text, bool for_query) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                 (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
                 c == '~' || (c == '/' && !for_query);
    auto byte = static_cast<unsigned char>(c);
    if (plain) {
      out.push_back(c);
    } else if (c == ' ' && for_query) {
      out.push_back('+');
    } else {
      out.push_back('%');
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    }
  }
}

Value filter_urlencode(Machine& m, const Value* a) {
  std::string out;
  const Value& v = a[0];
  bool map = v.is(Kind::dict) || v.is(Kind::row);
  bool iterable = v.is_sequence() || v.is(Kind::iterator) || v.is(Kind::view) ||
                  v.is(Kind::range) || v.is(Kind::rows);
  if (v.is(Kind::undefined)) return string("");
  if (!map && !iterable) {
    append_quoted(out, m.str(v), false);
    return m.failed() ? failure() : m.text(out);
  }
  auto add = [&](const Value& key, const Value& value) {
    if (!out.empty()) out += "&";
    append_quoted(out, m.str(key), true);
    out += "=";
    append_quoted(out, m.str(value), true);
    return m.charge(1);
  };
  if (map) {
    const Dict& d = v.is(Kind::dict) ? *v.dict : *m.row_dict(v);
    for (std::uint32_t i = 0; i < d.size; i++)
      if (!add(d.entries[i].key, d.entries[i].value)) return failure();
    return m.text(out);
  }
  List* items = m.to_list(v);
  if (items == nullptr) return failure();
  for (const Value& item : items->span()) {
    List* pair = m.to_list(item);
    if (pair == nullptr) return failure();
    if (pair->size != 2)
      return m.fail(
          "ValueError",
          pair->size < 2
              ? concat({"not enough values to unpack (expected 2, got ",
                        std::to_string(pair->size), ")"})
              : "too many values to unpack (expected 2)");
    if (!add(pair->items[0], pair->items[1])) return failure();
  }
  return m.text(out);
}

// --- xmlattr
// ----------------------------------------------------------------------

Value filter_xmlattr(Machine& m, const Value* a) {
  const Value& v = a[0];
  if (!v.is(Kind::dict) && !v.is(Kind::row)) {
    if (v.is(Kind::undefined)) return m.fail_undefined(v);
    return m.fail(
        "AttributeError",
        concat({"'", type_name(v), "' object has no attribute 'items'"}));
  }
  const Dict& d = v.is(Kind::dict) ? *v.dict : *m.row_dict(v);
  std::string out;
  for (std::uint32_t i = 0; i < d.size; i++) {
    const Dict::Entry& entry = d.entries[i];
    if (entry.value.is(Kind::none) || entry.value.is(Kind::undefined)) continue;
    if (!entry.key.is_string())
      return m.fail("TypeError",
                    concat({"expected string or bytes-like object, got '",
                            type_name(entry.key), "'"}));
    // What would end the name, and with it the attribute (HTML 13.2.5.33).
    std::string_view name = entry.key.text();
    if (name.empty() || name.find_first_of(std::string_view(
                            " \t\n\r\f\v/>=\0", 9)) != std::string_view::npos)
      return m.fail(
          "ValueError",
          concat({"Invalid character in attribute name: ", quoted_repr(name)}));
    if (!out.empty()) out += " ";
    Value key = m.escape(entry.key);
    Value value = m.escape(entry.value);
    if (m.failed()) return failure();
    out += concat({key.text(), "=\"", value.text(), "\""});
  }
  bool space = a[1].is(Kind::missing) || m.truth(a[1]);
  if (space && !out.empty()) out.insert(0, " ");
  return m.text(out, m.autoescape());
}

// --- urlize
// -----------------------------------------------------------------------

Value filter_urlize(Machine& m, const Value* a) {
  UrlizeOptions options;
  std::int64_t limit = 0;
  if (!absent(a[1])) {
    if (!m.as_index(a[1], limit)) return failure();
    options.limit = static_cast<std::size_t>(std::max<std::int64_t>(limit, 0));
  }
  std::set<std::string> rel{"noopener"};
  if (m.truth(a[2])) rel.insert("nofollow");
  if (!absent(a[4])) {
    std::string words = m.str(a[4]);
    for (std::string_view word : split(words, ' '))
      if (!trim(word).empty()) rel.emplace(trim(word));
  }
  std::string joined;
  for (const std::string& word : rel)
    joined += concat({joined.empty() ? "" : " ", word});
  m.append_escaped(options.rel, joined);
  if (!absent(a[3])) {
    Value target = m.escape(a[3]);
    if (target.failed()) return target;
    options.target = target.text();
  }
  if (!absent(a[5])) {
    List* schemes = m.to_list(a[5]);
    if (schemes == nullptr) return failure();
    for (const Value& scheme : schemes->span()) {
      std::string text = m.str(scheme);
      if (!is_url_scheme(text))
        return m.fail(
            "FilterArgumentError",
            concat({quoted_repr(text), " is not a valid URI scheme prefix."}));
      options.schemes.push_back(std::move(text));
    }
  }
  Value escaped = m.escape(a[0]);
  if (escaped.failed() || !m.charge(escaped.size / 8)) return failure();
  return m.text(urlize(escaped.text(), options), m.autoescape());
}

constexpr Callable kTable[] = {
    {"escape", "escape", filter_escape, nullptr, 1, {"s"}},
    {"e", "escape", filter_escape, nullptr, 1, {"s"}},
    {"forceescape",
     "do_forceescape",
     filter_forceescape,
     nullptr,
     1,
     {"value"}},
    {"safe", "do_mark_safe", filter_safe, nullptr, 1, {"value"}},
    {"striptags", "do_striptags", filter_striptags, nullptr, 1, {"value"}},
    {"tojson", "do_tojson", filter_tojson, nullptr, 1, {"value", "indent"}},
    {"urlencode", "do_urlencode", filter_urlencode, nullptr, 1, {"value"}},
    {"xmlattr", "do_xmlattr", filter_xmlattr, nullptr, 1, {"d", "autospace"}},
    {"urlize",
     "do_urlize",
     filter_urlize,
     nullptr,
     1,
     {"value", "trim_url_limit", "nofollow", "target", "rel", "extra_schemes"}},
};

}  // namespace

std::span<const Callable> html_filters() { return kTable; }

}  // namespace trestle::pages
