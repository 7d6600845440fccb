// Python's two ways of formatting: "%05.1f" % value and "{:>8}".format(value),
// and the format specifications of the latter.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

#include "base/text.h"
#include "pages/bigint.h"
#include "pages/machine.h"
#include "pages/numbers.h"
#include "pages/unicode.h"

namespace trestle::pages {

namespace {

constexpr int kMaxWidth = 100'000;
constexpr int kMaxPrecision = 400;

// Digits of an integer value, with sign.
std::string digits_of(const Value& v) {
  return v.is(Kind::bigint) ? std::string(v.text()) : std::to_string(v.integer);
}

std::string printed(const char* format, int precision, double d) {
  char buffer[900];
  int n = std::snprintf(buffer, sizeof buffer, format, precision, d);
  return {buffer,
          static_cast<std::size_t>(std::min<int>(n, sizeof buffer - 1))};
}

// e, f, g and their capitals; C's printf rounds as Python does.
std::string real_digits(double d, char type, int precision, bool alternate) {
  bool upper = type >= 'A' && type <= 'Z';
  if (std::isnan(d)) return upper ? "NAN" : "nan";
  if (std::isinf(d))
    return upper ? (d < 0 ? "-INF" : "INF") : (d < 0 ? "-inf" : "inf");
  std::string format =
      concat({"%", alternate ? "#" : "", ".*", std::string_view(&type, 1)});
  return printed(format.c_str(), precision, d);
}

void group(std::string& digits, char separator, std::size_t size = 3) {
  std::size_t start = digits.find_first_of("0123456789abcdefABCDEF");
  std::size_t end = digits.find_first_not_of("0123456789abcdefABCDEF", start);
  if (size == 3) end = digits.find_first_not_of("0123456789", start);
  if (end == std::string::npos) end = digits.size();
  for (std::size_t at = end; at > start + size; at -= size)
    digits.insert(at - size, 1, separator);
}

// --- %
// -----------------------------------------------------------------------------

class Percent {
 public:
  Percent(Machine& m, const Value& pattern, const Value& argument)
      : m_(m), pattern_(pattern), s_(pattern.text()), argument_(argument) {
    if (argument.is(Kind::tuple)) {
      list_ = argument.list->span();
      is_tuple_ = true;
    }
  }

  Value run() {
    std::string out;
    while (at_ < s_.size()) {
      std::size_t percent = std::min(s_.find('%', at_), s_.size());
      out.append(s_.substr(at_, percent - at_));
      at_ = percent;
      if (at_ == s_.size()) break;
      at_++;
      if (!conversion(out) || !m_.allow(out.size())) return failure();
    }
    bool left_over =
        is_tuple_ ? used_ < list_.size()
                  : used_ == 0 && !argument_.is(Kind::dict) &&
                        !argument_.is(Kind::row) && !argument_.is(Kind::list) &&
                        !argument_.is(Kind::undefined) &&
                        !argument_.is(Kind::rows) && !argument_.is(Kind::range);
    if (left_over)
      return m_.fail("TypeError",
                     "not all arguments converted during string formatting");
    return m_.text(out, pattern_.safe);
  }

 private:
  bool refuse(std::string_view type, std::string_view message) {
    m_.fail(type, message);
    return false;
  }

  bool next_argument(Value& v) {
    if (is_tuple_ ? used_ >= list_.size() : used_ > 0)
      return refuse("TypeError", "not enough arguments for format string");
    v = is_tuple_ ? list_[used_] : argument_;
    used_++;
    return true;
  }

  bool number(int& out) {
    if (at_ < s_.size() && s_[at_] == '*') {
      at_++;
      Value v;
      if (!next_argument(v)) return false;
      if (!v.is(Kind::integer)) return refuse("TypeError", "* wants int");
      out = static_cast<int>(
          std::clamp<std::int64_t>(v.integer, -kMaxWidth, kMaxWidth));
      return true;
    }
    std::int64_t n = 0;
    bool any = false;
    while (at_ < s_.size() && s_[at_] >= '0' && s_[at_] <= '9') {
      n = std::min<std::int64_t>(n * 10 + (s_[at_++] - '0'), kMaxWidth);
      any = true;
    }
    if (any) out = static_cast<int>(n);
    return true;
  }

