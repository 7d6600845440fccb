// Python's "%05.1f" % value.
#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "pages/bigint.h"
#include "pages/format_digits.h"
#include "pages/machine.h"
#include "pages/numbers.h"
#include "pages/unicode.h"

namespace trestle::pages {

namespace {

// What stands between "%" and the letter of the type.
struct Spec {
  bool left = false;
  bool plus = false;
  bool blank = false;
  bool zero = false;
  bool alternate = false;
  int width = 0;
  int precision = -1;  // none
  char type = 0;
};

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

  // "(key)" of a mapping: its value becomes the argument.
  bool keyed_argument(Value& v) {
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
    used_ = 1;
    is_tuple_ = false;
    return true;
  }

  void flags(Spec& spec) {
    for (; at_ < s_.size(); at_++) {
      switch (s_[at_]) {
        case '-':
          spec.left = true;
          break;
        case '+':
          spec.plus = true;
          break;
        case ' ':
          spec.blank = true;
          break;
        case '0':
          spec.zero = true;
          break;
        case '#':
          spec.alternate = true;
          break;
        default:
          return;
      }
    }
  }

  bool specification(Spec& spec) {
    flags(spec);
    if (!number(spec.width)) return false;
    if (spec.width < 0) {
      spec.left = true;
      spec.width = -spec.width;
    }
    if (at_ < s_.size() && s_[at_] == '.') {
      at_++;
      spec.precision = 0;
      if (!number(spec.precision)) return false;
      spec.precision = std::max(spec.precision, 0);
    }
    while (at_ < s_.size() &&
           (s_[at_] == 'l' || s_[at_] == 'h' || s_[at_] == 'L'))
      at_++;
    if (at_ >= s_.size()) return refuse("ValueError", "incomplete format");
    spec.type = s_[at_++];
    return true;
  }

  bool conversion(std::string& out) {
    // A percent sign only right behind the first; elsewhere it is no type.
    if (at_ < s_.size() && s_[at_] == '%') {
      out.push_back(s_[at_++]);
      return true;
    }
    Value v;
    bool keyed = at_ < s_.size() && s_[at_] == '(';
    if (keyed && !keyed_argument(v)) return false;
    Spec spec;
    if (!specification(spec)) return false;
    if (!keyed && !next_argument(v)) return false;
    std::string piece;
    bool numeric = false;
    if (!piece_of(v, spec.type, spec.precision, spec.alternate, piece, numeric))
      return false;
    if (numeric) pad_number(spec, piece);
    std::size_t length = unicode::length(piece);
    std::size_t pad = static_cast<std::size_t>(spec.width) > length
                          ? static_cast<std::size_t>(spec.width) - length
                          : 0;
    if (!m_.allow(pad + piece.size())) return false;
    if (!spec.left) out.append(pad, ' ');
    out += piece;
    if (spec.left) out.append(pad, ' ');
    return true;
  }

  // Its sign, and zeros behind sign and prefix.
  static void pad_number(const Spec& spec, std::string& piece) {
    bool negative = piece.starts_with('-');
    if (!negative && (spec.plus || spec.blank))
      piece.insert(0, spec.plus ? "+" : " ");
    auto width = static_cast<std::size_t>(spec.width);
    std::size_t length = piece.size();
    if (!spec.zero || spec.left || length >= width) return;
    std::size_t at = piece.find_first_not_of("+- ");
    if (spec.alternate && piece.size() > at + 1 && piece[at] == '0' &&
        (piece[at + 1] == 'x' || piece[at + 1] == 'X' || piece[at + 1] == 'o'))
      at += 2;
    piece.insert(at, width - length, '0');
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
        if (!v.is_int()) return refuse("TypeError", "%c requires int or char");
        return character_piece(v, piece);
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

  bool character_piece(const Value& v, std::string& piece) {
    const bool is_small = v.is(Kind::integer) || v.is(Kind::boolean);
    if (!is_small || v.integer < 0 || v.integer >= 0x110000)
      return refuse("OverflowError", "%c arg not in range(0x110000)");
    std::string c;
    unicode::append(c, static_cast<char32_t>(v.integer));
    text_piece(m_.text(c), 's', -1, piece);
    return true;
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

}  // namespace

Value percent_format(Machine& m, const Value& pattern, const Value& argument) {
  return Percent(m, pattern, argument).run();
}

}  // namespace trestle::pages
