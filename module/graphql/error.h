// What a GraphQL client is told when a request is refused or fails. It becomes
// one element of "errors": {message, locations?, path?, extensions: {path,
// code}}.
// The codes are those of Hasura v2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace trestle::graphql {

// Line and column, both from 1; the column counts bytes.
struct Location {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

// Values of extensions.code.
namespace code {
inline constexpr std::string_view kValidation = "validation-failed";
inline constexpr std::string_view kParse = "parse-failed";
inline constexpr std::string_view kNotFound = "not-found";
inline constexpr std::string_view kPermission = "permission-error";
inline constexpr std::string_view kConstraint = "constraint-violation";
inline constexpr std::string_view kBadRequest = "bad-request";
inline constexpr std::string_view kNotSupported = "not-supported";
inline constexpr std::string_view kData = "data-exception";
inline constexpr std::string_view kUnexpected = "unexpected";
inline constexpr std::string_view kLimit = "limit-exceeded";
}  // namespace code

struct GraphqlError {
  std::string message;
  std::string path = "$";  // where in the request, as a JSON path
  std::string_view code = code::kValidation;
  std::optional<Location> location = std::nullopt;
  // Of an execution: the key in the response that has failed (specification,
  // section 7.1.2). Empty: no single one.
  std::string field = {};
};

// A value or an error; the shape of use is that of Result.
template <class T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Outcome(GraphqlError error)
      : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  T& value() & { return *std::get_if<0>(&state_); }
  const T& value() const& { return *std::get_if<0>(&state_); }
  T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const GraphqlError& error() const& { return *std::get_if<1>(&state_); }
  GraphqlError&& error() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, GraphqlError> state_;
};

// The location of a byte in a text.
[[nodiscard]] Location locate(std::string_view text, std::size_t offset);

// The element of "errors" as JSON.
void append_error(std::string& out, const GraphqlError& error);

// {"errors":[...]}: no data, nothing was executed.
[[nodiscard]] std::string error_document(
    const std::vector<GraphqlError>& errors);

}  // namespace trestle::graphql