  bool conversion(std::string& out) {
    Value v;
    bool keyed = false;
    if (at_ < s_.size() && s_[at_] == '(') {
      int depth = 1;
      std::size_t start = ++at_;
      while (at_ < s_.size() && depth > 0) {
        if (s_[at_] == '(') depth++;
        if (s_[at_] == ')') depth--;
        at_++;
      }
      if (depth > 0) return refuse("ValueError", "incomplete format key");
      std::string_view key = s_.substr(start, at_ - start - 1);
      if (!argument_.is(Kind::dict) && !argument_.is(Kind::row))
        return refuse("TypeError", "format requires a mapping");
      v = m_.subscript(argument_, string(key));
      if (v.is(Kind::missing)) return refuse("KeyError", quoted_repr(key));
      keyed = true;
      used_ = 1;
      is_tuple_ = false;
    }
    bool left = false, plus = false, blank = false, zero = false,
         alternate = false;
    for (; at_ < s_.size(); at_++) {
      char c = s_[at_];
      if (c == '-')
        left = true;
      else if (c == '+')
        plus = true;
      else if (c == ' ')
        blank = true;
      else if (c == '0')
        zero = true;
      else if (c == '#')
        alternate = true;
      else
        break;
    }
    int width = 0, precision = -1;
    if (!number(width)) return false;
    if (width < 0) {
      left = true;
      width = -width;
    }
    if (at_ < s_.size() && s_[at_] == '.') {
      at_++;
      precision = 0;
      if (!number(precision)) return false;
      precision = std::max(precision, 0);
    }
    while (at_ < s_.size() &&
           (s_[at_] == 'l' || s_[at_] == 'h' || s_[at_] == 'L'))
      at_++;
    if (at_ >= s_.size()) return refuse("ValueError", "incomplete format");
    char type = s_[at_++];
    if (type == '%') {
      out.push_back('%');
      return true;
    }
    if (!keyed && !next_argument(v)) return false;
    std::string piece;
    bool numeric = false;
    if (!piece_of(v, type, precision, alternate, piece, numeric)) return false;
    if (numeric) {
      bool negative = piece.starts_with('-');
      if (!negative && (plus || blank)) piece.insert(0, plus ? "+" : " ");
      std::size_t length = piece.size();
      if (zero && !left && length < static_cast<std::size_t>(width)) {
        std::size_t at = piece.find_first_not_of("+- ");
        if (alternate && piece.size() > at + 1 && piece[at] == '0' &&
            (piece[at + 1] == 'x' || piece[at + 1] == 'X' ||
             piece[at + 1] == 'o'))
          at += 2;
        piece.insert(at, static_cast<std::size_t>(width) - length, '0');
      }
    }
    std::size_t length = unicode::length(piece);
    std::size_t pad = static_cast<std::size_t>(width) > length
                          ? static_cast<std::size_t>(width) - length
                          : 0;
    if (!m_.allow(pad + piece.size())) return false;
    if (!left) out.append(pad, ' ');
    out += piece;
    if (left) out.append(pad, ' ');
    return true;
  }

