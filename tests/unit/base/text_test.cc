#include "base/text.h"

#include <gtest/gtest.h>

namespace trestle {
namespace {

TEST(Text, ConcatJoinsParts) {
  EXPECT_EQ(concat({"a", "", "bc"}), "abc");
  EXPECT_EQ(concat({}), "");
}

TEST(Text, SplitKeepsEmptyPieces) {
  using Pieces = std::vector<std::string_view>;
  EXPECT_EQ(split("a,,b", ','), (Pieces{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (Pieces{""}));
  EXPECT_EQ(split("a,", ','), (Pieces{"a", ""}));
}

TEST(Text, IsUtf8AcceptsWellFormedText) {
  for (std::string_view good :
       {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xef\xbf\xbf",
        "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80"})
    EXPECT_TRUE(is_utf8(good)) << good;
}

TEST(Text, IsUtf8RefusesOverlongSurrogateAndCutText) {
  for (std::string_view bad :
       {"\x80", "\xc3", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80",
        "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
        "\xe2\x82", "\xf0\x9f\x98", "a\xc3(b"})
    EXPECT_FALSE(is_utf8(bad)) << bad;
}

TEST(Text, UrlDecodeRefusesACutEscape) {
  EXPECT_EQ(url_decode("a%20b+c", true), "a b c");
  EXPECT_EQ(url_decode("a+b", false), "a+b");
  EXPECT_EQ(url_decode("%C3%a9", false), "\xc3\xa9");
  EXPECT_EQ(url_decode("%", false), std::nullopt);
  EXPECT_EQ(url_decode("%4", false), std::nullopt);
  EXPECT_EQ(url_decode("%4g", false), std::nullopt);
}

TEST(Text, UrlEncodeKeepsUnreservedOnly) {
  EXPECT_EQ(url_encode("a-Z_0.~"), "a-Z_0.~");
  EXPECT_EQ(url_encode("a b/\xc3\xa9"), "a%20b%2F%C3%A9");
}

TEST(Text, Base64UrlRoundTripsEveryLength) {
  std::string bytes;
  for (int i = 0; i < 70; i++) {
    std::string text = base64url_encode(bytes);
    EXPECT_EQ(text.find('='), std::string::npos);
    EXPECT_EQ(base64url_decode(text), bytes);
    bytes.push_back(static_cast<char>(i * 37));
  }
}

TEST(Text, Base64UrlHasOneSpellingPerValue) {
  EXPECT_EQ(base64url_decode("QQ"), "A");
  EXPECT_EQ(base64url_decode("QR"), std::nullopt);  // spare bits set
  EXPECT_EQ(base64url_decode("QQ=="), std::nullopt);
  EXPECT_EQ(base64url_decode("Q"), std::nullopt);
  EXPECT_EQ(base64url_decode("Q+"), std::nullopt);
  EXPECT_EQ(base64url_decode("Q Q"), std::nullopt);
}

TEST(Text, WordOfIsWholeAndOne) {
  EXPECT_TRUE(is_word_of(" one two ", "one"));
  EXPECT_TRUE(is_word_of(" atwo two ", "two"));
  EXPECT_FALSE(is_word_of(" one two ", "on"));
  EXPECT_FALSE(is_word_of(" one two ", "one two"));
  EXPECT_FALSE(is_word_of(" one two ", ""));
}

TEST(Text, NearestWordGuessesTypos) {
  EXPECT_EQ(nearest_word("prodcut", {"order", "product"}), "product");
  EXPECT_EQ(nearest_word("nmae", {"name", "game"}), "name");
  EXPECT_EQ(nearest_word("zebra", {"order", "product"}), "");
}

TEST(Text, EditDistanceCountsSwapsOnce) {
  EXPECT_EQ(edit_distance("ab", "ba"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
}

}  // namespace
}  // namespace trestle
