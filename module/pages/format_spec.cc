// Python's format(value, spec): ">8", "+,.2f" (Format Specification
// Mini-Language).
#include <algorithm>
#include <optional>

#include "base/text.h"
#include "pages/bigint.h"
#include "pages/format_digits.h"
#include "pages/machine.h"
#include "pages/numbers.h"
#include "pages/unicode.h"

namespace trestle::pages {

namespace {

void group(std::string& digits, char separator, std::size_t size = 3) {
  std::size_t start = digits.find_first_of("0123456789abcdefABCDEF");
  std::size_t end = digits.find_first_not_of("0123456789abcdefABCDEF", start);
  if (size == 3) end = digits.find_first_not_of("0123456789", start);
  if (end == std::string::npos) end = digits.size();
  for (std::size_t at = end; at > start + size; at -= size)
    digits.insert(at - size, 1, separator);
}

struct Spec {
  char32_t fill = ' ';
  char align = 0;
  char sign = '-';
  bool alternate = false;
  bool zero = false;
  int width = 0;
  char grouping = 0;
  int precision = -1;
  char type = 0;
};

std::optional<Spec> parse_spec(std::string_view s) {
  Spec spec;
  auto is_align = [](char32_t c) {
    return c == '<' || c == '>' || c == '=' || c == '^';
  };
  std::size_t at = 0;
  if (!s.empty()) {
    std::size_t second = 0;
    char32_t fill = unicode::next(s, second);
    if (second < s.size() && is_align(static_cast<unsigned char>(s[second]))) {
      spec.fill = fill;
      spec.align = s[second];
      at = second + 1;
    } else if (is_align(fill)) {
      spec.align = static_cast<char>(fill);
      at = 1;
    }
  }
  auto take = [&](std::string_view chars) {
    if (at < s.size() && chars.find(s[at]) != std::string_view::npos)
      return s[at++];
    return '\0';
  };
  if (char c = take("+- ")) spec.sign = c;
  if (take("z")) {
  }
  if (take("#")) spec.alternate = true;
  if (take("0")) {
    spec.zero = true;
    if (spec.align == 0) {
      spec.fill = '0';
      spec.align = '=';
    }
  }
  auto number = [&](int& out) {
    bool any = false;
    std::int64_t n = 0;
    while (at < s.size() && s[at] >= '0' && s[at] <= '9') {
      n = std::min<std::int64_t>(n * 10 + (s[at++] - '0'), 1'000'000'000);
      any = true;
    }
    if (any) out = static_cast<int>(n);
    return any;
  };
  number(spec.width);
  if (char c = take(",_")) spec.grouping = c;
  if (take(".") && !number(spec.precision)) return std::nullopt;
  if (at < s.size()) spec.type = s[at++];
  if (at != s.size()) return std::nullopt;
  return spec;
}

class Formatter {
 public:
  Formatter(Machine& m, std::string& out, const Value& v, const Spec& spec)
      : m_(m), out_(out), v_(v), spec_(spec) {}

  bool run() {
    if (v_.is_string()) return text();
    if (v_.is_int() && !is_real_type()) return integers();
    if (v_.is_number()) return reals();
    m_.fail("TypeError", concat({"unsupported format string passed to ",
                                 type_name(v_), ".__format__"}));
    return false;
  }

 private:
  [[nodiscard]] bool is_real_type() const {
    return std::string_view("eEfFgG%").find(spec_.type) !=
               std::string_view::npos &&
           spec_.type != 0;
  }

  bool refuse(std::string_view message) {
    m_.fail("ValueError", message);
    return false;
  }

  bool unknown() {
    return refuse(
        concat({"Unknown format code '", std::string_view(&spec_.type, 1),
                "' for object of type '", type_name(v_), "'"}));
  }

  bool pad(std::string_view sign, std::string_view body, char align) {
    std::size_t length = unicode::length(body) + sign.size();
    std::size_t width = static_cast<std::size_t>(spec_.width);
    std::size_t room = width > length ? width - length : 0;
    if (!m_.allow(room * 4)) return false;
    std::string fill;
    unicode::append(fill, spec_.fill);
    auto fills = [&](std::size_t n) {
      for (; n > 0; n--) out_ += fill;
    };
    std::size_t before = align == '>' ? room : align == '^' ? room / 2 : 0;
    fills(before);
    out_ += sign;
    if (align == '=') fills(room);
    out_ += body;
    if (align != '=') fills(room - before);
    return true;
  }

  bool text() {
    if (spec_.type != 0 && spec_.type != 's') return unknown();
    if (spec_.align == '=' && !spec_.zero)
      return refuse("'=' alignment not allowed in string format specifier");
    if (spec_.grouping != 0) return refuse("Cannot specify ',' with 's'.");
    std::string_view s = v_.text();
    if (spec_.precision >= 0)
      s = s.substr(
          0, unicode::offset(s, static_cast<std::size_t>(spec_.precision)));
    char align = spec_.align == 0 || spec_.align == '=' ? '<' : spec_.align;
    return pad("", s, align);
  }

  bool number(std::string body, std::string_view prefix = {}) {
    bool negative = body.starts_with('-');
    if (negative) body.erase(0, 1);
    std::string sign = negative            ? "-"
                       : spec_.sign == '-' ? ""
                                           : std::string(1, spec_.sign);
    if (spec_.grouping != 0) {
      std::size_t size =
          std::string_view("xXob").find(spec_.type) != std::string_view::npos &&
                  spec_.type != 0
              ? 4
              : 3;
      group(body, spec_.grouping, size);
      while (spec_.align == '=' && spec_.fill == '0' &&
             body.size() + sign.size() <
                 static_cast<std::size_t>(std::min(spec_.width, 10000))) {
        std::string wider = body;
        std::erase(wider, spec_.grouping);
        wider.insert(0, 1, '0');
        group(wider, spec_.grouping, size);
        if (wider.size() + sign.size() >
            static_cast<std::size_t>(spec_.width) + 1)
          break;
        body = wider;
      }
    }
    sign += prefix;
    return pad(sign, body, spec_.align == 0 ? '>' : spec_.align);
  }

  bool integers() {
    if (v_.is(Kind::boolean) && spec_.type == 0 && spec_.width == 0 &&
        spec_.align == 0) {
      out_ += v_.integer != 0 ? "True" : "False";
      return true;
    }
    if (spec_.precision >= 0)
      return refuse("Precision not allowed in integer format specifier");
    std::string digits = digits_of(v_);
    switch (spec_.type) {
      case 0:
      case 'd':
      case 'n':
        return number(digits);
      case 'c': {
        std::string c;
        if (!v_.is(Kind::integer) || v_.integer < 0 || v_.integer > 0x10ffff) {
          m_.fail("OverflowError", "%c arg not in range(0x110000)");
          return false;
        }
        unicode::append(c, static_cast<char32_t>(v_.integer));
        return pad("", c, spec_.align == 0 ? '<' : spec_.align);
      }
      case 'x':
      case 'X':
      case 'o':
      case 'b': {
        int radix = spec_.type == 'o' ? 8 : spec_.type == 'b' ? 2 : 16;
        std::string body = bigint::to_radix(digits, radix);
        std::string prefix =
            spec_.alternate ? concat({"0", std::string_view(&spec_.type, 1)})
                            : "";
        if (spec_.type == 'X')
          for (char& c : body)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
        return number(body, prefix);
      }
      default:
        return unknown();
    }
  }

  bool reals() {
    double d = 0;
    if (!m_.as_real(v_, d)) return false;
    int precision = std::min(spec_.precision, kMaxPrecision);
    switch (spec_.type) {
      case 0: {
        if (v_.is(Kind::decimal) && precision < 0)
          return number(std::string(v_.text()));
        if (precision < 0) return number(real_repr(d));
        std::string g =
            real_digits(d, 'g', std::max(precision, 1), spec_.alternate);
        std::size_t e = g.find('e');
        // At least one digit behind the point, unless there is an exponent.
        if (e == std::string::npos && g.find('.') == std::string::npos &&
            g.find_first_of("ni") == std::string::npos) {
          std::size_t count = g.size() - (g.starts_with('-') ? 1 : 0);
          if (count < static_cast<std::size_t>(std::max(precision, 1)))
            g += ".0";
          else
            g = real_digits(d, 'e', std::max(precision - 1, 0), false);
        }
        return number(g);
      }
      case 'n':
        return number(
            real_digits(d, 'g', precision < 0 ? 6 : precision, false));
      case '%':
        return number(real_digits(d * 100, 'f', precision < 0 ? 6 : precision,
                                  spec_.alternate) +
                      "%");
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        return number(real_digits(d, spec_.type, precision < 0 ? 6 : precision,
                                  spec_.alternate));
      default:
        return unknown();
    }
  }

  Machine& m_;
  std::string& out_;
  const Value& v_;
  const Spec& spec_;
};

}  // namespace

bool format_value(Machine& m, std::string& out, const Value& v,
                  std::string_view spec_text) {
  if (spec_text.empty()) {
    out += m.str(v);
    return !m.failed();
  }
  std::optional<Spec> spec = parse_spec(spec_text);
  if (!spec) {
    m.fail("ValueError",
           concat({"Invalid format specifier '", spec_text, "'"}));
    return false;
  }
  return Formatter(m, out, v, *spec).run();
}

}  // namespace trestle::pages
