#include "auth/session.h"

#include <gtest/gtest.h>

#include <set>

#include "base/text.h"

namespace trestle::auth {
namespace {

constexpr std::string_view kOld = "1111111111111111111111111111111111111111";
constexpr std::string_view kNew = "2222222222222222222222222222222222222222";

SealingKeys keys_of(std::initializer_list<std::string_view> lines) {
  std::string content = "# newest first\n\n";
  for (std::string_view line : lines) content += concat({line, "\r\n"});
  return SealingKeys::parse(content).value();
}

TEST(SealingKeys, open_what_they_sealed) {
  SealingKeys keys = keys_of({kNew});
  for (std::string_view text : {"", "x", R"({"user_id":7})"}) {
    std::string sealed = keys.seal("p", text).value();
    EXPECT_EQ(keys.open("p", sealed), text);
    EXPECT_EQ(keys.open("q", sealed), std::nullopt) << "another purpose";
    EXPECT_EQ(keys.open("", sealed), std::nullopt);
  }
}

TEST(SealingKeys, never_seal_the_same_text_alike) {
  SealingKeys keys = keys_of({kNew});
  std::set<std::string> seen;
  for (int i = 0; i < 100; i++) seen.insert(keys.seal("p", "x").value());
  EXPECT_EQ(seen.size(), 100u);
}

TEST(SealingKeys, rotate) {
  std::string by_old = keys_of({kOld}).seal("p", "x").value();
  std::string by_both = keys_of({kNew, kOld}).seal("p", "x").value();
  EXPECT_EQ(keys_of({kNew, kOld}).open("p", by_old), "x");
  EXPECT_EQ(keys_of({kNew}).open("p", by_both), "x") << "the first one seals";
  EXPECT_EQ(keys_of({kNew}).open("p", by_old), std::nullopt);
}

TEST(SealingKeys, open_nothing_that_was_changed) {
  SealingKeys keys = keys_of({kNew, kOld});
  std::string sealed = keys.seal("p", R"({"user_id":7})").value();
  for (std::size_t i = 0; i < sealed.size(); i++) {
    std::string bad = sealed;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    EXPECT_EQ(keys.open("p", bad), std::nullopt) << i;
    EXPECT_EQ(keys.open("p", sealed.substr(0, i)), std::nullopt) << i;
  }
}

TEST(SealingKeys, a_bad_file_tells_the_line) {
  EXPECT_EQ(SealingKeys::parse("# none\n").error().message,
            "the session key file holds no key: write one a line, as \"openssl "
            "rand -base64 32\" prints it");
  EXPECT_EQ(SealingKeys::parse(concat({kNew, "\n\nshort\n"})).error().message,
            "the session key in line 3 has 5 bytes, at least 32 are needed: "
            "\"openssl rand -base64 32\" makes one");
}

TEST(Session, comes_back_as_it_was) {
  SealingKeys keys = keys_of({kNew});
  std::string sealed =
      seal_session(keys, "session:shop",
                   {.claims = R"({"a":1})", .issued = -5, .expires = 1LL << 40})
          .value();
  std::optional<Session> session = open_session(keys, "session:shop", sealed);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->claims, R"({"a":1})");
  EXPECT_EQ(session->issued, -5);
  EXPECT_EQ(session->expires, 1LL << 40);
  EXPECT_FALSE(open_session(keys, "session:office", sealed));
  EXPECT_FALSE(open_session(keys, "p", keys.seal("p", "short").value()));
}

TEST(Cookie, is_found_by_its_whole_name) {
  constexpr std::string_view kHeader =
      "a=1; xtrestle=2;trestle=abc=d ;trestle=later; empty=; novalue";
  EXPECT_EQ(find_cookie(kHeader, "trestle"), "abc=d");
  EXPECT_EQ(find_cookie(kHeader, "a"), "1");
  EXPECT_EQ(find_cookie(kHeader, "empty"), "");
  EXPECT_EQ(find_cookie(kHeader, "novalue"), std::nullopt);
  EXPECT_EQ(find_cookie(kHeader, "TRESTLE"), std::nullopt);
  EXPECT_EQ(find_cookie("", "a"), std::nullopt);
}

}  // namespace
}  // namespace trestle::auth
