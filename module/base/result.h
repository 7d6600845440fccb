// Result<T> carries a value or an Error. Core functions return it instead of
// throwing: an exception must not cross the C frames of nginx or libpq, and a
// refusal is an ordinary outcome with a code, a status and a hint.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace trestle {

// What a client is told when a request is refused. `code` is stable and
// documented (docs/errors.md): TRSnnn for Trestle's own, PGRSTnnn under
// trestle_rest, an SQLSTATE for what PostgreSQL refused. Optional members are
// JSON null in the body when absent.
struct Error {
  std::string code;
  int http_status = 500;
  std::string message;
  std::optional<std::string> details = std::nullopt;
  std::optional<std::string> hint = std::nullopt;
  // `details` is JSON text and goes into the body as it is.
  bool details_are_json = false;
};

// A value of type T or an Error. Shape of use:
//   Result<Plan> plan = plan_read(...);
//   if (!plan.ok()) return std::move(plan).error();
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Only when ok().
  T& value() & { return *std::get_if<0>(&state_); }
  const T& value() const& { return *std::get_if<0>(&state_); }
  T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Only when not ok().
  const Error& error() const& { return *std::get_if<1>(&state_); }
  Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

// The outcome of something that yields no value.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace trestle
