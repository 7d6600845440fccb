// Users whose names no other may see: "user0", "user1" and so on, customers
// with a token each.
#pragma once

#include <string>
#include <string_view>

#include "support/token.h"

namespace trestle::testing {

constexpr const char* kUserSecret = "a secret of at least thirty-two bytes";

[[nodiscard]] inline std::string user_name(int number) {
  return "user" + std::to_string(number);
}

[[nodiscard]] inline std::string user_token(int number) {
  return hs256_token(
      R"({"role":"customer","sub":")" + user_name(number) + "\"}", kUserSecret);
}

// The first user of a text that is not `who`; "": none.
[[nodiscard]] inline std::string foreign_user(std::string_view text,
                                              std::string_view who) {
  for (std::size_t at = 0; (at = text.find("user", at)) != text.npos; at++) {
    const std::size_t end = text.find_first_not_of("0123456789", at + 4);
    const std::string_view name = text.substr(at, end - at);
    if (name != who && name != "user") return std::string(name);
  }
  return {};
}

}  // namespace trestle::testing
