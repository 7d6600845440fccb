// Checks UTF-8 that arrives in pieces and fails at the first byte that can no
// longer become valid (RFC 3629; RFC 6455 8.1 allows failing at once).
#pragma once

#include <cstdint>
#include <string_view>

namespace trestle::live {

class Utf8Checker {
 public:
  // False: the text is not UTF-8, whatever follows. Call no more then.
  [[nodiscard]] bool feed(std::string_view bytes);

  // True when the text may end here: no sequence is left open.
  [[nodiscard]] bool complete() const { return missing_ == 0; }

  void reset() { missing_ = 0; }

 private:
  [[nodiscard]] bool begin_sequence(std::uint8_t byte);

  std::uint8_t missing_ = 0;  // continuation bytes still to come
  // Range of the next continuation byte: narrower than 80..BF right behind
  // E0, ED, F0 and F4 (overlong forms, surrogates, above U+10FFFF).
  std::uint8_t low_ = 0x80;
  std::uint8_t high_ = 0xbf;
};

}  // namespace trestle::live
