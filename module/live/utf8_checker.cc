#include "live/utf8_checker.h"

#include <cstring>

namespace trestle::live {

bool Utf8Checker::begin_sequence(std::uint8_t byte) {
  low_ = 0x80;
  high_ = 0xbf;
  if (byte >= 0xc2 && byte <= 0xdf) {
    missing_ = 1;
  } else if (byte >= 0xe0 && byte <= 0xef) {
    missing_ = 2;
    if (byte == 0xe0) low_ = 0xa0;
    if (byte == 0xed) high_ = 0x9f;
  } else if (byte >= 0xf0 && byte <= 0xf4) {
    missing_ = 3;
    if (byte == 0xf0) low_ = 0x90;
    if (byte == 0xf4) high_ = 0x8f;
  } else {
    return false;
  }
  return true;
}

bool Utf8Checker::feed(std::string_view bytes) {
  const char* at = bytes.data();
  const char* end = at + bytes.size();
  while (at != end) {
    if (missing_ == 0) {
      // Most text is ASCII: eight bytes at a time.
      std::uint64_t word;
      while (end - at >= 8) {
        std::memcpy(&word, at, 8);
        if (word & 0x8080808080808080ULL) break;
        at += 8;
      }
      if (at == end) return true;
      auto byte = static_cast<std::uint8_t>(*at++);
      if (byte >= 0x80 && !begin_sequence(byte)) return false;
      continue;
    }
    auto byte = static_cast<std::uint8_t>(*at++);
    if (byte < low_ || byte > high_) return false;
    low_ = 0x80;
    high_ = 0xbf;
    missing_--;
  }
  return true;
}

}  // namespace trestle::live
