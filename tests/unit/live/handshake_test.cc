#include "live/handshake.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/text.h"

namespace trestle::live {
namespace {

const std::vector<HeaderView> kGood = {
    {"Host", "localhost"},
    {"Upgrade", "websocket"},
    {"Connection", "keep-alive, Upgrade"},
    {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
    {"Sec-WebSocket-Version", "13"},
};

std::string answer(const std::vector<HeaderView>& headers,
                   std::string_view method = "GET", bool http_1_1 = true) {
  static constexpr std::string_view kOurs[] = {"graphql-transport-ws", "chat"};
  Request request;
  request.method = method;
  request.headers = headers;
  auto handshake = check_handshake(request, http_1_1, {.subprotocols = kOurs});
  if (!handshake.ok()) return std::to_string(handshake.error().http_status);
  return handshake->subprotocol.empty()
             ? handshake->accept
             : concat({handshake->accept, " ", handshake->subprotocol});
}

// The same headers with `name` replaced, or left out when `value` is null.
std::string with(std::string_view name, const char* value) {
  std::vector<HeaderView> headers;
  for (HeaderView header : kGood) {
    if (header.name == name) {
      if (value == nullptr) continue;
      header.value = value;
    }
    headers.push_back(header);
  }
  return answer(headers);
}

// RFC 6455 1.3.
TEST(Handshake, GivesTheRfcsAcceptForTheRfcsKey) {
  EXPECT_EQ(answer(kGood), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(Handshake, ChoosesAnOfferedSubprotocolOrNone) {
  auto headers = kGood;
  headers.push_back({"Sec-WebSocket-Protocol", "x, chat"});
  EXPECT_EQ(answer(headers), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo= chat");
  headers.back().value = "x, y";
  EXPECT_EQ(answer(headers), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(Handshake, SaysWhatIsWrong) {
  EXPECT_EQ(answer(kGood, "POST"), "405");
  EXPECT_EQ(answer(kGood, "GET", false), "426");
  EXPECT_EQ(with("Upgrade", nullptr), "426");
  EXPECT_EQ(with("Upgrade", "websockets"), "426");
  EXPECT_EQ(with("Connection", "Upgraded"), "400");
  EXPECT_EQ(with("Sec-WebSocket-Version", nullptr), "426");
  for (const char* version : {"8", "013", "13.0", ""})
    EXPECT_EQ(with("Sec-WebSocket-Version", version), "426") << version;
  for (const char* key : {"", "c2hvcnQ=", "!!!!!!!!!!!!!!!!!!!!!!!!"})
    EXPECT_EQ(with("Sec-WebSocket-Key", key), "400") << key;
  auto twice = kGood;
  twice.push_back(kGood[3]);
  EXPECT_EQ(answer(twice), "400");
}

}  // namespace
}  // namespace trestle::live
