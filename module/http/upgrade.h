// From a request to a WebSocket: what all locations that open one check and
// answer.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "http/config.h"
#include "http/websocket_connection.h"
#include "live/handshake.h"

namespace trestle::http {

// Whether the page that asks may connect here. Error: TRS601.
[[nodiscard]] Result<void> check_origin(const Request& request,
                                        const LocationConf& conf,
                                        const MainConf& main);

// The handshake, and the origin. Errors: TRS600, TRS601.
[[nodiscard]] Result<live::Handshake> check_upgrade(
    ngx_http_request_t* r, const Request& request, const LocationConf& conf,
    const MainConf& main, std::span<const std::string_view> subprotocols);

// Answers 101 and takes the connection over; the caller opens a session on it
// and returns NGX_DONE. Null: it could not be answered (NGX_ERROR).
[[nodiscard]] WebSocketConnection* switch_protocols(
    LiveWorker& worker, ngx_http_request_t* r, const LocationConf& conf,
    const live::Handshake& handshake);

}  // namespace trestle::http
