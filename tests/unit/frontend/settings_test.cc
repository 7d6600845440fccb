#include "frontend/settings.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/text.h"

namespace trestle {
namespace {

Request request_of(std::string_view path,
                   std::span<const HeaderView> headers = {}) {
  Request request;
  request.method = "GET";
  request.path = path;
  request.headers = headers;
  return request;
}

std::string dump(const Settings& settings) {
  std::string out;
  for (const Setting& setting : settings)
    out.append(concat({setting.name, "=", setting.value, "\n"}));
  return out;
}

TEST(Settings, role_comes_first_and_names_are_postgrests) {
  std::vector<HeaderView> headers = {{"Host", "shop"},
                                     {"X-Forwarded-For", "a"},
                                     {"Cookie", "b=2; a=\"1\"; b=3"},
                                     {"x-forwarded-for", "b"}};
  auto claims = std::make_shared<auth::Claims>();
  claims->json = R"({"sub":"ann"})";
  auth::Identity identity{.role = "web", .claims = claims};
  Request request = request_of("/a b", headers);
  EXPECT_EQ(dump(request_settings(identity, request)),
            "role=web\n"
            "request.jwt.claims={\"sub\":\"ann\"}\n"
            "request.method=GET\n"
            "request.path=/a b\n"
            "request.headers={\"host\":\"shop\",\"x-forwarded-for\":\"a, b\"}\n"
            "request.cookies={\"a\":\"\\\"1\\\"\",\"b\":\"2\"}\n");
}

TEST(Settings, an_anonymous_visitor_has_a_role_as_his_claims) {
  Request request = request_of("/");
  EXPECT_EQ(
      dump(request_settings({.role = "anon", .claims = nullptr}, request)),
      "role=anon\n"
      "request.jwt.claims={\"role\":\"anon\"}\n"
      "request.method=GET\n"
      "request.path=/\n"
      "request.headers={}\n"
      "request.cookies={}\n");
}

TEST(Settings, without_any_role_none_is_set) {
  Request request = request_of("/");
  Settings settings = request_settings({}, request);
  ASSERT_FALSE(settings.empty());
  EXPECT_EQ(settings[0].name, "request.method");
}

TEST(Settings, bytes_that_are_not_utf8_are_read_as_latin1) {
  std::vector<HeaderView> headers = {{"X-Name", "caf\xe9"},
                                     {"X-Good", "caf\xc3\xa9"}};
  Request request = request_of("/\xff", headers);
  std::string out = dump(request_settings({}, request));
  EXPECT_TRUE(is_utf8(out));
  EXPECT_NE(out.find("\"x-name\":\"caf\xc3\xa9\""), std::string::npos);
  EXPECT_NE(out.find("\"x-good\":\"caf\xc3\xa9\""), std::string::npos);
  EXPECT_NE(out.find("request.path=/\xc3\xbf"), std::string::npos);
}

}  // namespace
}  // namespace trestle
