// Requests that stand in text files, many that are sent in the same way:
//
//   == POST /text                      how: method and target
//   Content-Type: application/json     headers, among them
//   expect: json                       what must come (a word for the test)
//   within: 50                         in how many milliseconds
//   body: {"query": @json}             the form of a body
//
//   {"t": 1                            an entry a line, up to the next "=="
//
// An entry takes the place of @@ in the target, in a header or in the body's
// form, or is the body when @@ and @json are nowhere; @json is the entry as a
// string of JSON. In all of them
//
//   $<00ff>       are bytes in hexadecimal digits, $<> is nothing
//   $[20|text$]   repeats the text; # in it counts from 0, #+ from 1
//   $/            is the end of a line of HTTP (CR LF)
//
// A line that begins with "# ", and an empty one, is nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/http_client.h"

namespace trestle::testing {

struct CorpusRequest {
  std::string where;  // file and line
  std::string method;
  std::string target;
  Headers headers;
  std::string body;
  std::string expect;
  int within_ms = 0;  // 0: no matter
};

// All requests of a file, in its order. A mistake in the file fails the test.
[[nodiscard]] std::vector<CorpusRequest> read_corpus(const std::string& path);

}  // namespace trestle::testing
