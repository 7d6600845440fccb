// Messages as pgoutput sends them, for tests.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "live/pgoutput.h"

namespace trestle::live {

// Builds messages field by field, as the manual lists them.
class PgoutputMessage {
 public:
  explicit PgoutputMessage(char type) { bytes_ += type; }
  PgoutputMessage& number(std::uint64_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
      bytes_ += static_cast<char>(value >> shift & 0xff);
    return *this;
  }
  PgoutputMessage& byte(char c) {
    bytes_ += c;
    return *this;
  }
  PgoutputMessage& string(std::string_view text) {
    bytes_.append(text).push_back('\0');
    return *this;
  }
  // "a", null as "~", unchanged as "=".
  PgoutputMessage& tuple(std::initializer_list<std::string_view> cells) {
    number(cells.size(), 2);
    for (std::string_view cell : cells) {
      if (cell == "~") {
        byte('n');
      } else if (cell == "=") {
        byte('u');
      } else {
        byte('t').number(cell.size(), 4);
        bytes_ += cell;
      }
    }
    return *this;
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// Relation 7, api.orders (id int4 key, total numeric).
inline PgoutputMessage orders() {
  PgoutputMessage m('R');
  m.number(7, 4).string("api").string("orders").byte('d').number(2, 2);
  m.byte(1).string("id").number(23, 4).number(0xffffffff, 4);
  m.byte(0).string("total").number(1700, 4).number(0xffffffff, 4);
  return m;
}

}  // namespace trestle::live
