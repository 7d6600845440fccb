// Literal is text that was written in the source code. Its constructor is
// consteval, so a string made at run time does not compile: what is typed
// Literal can never hold input.
#pragma once

#include <cstddef>
#include <string_view>

namespace trestle {

class Literal {
 public:
  template <std::size_t N>
  consteval Literal(const char (&text)[N]) : text_(text, N - 1) {}

  constexpr std::string_view view() const { return text_; }

 private:
  std::string_view text_;
};

}  // namespace trestle
