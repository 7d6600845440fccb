#include "http/errors.h"

#include "base/json.h"
#include "base/text.h"

namespace trestle::http::errors {

namespace {

struct Phrase {
  int status;
  std::string_view message;
};

// RFC 9110 15.5 and 15.6, RFC 6585 and nginx's own numbers, which have left the
// server under the name of another status.
constexpr Phrase kPhrases[] = {
    {400, "The request cannot be understood"},
    {401, "Authentication is needed"},
    {403, "Access is forbidden"},
    {404, "Not found"},
    {405, "The method is not allowed here"},
    {406, "Nothing acceptable can be answered"},
    {408, "The request took too long to arrive"},
    {409, "Conflict with the current state"},
    {411, "A Content-Length is needed"},
    {412, "A precondition has failed"},
    {413, "The request body is too large"},
    {414, "The URI is too long"},
    {415, "The media type is not supported"},
    {416, "The range cannot be satisfied"},
    {417, "The expectation cannot be met"},
    {421, "The request came to the wrong server"},
    {429, "Too many requests"},
    {431, "The request header is too large"},
    {500, "Internal server error"},
    {501, "Not implemented"},
    {502, "Bad gateway"},
    {503, "Temporarily unavailable"},
    {504, "Gateway timeout"},
    {505, "HTTP version not supported"},
    {507, "Insufficient storage"},
};

}  // namespace

Error bad_header(std::string_view name) {
  std::string shown;
  for (char c : name) shown.push_back(c >= 0x20 && c < 0x7f ? c : '?');
  return {.code = "TRS080",
          .http_status = 500,
          .message = concat({"The answer's header \"", shown,
                             "\" holds bytes that no header may hold"})};
}

Error result_too_large() {
  return {.code = "TRS081",
          .http_status = 500,
          .message = "The answer is larger than this server sends",
          .hint = "Ask for fewer rows, or raise trestle_max_result"};
}

Error body_timeout() {
  return {.code = "TRS082",
          .http_status = 408,
          .message = "The request body took too long to arrive"};
}

Error body_unreadable() {
  return {.code = "TRS083",
          .http_status = 500,
          .message = "The request body could not be read"};
}

Error no_database() {
  return {.code = "TRS084",
          .http_status = 503,
          .message = "The database cannot be used now"};
}

Error no_catalog() {
  return {.code = "TRS085",
          .http_status = 503,
          .message =
              "Could not query the database for the schema cache. "
              "Retrying."};
}

Error of_status(int status) {
  std::string code = "TRS";
  append_number(code, status);
  for (const Phrase& phrase : kPhrases)
    if (phrase.status == status)
      return {.code = code,
              .http_status = status,
              .message = std::string(phrase.message)};
  return {.code = code,
          .http_status = status,
          .message = status < 500 ? "The request was refused"
                                  : "The server could not answer"};
}

}  // namespace trestle::http::errors
