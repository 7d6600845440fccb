// Python's "{:>8} {0.name}".format(value).
#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "pages/machine.h"
#include "pages/numbers.h"

namespace trestle::pages {

namespace {

class Brace {
 public:
  Brace(Machine& m, const Value& pattern, const Args& args)
      : m_(m), pattern_(pattern), args_(args) {}

  Value run() {
    std::string out;
    if (!expand(pattern_.text(), out, 0)) return failure();
    return m_.text(out, pattern_.safe);
  }

 private:
  bool refuse(std::string_view type, std::string_view message) {
    m_.fail(type, message);
    return false;
  }

  bool expand(std::string_view s, std::string& out, int depth) {
    if (depth > 2) return refuse("ValueError", "Max string recursion exceeded");
    for (std::size_t at = 0; at < s.size();) {
      char c = s[at];
      bool doubled = at + 1 < s.size() && s[at + 1] == c;
      if (c != '{' && c != '}') {
        std::size_t end = std::min(s.find_first_of("{}", at), s.size());
        out.append(s.substr(at, end - at));
        at = end;
        continue;
      }
      if (doubled) {
        out.push_back(c);
        at += 2;
        continue;
      }
      if (c == '}')
        return refuse("ValueError", "Single '}' encountered in format string");
      std::size_t end = at + 1;
      int open = 1;
      for (; end < s.size(); end++) {
        if (s[end] == '{') open++;
        if (s[end] == '}' && --open == 0) break;
      }
      if (end >= s.size())
        return refuse("ValueError",
                      at + 1 == s.size()
                          ? "Single '{' encountered in format string"
                          : "expected '}' before end of string");
      if (!field(s.substr(at + 1, end - at - 1), out, depth)) return false;
      if (!m_.allow(out.size())) return false;
      at = end + 1;
    }
    return true;
  }

  bool field(std::string_view s, std::string& out, int depth) {
    std::size_t end = 0;
    for (bool bracket = false; end < s.size(); end++) {
      if (s[end] == '[') bracket = true;
      if (s[end] == ']') bracket = false;
      if (!bracket && (s[end] == ':' || s[end] == '!')) break;
    }
    Value v;
    if (!value(s.substr(0, end), v)) return false;
    char conversion = 0;
    if (end < s.size() && s[end] == '!') {
      if (end + 1 >= s.size())
        return refuse("ValueError",
                      "end of string while looking for conversion specifier");
      conversion = s[end + 1];
      end += 2;
      if (end < s.size() && s[end] != ':')
        return refuse("ValueError", "expected ':' after conversion specifier");
    }
    std::string spec;
    if (end < s.size() && !expand(s.substr(end + 1), spec, depth + 1))
      return false;
    if (conversion == 'r' || conversion == 'a')
      v = m_.text(m_.repr(v));
    else if (conversion == 's')
      v = m_.text(m_.str(v));
    else if (conversion != 0)
      return refuse("ValueError",
                    concat({"Unknown conversion specifier '",
                            std::string_view(&conversion, 1), "'"}));
    if (m_.failed()) return false;
    std::string piece;
    if (pattern_.safe && ((v.is_string() && v.safe) || v.is(Kind::module))) {
      if (!spec.empty() && conversion == 0)
        return refuse("ValueError",
                      "Format specifier given, but Markup does not define "
                      "__html_format__. A class that defines __html__ must "
                      "define __html_format__ to work with format specifiers.");
      out += m_.escape(v).text();
      return true;
    }
    if (!format_value(m_, piece, v, spec)) return false;
    if (pattern_.safe)
      m_.append_escaped(out, piece);
    else
      out += piece;
    return true;
  }

  bool value(std::string_view s, Value& v) {
    std::size_t end = std::min(s.find_first_of(".["), s.size());
    std::string_view first = s.substr(0, end);
    std::size_t index = 0;
    bool digits = !first.empty() && std::ranges::all_of(first, [](char c) {
      return c >= '0' && c <= '9';
    });
    if (first.empty() || digits) {
      if (first.empty() ? manual_ : automatic_ > 0)
        return refuse("ValueError",
                      first.empty()
                          ? "cannot switch from manual field specification to "
                            "automatic field numbering"
                          : "cannot switch from automatic field numbering to "
                            "manual field specification");
      if (first.empty()) {
        index = automatic_++;
      } else {
        manual_ = true;
        if (first.size() > 9)
          return refuse("ValueError",
                        "Too many decimal digits in format string");
        std::from_chars(first.data(), first.data() + first.size(), index);
      }
      if (index >= args_.positional.size())
        return refuse("IndexError",
                      concat({"Replacement index ", std::to_string(index),
                              " out of range for positional args tuple"}));
      v = args_.positional[index];
    } else {
      const Value* found = args_.keyword(first);
      if (found == nullptr) return refuse("KeyError", quoted_repr(first));
      v = *found;
    }
    return lookups(s, end, v);
  }

  bool lookups(std::string_view s, std::size_t at, Value& v) {
    while (at < s.size()) {
      if (s[at] == '.') {
        std::size_t end = std::min(s.find_first_of(".[", at + 1), s.size());
        std::string_view name = s.substr(at + 1, end - at - 1);
        if (name.empty())
          return refuse("ValueError", "Empty attribute in format string");
        v = m_.get_attribute(v, name);
        if (v.is(Kind::undefined))
          return refuse("AttributeError",
                        concat({"no attribute '", name, "'"}));
        at = end;
      } else {
        std::size_t end = s.find(']', at);
        if (s[at] != '[' || end == std::string_view::npos)
          return refuse("ValueError", "Missing ']' in format string");
        std::string_view key = s.substr(at + 1, end - at - 1);
        std::int64_t i = 0;
        auto [stop, error] =
            std::from_chars(key.data(), key.data() + key.size(), i);
        bool is_index = error == std::errc() && stop == key.data() + key.size();
        Value found = m_.subscript(v, is_index ? integer(i) : string(key));
        if (found.is(Kind::missing))
          return refuse(v.is_sequence() ? "IndexError" : "KeyError",
                        quoted_repr(key));
        v = found;
        at = end + 1;
      }
      if (v.failed()) return false;
    }
    return true;
  }

  Machine& m_;
  const Value& pattern_;
  const Args& args_;
  std::size_t automatic_ = 0;
  bool manual_ = false;
};

}  // namespace

Value brace_format(Machine& m, const Value& pattern, const Args& args) {
  return Brace(m, pattern, args).run();
}

}  // namespace trestle::pages
