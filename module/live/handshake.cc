#include "live/handshake.h"

#include <openssl/evp.h>

#include <array>
#include <vector>

#include "base/text.h"

namespace trestle::live {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::vector<std::string_view> header_values(const Request& request,
                                            std::string_view name) {
  std::vector<std::string_view> values;
  for (const HeaderView& header : request.headers)
    if (ascii_iequals(header.name, name)) values.push_back(trim(header.value));
  return values;
}

// Whether a comma-separated header, over all its lines, lists `token`.
bool lists_token(const Request& request, std::string_view name,
                 std::string_view token) {
  for (std::string_view value : header_values(request, name))
    for (std::string_view item : split(value, ','))
      if (ascii_iequals(trim(item), token)) return true;
  return false;
}

// 16 random bytes in base64: 22 characters and "==" (RFC 6455 4.1).
bool is_key(std::string_view key) {
  if (key.size() != 24 || !key.ends_with("==")) return false;
  for (char c : key.substr(0, 22)) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '+' && c != '/')
      return false;
  }
  return true;
}

std::string accept_of(std::string_view key) {
  std::string text = concat({key, kGuid});
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(),
                 nullptr) != 1)
    return {};
  std::array<unsigned char, 32> base64;
  int length =
      EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
  return {reinterpret_cast<char*>(base64.data()),
          static_cast<std::size_t>(length)};
}

std::string choose_subprotocol(const Request& request,
                               std::span<const std::string_view> ours) {
  for (std::string_view candidate : ours)
    for (std::string_view value :
         header_values(request, "Sec-WebSocket-Protocol"))
      for (std::string_view offered : split(value, ','))
        if (trim(offered) == candidate) return std::string(candidate);
  return {};
}

Error refused(int status, std::string_view message) {
  return {
      .code = "TRS600", .http_status = status, .message = std::string(message)};
}

}  // namespace

bool wants_websocket(const Request& request) {
  return lists_token(request, "Upgrade", "websocket");
}

Result<Handshake> check_handshake(const Request& request, bool http_1_1,
                                  const HandshakePolicy& policy) {
  if (request.method != "GET")
    return refused(405, "A WebSocket is opened with GET");
  if (!http_1_1) return refused(426, "A WebSocket is opened over HTTP/1.1");
  if (!wants_websocket(request))
    return refused(426, "This location speaks WebSocket: Upgrade: websocket");
  if (!lists_token(request, "Connection", "Upgrade"))
    return refused(400, "Connection: Upgrade is missing");

  std::vector<std::string_view> versions =
      header_values(request, "Sec-WebSocket-Version");
  if (versions.size() > 1)
    return refused(400, "Sec-WebSocket-Version is given twice");
  if (versions.empty() || versions[0] != "13")
    return refused(426, "Sec-WebSocket-Version must be 13");

  std::vector<std::string_view> keys =
      header_values(request, "Sec-WebSocket-Key");
  if (keys.size() != 1 || !is_key(keys[0]))
    return refused(400, "Sec-WebSocket-Key must be 16 bytes in base64");

  Handshake handshake;
  handshake.accept = accept_of(keys[0]);
  if (handshake.accept.empty())
    return Error{.code = "TRS900",
                 .http_status = 500,
                 .message = "SHA-1 is not available"};
  handshake.subprotocol = choose_subprotocol(request, policy.subprotocols);
  handshake.deflate = negotiate_deflate(
      header_values(request, "Sec-WebSocket-Extensions"), policy.deflate);
  return handshake;
}

}  // namespace trestle::live
