// The server's side of the WebSocket opening handshake (RFC 6455 4.2).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/http_message.h"
#include "base/result.h"
#include "live/deflate.h"

namespace trestle::live {

struct HandshakePolicy {
  // Subprotocols that we speak, best first; empty: none is ever chosen.
  std::span<const std::string_view> subprotocols = {};
  DeflatePolicy deflate = {};
};

struct Handshake {
  std::string accept;       // Sec-WebSocket-Accept
  std::string subprotocol;  // Sec-WebSocket-Protocol; empty: leave it out
  std::optional<DeflateAgreement> deflate;
};

// True when the request asks for a WebSocket at all, however badly: an Upgrade
// header that names it.
[[nodiscard]] bool wants_websocket(const Request& request);

// Checks the request; `http_1_1`: it came as HTTP/1.1. Errors: TRS600 (400, 405
// or 426; a 426 goes out with "Sec-WebSocket-Version: 13").
[[nodiscard]] Result<Handshake> check_handshake(const Request& request,
                                                bool http_1_1,
                                                const HandshakePolicy& policy);

}  // namespace trestle::live