  // Text of one argument without padding.
  bool piece_of(const Value& v, char type, int precision, bool alternate,
                std::string& piece, bool& numeric) {
    switch (type) {
      case 's':
      case 'r':
      case 'a':
        text_piece(v, type, precision, piece);
        return !m_.failed();
      case 'c':
        if (v.is_string() && m_.length(v) == 1) {
          text_piece(v, 's', -1, piece);
          return true;
        }
        if (v.is(Kind::integer) && v.integer >= 0 && v.integer < 0x110000) {
          std::string c;
          unicode::append(c, static_cast<char32_t>(v.integer));
          text_piece(m_.text(c), 's', -1, piece);
          return true;
        }
        return refuse("TypeError", "%c requires int or char");
      case 'd':
      case 'i':
      case 'u':
        numeric = true;
        return integer_piece(v, type == 'u' ? 'd' : type, precision, piece);
      case 'x':
      case 'X':
      case 'o':
        numeric = true;
        return radix_piece(v, type, precision, alternate, piece);
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G': {
        numeric = true;
        double d = 0;
        if (!m_.as_real(v, d)) {
          if (m_.failed()) return false;
          if (v.is(Kind::undefined)) {
            m_.fail_undefined(v);
            return false;
          }
          return refuse("TypeError",
                        concat({"must be real number, not ", type_name(v)}));
        }
        piece = real_digits(
            d, type, std::min(precision < 0 ? 6 : precision, kMaxPrecision),
            alternate);
        return true;
      }
      default: {
        std::size_t at = at_ - 1;
        return refuse("ValueError",
                      concat({"unsupported format character '",
                              std::string_view(&type, 1), "' (0x",
                              hex_encode(std::string_view(&type, 1)),
                              ") at index ", std::to_string(at)}));
      }
    }
  }

  // Escapes what goes into safe text, as Markup's % does.
  void text_piece(const Value& v, char type, int precision,
                  std::string& piece) {
    Value shown = type == 's' ? m_.soft_str(v) : m_.text(m_.repr(v));
    if (shown.failed()) return;
    if (pattern_.safe) shown = m_.escape(v.is(Kind::module) ? v : shown);
    std::string_view t = shown.text();
    if (precision >= 0)
      t = t.substr(0, unicode::offset(t, static_cast<std::size_t>(precision)));
    piece = t;
  }

  bool integer_piece(const Value& v, char type, int precision,
                     std::string& piece) {
    if (v.is_int()) {
      piece = digits_of(v);
    } else if (v.is(Kind::real) || v.is(Kind::decimal)) {
      double d = 0;
      m_.as_real(v, d);
      if (!std::isfinite(d))
        return refuse(std::isnan(d) ? "ValueError" : "OverflowError",
                      std::isnan(d)
                          ? "cannot convert float NaN to integer"
                          : "cannot convert float infinity to integer");
      piece = bigint::from_double(d);
    } else if (v.is(Kind::undefined)) {
      m_.fail_undefined(v);
      return false;
    } else {
      return refuse(
          "TypeError",
          concat({"%", std::string_view(&type, 1),
                  " format: a real number is required, not ", type_name(v)}));
    }
    pad_digits(piece, precision);
    return true;
  }

  bool radix_piece(const Value& v, char type, int precision, bool alternate,
                   std::string& piece) {
    if (!v.is_int()) {
      if (v.is(Kind::undefined)) {
        m_.fail_undefined(v);
        return false;
      }
      return refuse(
          "TypeError",
          concat({"%", std::string_view(&type, 1),
                  " format: an integer is required, not ", type_name(v)}));
    }
    piece = bigint::to_radix(digits_of(v), type == 'o' ? 8 : 16);
    pad_digits(piece, precision);
    if (alternate)
      piece.insert(piece.starts_with('-') ? 1 : 0, type == 'o' ? "0o" : "0x");
    if (type == 'X')
      for (char& c : piece)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    return true;
  }

  static void pad_digits(std::string& piece, int precision) {
    std::size_t sign = piece.starts_with('-') ? 1 : 0;
    std::size_t digits = piece.size() - sign;
    if (precision > 0 && digits < static_cast<std::size_t>(precision))
      piece.insert(sign, static_cast<std::size_t>(precision) - digits, '0');
  }

  Machine& m_;
  const Value& pattern_;
  std::string_view s_;
  const Value& argument_;
  std::span<const Value> list_;
  bool is_tuple_ = false;
  std::size_t used_ = 0;
  std::size_t at_ = 0;
};

// --- format specifications
// ---------------------------------------------------------

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

// --- str.format
// ---------------------------------------------------------------------

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

Value percent_format(Machine& m, const Value& pattern, const Value& argument) {
  return Percent(m, pattern, argument).run();
}

Value brace_format(Machine& m, const Value& pattern, const Args& args) {
  return Brace(m, pattern, args).run();
}

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
