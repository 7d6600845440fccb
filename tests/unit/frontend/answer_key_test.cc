// Which requests may share a kept answer: none that a front-end could tell
// apart.
#include "frontend/answer_key.h"

#include <gtest/gtest.h>

#include <vector>

namespace trestle {
namespace {

// Reads Accept; of everything when `reads_all`.
class Reader final : public Frontend {
 public:
  explicit Reader(bool reads_all) : reads_all_(reads_all) {}
  std::optional<Work> begin(const Exchange&) const override {
    return std::nullopt;
  }
  bool reads_cookies() const override { return reads_all_; }
  bool reads_header(std::string_view name) const override {
    return reads_all_ || ascii_iequals(name, "accept");
  }

 private:
  bool reads_all_;
};

auth::Identity visitor(std::string role, std::string claims) {
  auth::Identity identity;
  identity.role = std::move(role);
  if (!claims.empty()) {
    auto made = std::make_shared<auth::Claims>();
    made->json = std::move(claims);
    identity.claims = std::move(made);
  }
  return identity;
}

Request request(std::string_view path, std::string_view query,
                std::span<const HeaderView> headers = {}) {
  Request made;
  made.method = "GET";
  made.scheme = "http";
  made.host = "shop.example";
  made.path = path;
  made.query = query;
  made.headers = headers;
  return made;
}

std::string key(const Request& request,
                const auth::Identity& identity = visitor("web", ""),
                bool reads_all = false) {
  std::string key;
  append_request_key(key, Reader(reads_all), identity, request);
  return key;
}

TEST(AnswerKey, no_two_visitors_share_an_answer) {
  const Request same = request("/a", "");
  EXPECT_EQ(key(same), key(same));
  EXPECT_NE(key(same), key(same, visitor("admin", "")));
  EXPECT_NE(key(same), key(same, visitor("web", R"({"sub":"1"})")));
  EXPECT_NE(key(same, visitor("web", R"({"sub":"1"})")),
            key(same, visitor("web", R"({"sub":"2"})")));
}

TEST(AnswerKey, parts_do_not_run_into_one_another) {
  EXPECT_NE(key(request("/ab", "c")), key(request("/a", "bc")));
  EXPECT_NE(key(request("/a", ""), visitor("x", "")),
            key(request("x/a", ""), visitor("", "")));
}

TEST(AnswerKey, has_the_headers_that_the_front_end_reads) {
  const std::vector<HeaderView> json = {{"Accept", "application/json"}};
  const std::vector<HeaderView> csv = {{"accept", "text/csv"}};
  const std::vector<HeaderView> agent = {{"User-Agent", "x"}};
  const std::string plain = key(request("/a", ""));
  EXPECT_NE(key(request("/a", "", json)), key(request("/a", "", csv)));
  EXPECT_EQ(key(request("/a", "", agent)), plain);
  EXPECT_NE(key(request("/a", "", agent), visitor("web", ""), true), plain);
}

TEST(AnswerKey, has_no_validator_and_cookies_only_where_they_count) {
  const std::vector<HeaderView> tag = {{"If-None-Match", "\"x\""}};
  const std::vector<HeaderView> cookie = {{"Cookie", "a=b"}};
  const std::string plain = key(request("/a", ""));
  const std::string open = key(request("/a", ""), visitor("web", ""), true);
  EXPECT_EQ(key(request("/a", "", tag), visitor("web", ""), true), open);
  EXPECT_EQ(key(request("/a", "", cookie)), plain);
  EXPECT_NE(key(request("/a", "", cookie), visitor("web", ""), true), open);
}

}  // namespace
}  // namespace trestle
