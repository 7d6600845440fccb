#include "auth/origin.h"

#include <gtest/gtest.h>

namespace trestle::auth {
namespace {

std::string told(std::initializer_list<HeaderView> headers,
                 std::string_view scheme = "https",
                 std::string_view host = "shop.example") {
  std::vector<HeaderView> list(headers);
  Request request;
  request.scheme = scheme;
  request.host = host;
  request.headers = list;
  switch (provenance(request, {"https://app.example"})) {
    case Provenance::same_origin:
      return "same";
    case Provenance::cross_origin:
      return "cross";
    case Provenance::unknown:
      return "unknown";
  }
  return "";
}

TEST(Origin, a_browser_tells_where_a_request_comes_from) {
  EXPECT_EQ(told({}), "unknown");
  EXPECT_EQ(told({{"Sec-Fetch-Site", "same-origin"}}), "same");
  EXPECT_EQ(told({{"sec-fetch-site", "none"}}), "same");
  EXPECT_EQ(told({{"Sec-Fetch-Site", "same-site"}}), "cross");
  EXPECT_EQ(told({{"Sec-Fetch-Site", "cross-site"}}), "cross");
  EXPECT_EQ(told({{"Sec-Fetch-Site", "Same-Origin"}}), "cross");
  EXPECT_EQ(told({{"Sec-Fetch-Site", ""}}), "cross");
  EXPECT_EQ(told({{"Origin", "https://shop.example"}}), "same");
  EXPECT_EQ(told({{"Origin", "HTTPS://Shop.Example:443"}}), "same");
  EXPECT_EQ(told({{"Origin", "http://shop.example"}}), "cross");
  EXPECT_EQ(told({{"Origin", "https://shop.example:8443"}}), "cross");
  EXPECT_EQ(told({{"Origin", "https://shop.example.evil.example"}}), "cross");
  EXPECT_EQ(told({{"Origin", "https://shop.example/"}}), "cross");
  EXPECT_EQ(told({{"Origin", "null"}}), "cross");
  EXPECT_EQ(told({{"Origin", ""}}), "cross");
}

TEST(Origin, ports_count_but_for_default_ones) {
  EXPECT_EQ(
      told({{"Origin", "http://localhost:8080"}}, "http", "localhost:8080"),
      "same");
  EXPECT_EQ(told({{"Origin", "http://localhost"}}, "http", "localhost:80"),
            "same");
  EXPECT_EQ(told({{"Origin", "http://[::1]:8080"}}, "http", "[::1]:8080"),
            "same");
  EXPECT_EQ(told({{"Origin", "http://localhost:8080"}}, "http", "localhost"),
            "cross");
}

TEST(Origin, a_trusted_origin_is_our_own) {
  EXPECT_EQ(told({{"Origin", "https://app.example"},
                  {"Sec-Fetch-Site", "cross-site"}}),
            "same");
  EXPECT_EQ(told({{"Origin", "https://bad.example"},
                  {"Sec-Fetch-Site", "cross-site"}}),
            "cross");
}

TEST(Origin, a_repeated_header_is_not_believed) {
  EXPECT_EQ(told({{"Origin", "https://shop.example"},
                  {"Origin", "https://bad.example"}}),
            "cross");
  EXPECT_EQ(told({{"Sec-Fetch-Site", "cross-site"},
                  {"Sec-Fetch-Site", "same-origin"}}),
            "cross");
}

TEST(Origin, the_configuration_takes_origins_only) {
  EXPECT_EQ(*parse_origin("https://App.Example:443"), "https://app.example");
  EXPECT_EQ(*parse_origin("http://localhost:3000"), "http://localhost:3000");
  for (const char* bad : {"", "app.example", "https://", "https://app.example/",
                          "https://*.example", "://x", "null", "https://u@x"})
    EXPECT_FALSE(parse_origin(bad).ok()) << bad;
}

}  // namespace
}  // namespace trestle::auth
