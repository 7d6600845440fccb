// The tojson filter: JSON that is safe in HTML text, in <script> and in
// attributes in single quotes.
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/text.h"
#include "pages/machine.h"
#include "pages/numbers.h"
#include "pages/unicode.h"

namespace trestle::pages {

namespace {

constexpr int kMaxNesting = 100;

void append_text(std::string& out, std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  auto escape = [&](std::uint32_t unit) {
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4)
      out.push_back(kHex[(unit >> shift) & 15]);
  };
  out.push_back('"');
  for (std::size_t at = 0; at < text.size();) {
    char32_t c = unicode::next(text, at);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\b':
        out += "\\b";
        break;
      case '<':
      case '>':
      case '&':
      case '\'':
        escape(c);
        break;
      default:
        if (c >= 0x10000) {
          std::uint32_t rest = static_cast<std::uint32_t>(c) - 0x10000;
          escape(0xd800 + (rest >> 10));
          escape(0xdc00 + (rest & 0x3ff));
        } else if (c < 0x20 || c > 0x7e) {
          escape(c);
        } else {
          out.push_back(static_cast<char>(c));
        }
    }
  }
  out.push_back('"');
}

class JsonPrinter {
 public:
  JsonPrinter(Machine& m, std::string& out, int indent)
      : m_(m), out_(out), indent_(indent) {}

  bool print(const Value& v, int depth) {
    if (depth > kMaxNesting)
      return refuse("RecursionError", "value is nested too deeply for JSON");
    if (!m_.charge(1)) return false;
    switch (v.kind) {
      case Kind::none:
        out_ += "null";
        return true;
      case Kind::boolean:
        out_ += v.integer != 0 ? "true" : "false";
        return true;
      case Kind::integer:
        out_ += std::to_string(v.integer);
        return true;
      case Kind::bigint:
        out_ += v.text();
        return true;
      case Kind::decimal:
        // NaN and Infinity are no JSON numbers.
        if (v.text().find_first_of("NI") != std::string_view::npos)
          append_text(out_, v.text());
        else
          out_ += v.text();
        return true;
      case Kind::real:
        out_ += std::isnan(v.real)   ? "NaN"
                : std::isinf(v.real) ? (v.real < 0 ? "-Infinity" : "Infinity")
                                     : real_repr(v.real);
        return true;
      case Kind::string:
        append_text(out_, v.text());
        return true;
      case Kind::list:
      case Kind::tuple:
      case Kind::rows:
        return array(v, depth);
      case Kind::dict:
        return object(*v.dict, depth);
      case Kind::row:
        return object(*m_.row_dict(v), depth);
      default:
        return refuse("TypeError", concat({"Object of type ", type_name(v),
                                           " is not JSON serializable"}));
    }
  }

 private:
  bool refuse(std::string_view type, std::string_view message) {
    m_.fail(type, message);
    return false;
  }

  [[nodiscard]] std::size_t spaces(int depth) const {
    return static_cast<std::size_t>(indent_) * static_cast<std::size_t>(depth);
  }
  void separate(bool first, int depth) {
    if (!first) out_ += indent_ < 0 ? ", " : ",";
    if (indent_ >= 0) {
      out_ += "\n";
      out_.append(spaces(depth), ' ');
    }
  }
  void close(int depth) {
    if (indent_ < 0) return;
    out_ += "\n";
    out_.append(spaces(depth), ' ');
  }

  bool array(const Value& v, int depth) {
    Cursor cursor{v, 0};
    Value item;
    bool first = true;
    out_ += "[";
    while (m_.next(cursor, item)) {
      separate(first, depth + 1);
      first = false;
      if (!print(item, depth + 1)) return false;
    }
    if (!first) close(depth);
    out_ += "]";
    return m_.allow(out_.size() / 64);
  }

  bool key_text(const Value& key, std::string& text) {
    if (key.is_string()) {
      text = key.text();
      return true;
    }
    if (!key.is_number() && !key.is(Kind::none))
      return refuse("TypeError",
                    concat({"keys must be str, int, float, bool or None, not ",
                            type_name(key)}));
    std::string saved = std::move(out_);
    out_.clear();
    bool good = print(key, 0);
    text = std::move(out_);
    out_ = std::move(saved);
    return good;
  }

  bool object(const Dict& d, int depth) {
    List keys, values;
    for (std::uint32_t i = 0; i < d.size; i++) {
      keys.push(m_.arena(), d.entries[i].key);
      values.push(m_.arena(), integer(i));
    }
    if (!m_.sort_by(values, keys, false)) return false;
    out_ += "{";
    for (std::uint32_t i = 0; i < values.size; i++) {
      const Dict::Entry& entry = d.entries[values.items[i].integer];
      separate(i == 0, depth + 1);
      std::string key;
      if (!key_text(entry.key, key)) return false;
      append_text(out_, key);
      out_ += ": ";
      if (!print(entry.value, depth + 1)) return false;
    }
    if (values.size > 0) close(depth);
    out_ += "}";
    return true;
  }

  Machine& m_;
  std::string& out_;
  int indent_;
};

}  // namespace

bool append_tojson(Machine& m, std::string& out, const Value& v, int indent) {
  return JsonPrinter(m, out, indent).print(v, 0) && !m.failed();
}

}  // namespace trestle::pages
