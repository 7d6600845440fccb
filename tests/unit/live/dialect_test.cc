// Which messages are commands, and what goes back.
#include "live/dialect.h"

#include <gtest/gtest.h>

namespace trestle::live {
namespace {

// "join topic=room:5 since=.. ref=1", as far as there is any.
std::string words(const Command& command) {
  constexpr const char* kNames[] = {"none",  "join",    "leave", "pub",
                                    "track", "untrack", "sub",   "unsub",
                                    "live",  "unlive",  "auth"};
  std::string text = kNames[static_cast<int>(command.kind)];
  if (!command.topic.empty()) text += " topic=" + command.topic;
  if (!command.token.empty()) text += " token=" + command.token;
  if (!command.data.empty()) text += " data=" + command.data;
  if (!command.filter.empty()) text += " filter=" + command.filter;
  if (!command.select.empty()) text += " select=" + command.select;
  if (command.rows) text += " rows";
  if (command.presence) text += " presence";
  if (!command.only.empty()) text += " only=" + command.only;
  if (!command.since.empty()) text += " since=" + command.since;
  if (!command.ref.empty()) text += " ref=" + command.ref;
  return text;
}

struct Case {
  const char* message;
  const char* command;
};

TEST(Dialect, takes_commands_and_leaves_the_rest) {
  const Case cases[] = {
      {R"({"join":"room:5","ref":1})", "join topic=room:5 ref=1"},
      {R"( {"join":"a","since":"1-8"} )", "join topic=a since=1-8"},
      {R"({"ref":{"a":[1]},"leave":"a"})", R"(leave topic=a ref={"a":[1]})"},
      {R"({"pub":"a","data":{"x":1.5}})", R"(pub topic=a data={"x":1.5})"},
      {R"({"pub":"a","data":null,"ref":"r"})",
       R"(pub topic=a data=null ref="r")"},
      {R"({"auth":"t"})", "auth token=t"},
      {R"({"live":"/a?b=1","ref":2})", "live topic=/a?b=1 ref=2"},
      {R"({"unlive":"/a","only":2})", "unlive topic=/a only=2"},
      {R"({"live":"/a","rows":true})", "none"},
      {R"({"join":"a","presence":true})", "join topic=a presence"},
      {R"({"join":"a","presence":1})", "none"},
      {R"({"track":"a","data":{"x":1}})", R"(track topic=a data={"x":1})"},
      {R"({"track":"a","data":"x"})", "none"},
      {R"({"track":"a"})", "none"},
      {R"({"untrack":"a","ref":1})", "untrack topic=a ref=1"},
      {R"({"sub":"o","filter":"id=gt.7","select":"id","rows":true,"ref":1})",
       "sub topic=o filter=id=gt.7 select=id rows ref=1"},
      {R"({"sub":"o","rows":1})", "none"},
      {R"({"sub":"o","only":1})", "none"},
      {R"({"unsub":"o","only":1,"ref":2})", "unsub topic=o only=1 ref=2"},
      // Another member, a wrong type, two verbs: the location's own messages.
      {R"({"join":"a","text":"x"})", "none"},
      {R"({"join":5})", "none"},
      {R"({"join":"a","leave":"b"})", "none"},
      {R"({"join":"a","join":"b"})", "none"},
      {R"({"pub":"a"})", "none"},
      {R"({"join":"a","data":1})", "none"},
      {R"({"leave":"a","since":"1-8"})", "none"},
      {R"({"join":"a","since":5})", "none"},
      {R"({"data":1,"ref":2})", "none"},
      {R"({"pub":"a","data":"\udc00"})", "none"},  // has no UTF-8 form
      {R"({"join":"a","ref":"\udc00"})", "none"},
      {R"({})", "none"},
      {R"(["join"])", "none"},
      {R"({"join":"a")", "none"},
      {"", "none"},
      {"join", "none"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(words(parse_command(c.message)), c.command) << c.message;
}

TEST(Dialect, topics_are_short_and_printable) {
  EXPECT_TRUE(is_topic("room:5"));
  EXPECT_TRUE(is_topic("caf\xc3\xa9 / 1"));
  EXPECT_TRUE(is_topic(std::string(255, 'x')));
  EXPECT_FALSE(is_topic(std::string(256, 'x')));
  EXPECT_FALSE(is_topic(""));
  EXPECT_FALSE(is_topic("a\nb"));
}

TEST(Dialect, writes_answers) {
  EXPECT_EQ(ok_text("", ""), R"({"ok":1})");
  EXPECT_EQ(ok_text("1-8", "[2]"), R"({"ok":1,"id":"1-8","ref":[2]})");
  EXPECT_EQ(channel_text("a\"b", "{\"x\":1}", "1-8"),
            R"({"ch":"a\"b","data":{"x":1},"id":"1-8"})");
  EXPECT_EQ(live_text("/a", "[1]", "2"), R"({"live":"/a","data":[1],"ref":2})");
  EXPECT_EQ(live_text("/a", "no \"json\"", ""),
            R"({"live":"/a","data":"no \"json\""})");
  EXPECT_EQ(resync_text("a"), R"({"resync":"a"})");
}

TEST(Dialect, a_command_that_is_written_reads_back) {
  for (const char* text :
       {R"({"join":"room:5","since":"1-8","presence":true,"ref":"a"})",
        R"({"sub":"o","filter":"id=gt.7","select":"id","rows":true,"ref":1})"})
    EXPECT_EQ(command_text(parse_command(text)), text);
}

}  // namespace
}  // namespace trestle::live
