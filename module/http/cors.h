// trestle_cors: which pages of other origins may read our answers (Fetch
// Standard, 3.2). An origin is echoed only when it is listed; "*" never goes
// together with credentials.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trestle::http {

struct Cors {
  bool any_origin = false;
  std::vector<std::string> origins;  // as browsers send them, lower case
  bool credentials = false;
  std::string methods;  // "GET, POST"
  std::string headers;  // empty: what the preflight asks for
  std::string expose;   // empty: none beyond the safelisted
  unsigned max_age_s = 86'400;
};

// The value of Access-Control-Allow-Origin for a request that sent `origin`,
// or nullopt: no header, so the browser refuses.
[[nodiscard]] std::optional<std::string_view> allowed_origin(
    const Cors& cors, std::string_view origin);

// Reads the words behind trestle_cors:
//   *|origin ... [credentials=on] [methods=A,B] [headers=a,b] [expose=a,b]
//   [max_age=SECONDS]
// nullopt with what is wrong in `problem`.
[[nodiscard]] std::optional<Cors> parse_cors(
    const std::vector<std::string_view>& words, std::string& problem);

}  // namespace trestle::http
