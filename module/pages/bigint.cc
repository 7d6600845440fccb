#include "pages/bigint.h"

#include <openssl/bn.h>

#include <cmath>
#include <memory>

#include "base/text.h"

namespace trestle::pages::bigint {

namespace {

struct Free {
  void operator()(BIGNUM* n) const { BN_free(n); }
  void operator()(BN_CTX* c) const { BN_CTX_free(c); }
};
using Number = std::unique_ptr<BIGNUM, Free>;
using Scratch = std::unique_ptr<BN_CTX, Free>;

Number number(std::string_view digits) {
  BIGNUM* n = nullptr;
  BN_dec2bn(&n, std::string(digits).c_str());
  return Number(n);
}

Number zero() { return Number(BN_new()); }

std::string text(const Number& n) {
  char* digits = BN_bn2dec(n.get());
  std::string out = digits;
  OPENSSL_free(digits);
  return out;
}

// Quotient towards minus infinity and the remainder that goes with it.
void floor_divmod(const Number& a, const Number& b, Number& q, Number& r) {
  Scratch scratch(BN_CTX_new());
  BN_div(q.get(), r.get(), a.get(), b.get(), scratch.get());
  if (!BN_is_zero(r.get()) &&
      BN_is_negative(r.get()) != BN_is_negative(b.get())) {
    BN_sub_word(q.get(), 1);
    BN_add(r.get(), r.get(), b.get());
  }
}

}  // namespace

std::string add(std::string_view a, std::string_view b) {
  Number r = zero();
  BN_add(r.get(), number(a).get(), number(b).get());
  return text(r);
}

std::string subtract(std::string_view a, std::string_view b) {
  Number r = zero();
  BN_sub(r.get(), number(a).get(), number(b).get());
  return text(r);
}

std::string multiply(std::string_view a, std::string_view b) {
  Number r = zero();
  Scratch scratch(BN_CTX_new());
  BN_mul(r.get(), number(a).get(), number(b).get(), scratch.get());
  return text(r);
}

std::string floor_divide(std::string_view a, std::string_view b) {
  Number q = zero(), r = zero();
  floor_divmod(number(a), number(b), q, r);
  return text(q);
}

std::string modulo(std::string_view a, std::string_view b) {
  Number q = zero(), r = zero();
  floor_divmod(number(a), number(b), q, r);
  return text(r);
}

std::optional<std::string> power(std::string_view base, std::uint64_t exponent,
                                 std::size_t max_bits) {
  Number b = number(base);
  auto bits = static_cast<std::size_t>(BN_num_bits(b.get()));
  if (bits > 1 && exponent > max_bits / (bits - 1)) return std::nullopt;
  if (bits <= 1) exponent = exponent == 0 ? 0 : 2 - exponent % 2;  // -1, 0, 1
  Number r = zero();
  Number e = zero();
  BN_set_word(e.get(), exponent);
  Scratch scratch(BN_CTX_new());
  BN_exp(r.get(), b.get(), e.get(), scratch.get());
  return text(r);
}

std::string negate(std::string_view a) {
  if (a == "0") return "0";
  if (a.starts_with('-')) return std::string(a.substr(1));
  return concat({"-", a});
}

int compare(std::string_view a, std::string_view b) {
  return BN_cmp(number(a).get(), number(b).get());
}

std::string from_double(double value) {
  int exponent = 0;
  double mantissa = std::frexp(std::trunc(value), &exponent);
  // 53 bits of integer mantissa, shifted to where they belong.
  auto whole = static_cast<std::int64_t>(std::ldexp(mantissa, 53));
  Number n = number(std::to_string(whole));
  Number r = zero();
  int shift = exponent - 53;
  if (shift >= 0)
    BN_lshift(r.get(), n.get(), shift);
  else
    BN_rshift(r.get(), n.get(), -shift);
  return text(r);
}

std::optional<std::string> parse(std::string_view digits, int radix) {
  if (digits.empty()) return std::nullopt;
  BIGNUM* raw = nullptr;
  Number n;
  if (radix == 10 || radix == 16) {
    std::string copy(digits);
    int used = radix == 10 ? BN_dec2bn(&raw, copy.c_str())
                           : BN_hex2bn(&raw, copy.c_str());
    n.reset(raw);
    if (static_cast<std::size_t>(used) != digits.size()) return std::nullopt;
    return text(n);
  }
  n = zero();
  for (char c : digits) {
    if (c < '0' || c >= '0' + radix) return std::nullopt;
    BN_mul_word(n.get(), static_cast<BN_ULONG>(radix));
    BN_add_word(n.get(), static_cast<BN_ULONG>(c - '0'));
  }
  return text(n);
}

std::string to_radix(std::string_view a, int radix) {
  Number n = number(a);
  bool negative = BN_is_negative(n.get());
  BN_set_negative(n.get(), 0);
  std::string out;
  do {
    BN_ULONG digit = BN_div_word(n.get(), static_cast<BN_ULONG>(radix));
    out.insert(out.begin(), "0123456789abcdef"[digit]);
  } while (!BN_is_zero(n.get()));
  if (negative) out.insert(out.begin(), '-');
  return out;
}

int bit_length(std::string_view a) { return BN_num_bits(number(a).get()); }

}  // namespace trestle::pages::bigint
