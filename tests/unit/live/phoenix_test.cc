// The messages of @supabase/realtime-js, in both versions.
#include "live/phoenix.h"

#include <gtest/gtest.h>

#include <memory>

namespace trestle::live {
namespace {

// "join_ref ref topic event payload", or "none". Parsed from a copy of its
// exact size.
std::string parsed(PhoenixVersion version, std::string_view text,
                   MessageKind kind = MessageKind::text) {
  auto copy = std::make_unique<char[]>(text.size());
  text.copy(copy.get(), text.size());
  std::optional<PhoenixMessage> message =
      parse_phoenix(version, kind, {copy.get(), text.size()});
  if (!message) return "none";
  return message->join_ref + " " + message->ref + " " + message->topic + " " +
         message->event + " " + (message->binary ? "bytes " : "") +
         message->payload;
}

constexpr auto kV1 = PhoenixVersion::v1;
constexpr auto kV2 = PhoenixVersion::v2;

TEST(Phoenix, reads_lists_of_five_in_version_2) {
  EXPECT_EQ(parsed(kV2, R"(["1","2","realtime:a","phx_join",{"config":{}}])"),
            R"("1" "2" realtime:a phx_join {"config":{}})");
  EXPECT_EQ(parsed(kV2, R"([null,"3","phoenix","heartbeat",{}])"),
            R"(null "3" phoenix heartbeat {})");
  for (const char* text :
       {"", "{}", "[]", R"(["1","2","a","b"])", R"(["1","2","a","b",{},1])",
        R"([{},"2","a","b",{}])", R"(["1","2",3,"b",{}])",
        R"(["1","2","a",null,{}])", R"(["1","2","a","b","\ud800"])"})
    EXPECT_EQ(parsed(kV2, text), "none") << text;
}

TEST(Phoenix, of_members_that_stand_twice_the_last_counts) {
  EXPECT_EQ(parsed(kV1, R"({"topic":"a","event":"b","payload":{"c":1},)"
                        R"("ref":"1","payload":{"d":2},"ref":"2"})"),
            R"( "2" a b {"d":2})");
}

TEST(Phoenix, reads_objects_in_version_1) {
  EXPECT_EQ(parsed(kV1, R"({"topic":"t","event":"e","payload":{"a":1},)"
                        R"("ref":"2","join_ref":"1"})"),
            R"("1" "2" t e {"a":1})");
  EXPECT_EQ(parsed(kV1, R"({"topic":"t","event":"e","payload":{},"ref":null})"),
            " null t e {}");
  for (const char* text :
       {R"(["1","2","t","e",{}])", R"({"topic":"t","event":"e"})",
        R"({"topic":1,"event":"e","payload":{}})"})
    EXPECT_EQ(parsed(kV1, text), "none") << text;
}

std::string push(std::string_view encoding, std::string_view payload) {
  return std::string("\x03\x01\x01\x02\x01\x00", 6) + std::string(encoding) +
         "12" + "rt" + "e" + std::string(payload);
}

TEST(Phoenix, reads_binary_broadcasts) {
  const std::string bytes("\x00\xff", 2);
  EXPECT_EQ(parsed(kV2, push(std::string(1, '\0'), bytes), MessageKind::binary),
            "\"1\" \"2\" rt e bytes " + bytes);
  EXPECT_EQ(
      parsed(kV2, push("\x01", R"({"a": 1})"), MessageKind::binary),
      R"("1" "2" rt broadcast {"type":"broadcast","event":"e","payload":{"a":1}})");
  const std::string whole = push("\x01", "1");
  for (std::size_t size = 0; size < whole.size(); size++)
    EXPECT_EQ(parsed(kV2, whole.substr(0, size), MessageKind::binary), "none")
        << size;
  EXPECT_EQ(parsed(kV2, push("\x01", "{nope"), MessageKind::binary), "none");
  EXPECT_EQ(parsed(kV1, whole, MessageKind::binary), "none");
}

TEST(Phoenix, writes_both_versions) {
  EXPECT_EQ(phoenix_text(kV2, "\"1\"", "\"2\"", "t", "phx_reply", "{}"),
            R"(["1","2","t","phx_reply",{}])");
  EXPECT_EQ(phoenix_text(kV2, {}, {}, "t", "system", "{}"),
            R"([null,null,"t","system",{}])");
  EXPECT_EQ(phoenix_text(kV1, {}, {}, "t", "system", "{}"),
            R"({"topic":"t","event":"system","payload":{},"ref":null})");
  EXPECT_EQ(phoenix_binary("rt", "e", "xyz"),
            std::string("\x04\x02\x01\x00\x00rtexyz", 11));
}

}  // namespace
}  // namespace trestle::live
