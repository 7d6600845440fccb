// str(), repr() and HTML escaping of values, as Python prints them, without
// addresses and host types.
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "pages/machine.h"
#include "pages/numbers.h"
#include "pages/unicode.h"

namespace trestle::pages {

std::string real_repr(double d) {
  if (std::isnan(d)) return "nan";
  if (std::isinf(d)) return d < 0 ? "-inf" : "inf";
  char buffer[40];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, d,
                           std::chars_format::scientific)
                 .ptr;
  std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  std::size_t e = text.find('e');
  int exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  bool negative = text[0] == '-';
  std::string digits;
  for (char c : text.substr(0, e))
    if (c >= '0' && c <= '9') digits.push_back(c);
  std::string out = negative ? "-" : "";
  if (exponent < -4 || exponent >= 16) {
    out += digits[0];
    if (digits.size() > 1)
      out += concat({".", std::string_view(digits).substr(1)});
    std::string power = std::to_string(std::abs(exponent));
    if (power.size() < 2) power.insert(0, "0");
    return out + (exponent < 0 ? "e-" : "e+") + power;
  }
  if (exponent < 0)
    return concat({out, "0.",
                   std::string(static_cast<std::size_t>(-exponent - 1), '0'),
                   digits});
  auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) {
    digits.append(whole - digits.size(), '0');
    return concat({out, digits, ".0"});
  }
  return concat({out, std::string_view(digits).substr(0, whole), ".",
                 std::string_view(digits).substr(whole)});
}

std::string quoted_repr(std::string_view text) {
  bool single = text.find('\'') != std::string_view::npos;
  bool both = text.find('"') != std::string_view::npos;
  char quote = single && !both ? '"' : '\'';
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out(1, quote);
  auto hex = [&](std::string_view prefix, char32_t c, int count) {
    out += prefix;
    for (int i = count - 1; i >= 0; i--) out += kHex[(c >> (4 * i)) & 15];
  };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t start = at;
    char32_t c = unicode::next(text, at);
    if (c == static_cast<char32_t>(quote) || c == '\\') {
      out.push_back('\\');
      out.push_back(static_cast<char>(c));
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (unicode::is_printable(c)) {
      out += text.substr(start, at - start);
    } else if (c < 0x100) {
      hex("\\x", c, 2);
    } else if (c < 0x10000) {
      hex("\\u", c, 4);
    } else {
      hex("\\U", c, 8);
    }
  }
  out.push_back(quote);
  return out;
}

namespace {

constexpr int kMaxNesting = 100;

class Printer {
 public:
  Printer(Machine& m, std::string& out) : m_(m), out_(out) {}

  void print(const Value& v, int depth) {
    if (depth > kMaxNesting) {
      m_.fail("RecursionError", "value is nested too deeply to print");
      return;
    }
    switch (v.kind) {
      case Kind::failed:
      case Kind::missing:
        break;
      case Kind::undefined:
        out_ += "Undefined";
        break;
      case Kind::none:
        out_ += "None";
        break;
      case Kind::boolean:
        out_ += v.integer != 0 ? "True" : "False";
        break;
      case Kind::integer:
        out_ += std::to_string(v.integer);
        break;
      case Kind::bigint:
      case Kind::decimal:
        out_ += v.text();
        break;
      case Kind::real:
        out_ += real_repr(v.real);
        break;
      case Kind::string:
        out_ += v.safe ? concat({"Markup(", quoted_repr(v.text()), ")"})
                       : quoted_repr(v.text());
        break;
      case Kind::list:
        items(v, "[", "]", depth);
        break;
      case Kind::tuple:
        items(v, "(", v.list->size == 1 ? ",)" : ")", depth);
        break;
      case Kind::rows:
        items(v, "[", "]", depth);
        break;
      case Kind::row:
        dict(*m_.row_dict(v), depth);
        break;
      case Kind::dict:
        dict(*v.dict, depth);
        break;
      case Kind::range:
        range(*v.range);
        break;
      case Kind::view:
        out_ += concat({type_name(v), "("});
        items(v, "[", "]", depth);
        out_ += ")";
        break;
      case Kind::name_space:
        out_ += "<Namespace ";
        dict(*v.dict, depth);
        out_ += ">";
        break;
      case Kind::macro:
        out_ += concat({"<Macro ", quoted_repr(v.macro->node->name), ">"});
        break;
      case Kind::module:
        out_ += concat(
            {"<TemplateModule ", quoted_repr(v.module->program->name), ">"});
        break;
      case Kind::self:
        out_ += concat({"<TemplateReference ",
                        quoted_repr(v.block->context->program->name), ">"});
        break;
      case Kind::loop:
        out_ += concat({"<LoopContext ", std::to_string(v.loop->index0 + 1),
                        "/", std::to_string(v.loop->length), ">"});
        break;
      case Kind::method:
        out_ += concat({"<built-in method ", v.method->function->name, " of ",
                        type_name(v.method->self), " object>"});
        break;
      case Kind::function:
        out_ += concat({"<function ", v.function->name, ">"});
        break;
      default:
        out_ += concat({"<", type_name(v), " object>"});
    }
  }

