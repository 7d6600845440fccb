#include "graphql/run_errors.h"

#include "base/text.h"

namespace trestle::graphql {
namespace {

RunFailure outage(int status, std::string message) {
  return {.error = {.message = std::move(message), .code = code::kUnexpected},
          .http_status = status,
          .executed = false};
}

// The text of an error that a statement of ours raised by a cast that fails:
// invalid input syntax for type json (Token "trestle" is invalid.).
bool own_message(const RunError& error, std::string& out) {
  constexpr std::string_view kMark = "trestle: ";
  auto from = [&](const std::string& text) {
    std::size_t at = text.find(kMark);
    if (at == std::string::npos) return false;
    out = text.substr(at + kMark.size());
    if (std::size_t end = out.find("affects zero rows");
        end != std::string::npos)
      out.resize(end + std::string_view("affects zero rows").size());
    return true;
  };
  return from(error.message) || (error.detail && from(*error.detail));
}

GraphqlError database_error(const RunError& error, std::string path) {
  const std::string& state = error.sqlstate;
  const std::string& message = error.message;
  GraphqlError out{.message = message, .path = std::move(path)};
  struct Violation {
    std::string_view state;
    std::string_view text;
    std::string_view code;
  };
  constexpr Violation kViolations[] = {
      {"23505", "Uniqueness violation. ", code::kConstraint},
      {"23503", "Foreign key violation. ", code::kConstraint},
      {"23502", "Not-NULL violation. ", code::kConstraint},
      {"23P01", "Exclusion violation. ", code::kConstraint},
      {"23514", "Check constraint violation. ", code::kPermission}};
  for (const Violation& violation : kViolations)
    if (state == violation.state) {
      out.message = concat({violation.text, message});
      out.code = violation.code;
      return out;
    }
  if (state == "42501") {
    out.code = code::kPermission;
    if (message.find("row-level security") != std::string::npos)
      out.message =
          "check constraint of an insert/update permission has failed";
    return out;
  }
  if (state == "44000") {  // a view's WITH CHECK OPTION
    out.code = code::kPermission;
    out.message = "check constraint of an insert/update permission has failed";
    return out;
  }
  if (state.starts_with("22")) {
    out.code = state == "22025" ? code::kBadRequest : code::kData;
    if (state == "22P02" && own_message(error, out.message))
      out.code = code::kValidation;
    return out;
  }
  if (state.starts_with("P0") || state.starts_with("PT")) {
    out.code = message.starts_with("missing session variable")
                   ? code::kNotFound
                   : code::kBadRequest;
    out.path = "$";
    return out;
  }
  if (state == "40001" || state == "40P01") {
    out.message = "the change met another one; try again";
    out.code = code::kUnexpected;
    return out;
  }
  out.message = "database query error";
  out.code = code::kUnexpected;
  return out;
}

}  // namespace

RunFailure describe(const RunError& error, std::string path, bool write) {
  switch (error.kind) {
    case RunError::Kind::database:
      if (error.sqlstate == "57014")
        return outage(504, "the statement took too long and was canceled");
      return {.error = database_error(error, std::move(path))};
    case RunError::Kind::unavailable:
      return outage(503, "the database cannot be reached");
    case RunError::Kind::overload:
      return outage(503, "too many requests wait for the database");
    case RunError::Kind::lost:
      return write ? outage(502,
                            "the connection died, the outcome of the "
                            "change is unknown")
                   : outage(503, "the connection died");
    case RunError::Kind::timeout:
      return outage(504, "the statement took too long and was canceled");
    case RunError::Kind::canceled:
      return outage(499, "the client has left");
  }
  return outage(500, "unexpected error");
}

}  // namespace trestle::graphql
