// Built-in functions, filters and tests: their names, parameters and code.
// Arguments are bound as Python binds them, errors included.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "pages/value.h"

namespace trestle::pages {

class Machine;

struct Keyword {
  std::string_view name;
  Value value;
};

// Arguments of one call, borrowed for its time.
struct Args {
  std::span<const Value> positional;
  std::span<const Keyword> keywords;

  // The keyword's value, or null.
  [[nodiscard]] const Value* keyword(std::string_view name) const {
    for (const Keyword& k : keywords)
      if (k.name == name) return &k.value;
    return nullptr;
  }
};

// A function with declared parameters gets them by position: what was not
// given is Kind::missing.
using BoundFunction = Value (*)(Machine&, const Value* args);
// One without takes the arguments as they come.
using FreeFunction = Value (*)(Machine&, const Args&);

// Names of up to eight parameters.
class Parameters {
 public:
  constexpr Parameters() = default;
  constexpr Parameters(std::initializer_list<std::string_view> names) {
    for (std::string_view name : names) names_[size_++] = name;
  }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] const std::string_view* begin() const { return names_.data(); }
  [[nodiscard]] const std::string_view* end() const {
    return names_.data() + size_;
  }

 private:
  std::array<std::string_view, 8> names_{};
  std::size_t size_ = 0;
};

struct Callable {
  std::string_view name;
  std::string_view python_name;  // in error messages
  BoundFunction bound = nullptr;
  FreeFunction free = nullptr;
  std::uint8_t required = 0;
  Parameters parameters = {};
};

// --- arguments that may be left out
[[nodiscard]] inline bool is_given(const Value& v) {
  return v.kind != Kind::missing;
}
[[nodiscard]] inline Value given(const Value& v, Value otherwise) {
  return is_given(v) ? v : otherwise;
}
[[nodiscard]] inline bool absent(const Value& v) {
  return v.kind == Kind::missing || v.kind == Kind::none;
}

// Null when there is none of that name.
[[nodiscard]] const Callable* find_filter(std::string_view name);
[[nodiscard]] const Callable* find_test(std::string_view name);
[[nodiscard]] std::span<const Callable> standard_globals();

}  // namespace trestle::pages
