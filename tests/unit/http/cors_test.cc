#include "http/cors.h"

#include <gtest/gtest.h>

namespace trestle::http {
namespace {

std::optional<Cors> parse(std::vector<std::string_view> words) {
  std::string problem;
  std::optional<Cors> cors = parse_cors(words, problem);
  EXPECT_EQ(cors.has_value(), problem.empty()) << problem;
  return cors;
}

TEST(Cors, a_listed_origin_is_echoed_and_no_other) {
  const std::optional<Cors> cors =
      parse({"https://app.example", "http://localhost:3000"});
  ASSERT_TRUE(cors);
  EXPECT_EQ(allowed_origin(*cors, "https://app.example"),
            "https://app.example");
  EXPECT_EQ(allowed_origin(*cors, "http://localhost:3000"),
            "http://localhost:3000");
  for (std::string_view other :
       {"https://app.example.evil", "http://app.example", "null", "",
        "https://app.example:8443", "https://evil"})
    EXPECT_EQ(allowed_origin(*cors, other), std::nullopt) << other;
}

TEST(Cors, any_origin_gets_a_star) {
  const std::optional<Cors> cors = parse({"*"});
  ASSERT_TRUE(cors);
  EXPECT_EQ(allowed_origin(*cors, "https://whoever"), "*");
  EXPECT_EQ(cors->methods, "GET, HEAD, POST, PUT, PATCH, DELETE");
}

TEST(Cors, options_are_read) {
  const std::optional<Cors> cors =
      parse({"https://a.example", "credentials=on", "methods=GET,PUT",
             "headers=x-a,x-b", "expose=x-c", "max_age=10m"});
  ASSERT_TRUE(cors);
  EXPECT_TRUE(cors->credentials);
  EXPECT_EQ(cors->methods, "GET, PUT");
  EXPECT_EQ(cors->headers, "x-a, x-b");
  EXPECT_EQ(cors->expose, "x-c");
  EXPECT_EQ(cors->max_age_s, 600u);
}

TEST(Cors, mistakes_are_refused) {
  for (std::vector<std::string_view> words :
       {std::vector<std::string_view>{"app.example"},
        {"https://a.example/path"},
        {"*", "credentials=on"},
        {"*", "credentials=maybe"},
        {"*", "max_age=long"},
        {"*", "max_age=99999999"},
        {"*", "methods="},
        {"*", "headers=a b"},
        {"*", "colour=red"},
        {"max_age=3"}})
    EXPECT_FALSE(parse(words)) << words.back();
}

}  // namespace
}  // namespace trestle::http
