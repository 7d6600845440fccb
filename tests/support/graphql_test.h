// A fixture for tests of trestle_graphql from the outside: a shop, and requests
// whose answers are compared without PostgreSQL's blanks.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "support/server_test.h"
#include "support/token.h"

namespace trestle::testing {

inline constexpr const char* kGraphqlKey =
    "graphql-tests-key-0123456789abcdef0123456789";

// The inside of a JSON string.
inline std::string json_escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    if (c == '\n')
      out.append("\\n");
    else
      out.push_back(c);
  }
  return out;
}

// JSON without the blanks between its tokens.
inline std::string compact(std::string_view text) {
  std::string out;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (quoted && text[i] == '\\') {
      out.append(text.substr(i++, 2));
      continue;
    }
    if (text[i] == '"') quoted = !quoted;
    if (quoted || (text[i] != ' ' && text[i] != '\n')) out.push_back(text[i]);
  }
  return out;
}

class GraphqlServerTest : public ServerTest {
 protected:
  // `role` empty: anonymous.
  Response send(std::string_view query, std::string_view variables = "{}",
                std::string_view role = "", const Headers& more = {}) {
    Headers headers = {{"Content-Type", "application/json"}};
    headers.insert(headers.end(), more.begin(), more.end());
    if (!role.empty())
      headers.push_back(bearer(hs256_token(
          "{\"role\": \"" + std::string(role) + "\", \"sub\": \"1\"}",
          kGraphqlKey)));
    return nginx().request("POST", "/graphql", headers,
                           "{\"query\": \"" + json_escaped(query) +
                               "\", \"variables\": " + std::string(variables) +
                               "}");
  }

  std::string ask(std::string_view query, std::string_view variables = "{}",
                  std::string_view role = "") {
    return compact(send(query, variables, role).body);
  }
};

}  // namespace trestle::testing