 private:
  void items(const Value& v, std::string_view open, std::string_view close,
             int depth) {
    out_ += open;
    Cursor cursor{v, 0};
    Value item;
    bool first = true;
    while (m_.charge(1) && m_.next(cursor, item)) {
      if (!first) out_ += ", ";
      first = false;
      print(item, depth + 1);
    }
    out_ += close;
  }

  void dict(const Dict& d, int depth) {
    out_ += "{";
    for (std::uint32_t i = 0; i < d.size && m_.charge(1); i++) {
      if (i > 0) out_ += ", ";
      print(d.entries[i].key, depth + 1);
      out_ += ": ";
      print(d.entries[i].value, depth + 1);
    }
    out_ += "}";
  }

  void range(const Range& r) {
    out_ += concat(
        {"range(", std::to_string(r.start), ", ", std::to_string(r.stop)});
    if (r.step != 1) out_ += concat({", ", std::to_string(r.step)});
    out_ += ")";
  }

  Machine& m_;
  std::string& out_;
};

}  // namespace

std::string Machine::repr(const Value& v) {
  std::string out;
  Printer(*this, out).print(v, 0);
  return out;
}

std::string Machine::str(const Value& v) {
  switch (v.kind) {
    case Kind::string:
      return std::string(v.text());
    case Kind::undefined:
      return {};
    case Kind::module:
      return std::string(v.module->body.text());
    default:
      return repr(v);
  }
}

Value Machine::soft_str(const Value& v) {
  if (v.is_string()) return v;
  if (v.is(Kind::undefined)) return string("");
  std::string shown = str(v);
  return failed() ? failure() : text(shown);
}

Value Machine::escape(const Value& v) {
  if (v.is_string() && v.safe) return v;
  if (v.is(Kind::module)) return v.module->body;
  std::string out;
  if (v.is_string()) {
    append_escaped(out, v.text());
    if (out.size() == v.size) return string(v.text(), true);
  } else {
    append_escaped(out, str(v));
  }
  return failed() ? failure() : text(out, true);
}

std::string Machine::undefined_message(const Value& v) {
  const UndefinedInfo& info = *v.undefined;
  if (!info.hint.empty()) return std::string(info.hint);
  if (info.object.is(Kind::missing))
    return concat({"'", str(info.name), "' is undefined"});
  std::string object;
  switch (info.object.kind) {
    case Kind::none:
      object = "None";
      break;
    case Kind::macro:
    case Kind::self:
    case Kind::super:
    case Kind::loop:
      object = concat({"jinja2.runtime.", type_name(info.object), " object"});
      break;
    case Kind::module:
      object = "jinja2.environment.TemplateModule object";
      break;
    case Kind::name_space:
    case Kind::cycler:
    case Kind::joiner:
      object = concat({"jinja2.utils.", type_name(info.object), " object"});
      break;
    case Kind::string:
      object = info.object.safe ? "markupsafe.Markup object" : "str object";
      break;
    default:
      object = concat({type_name(info.object), " object"});
  }
  if (!info.name.is_string())
    return concat({object, " has no element ", repr(info.name)});
  return concat({"'", object, "' has no attribute ", repr(info.name)});
}

}  // namespace trestle::pages
