#include "http/upgrade.h"

#include "auth/origin.h"
#include "http/headers.h"

namespace trestle::http {

namespace {

bool send_switching_protocols(ngx_http_request_t* r,
                              const live::Handshake& handshake) {
  ResponseHead head = {.status = NGX_HTTP_SWITCHING_PROTOCOLS};
  head.headers = {{"Upgrade", "websocket"},
                  {"Sec-WebSocket-Accept", handshake.accept}};
  if (!handshake.subprotocol.empty())
    head.headers.push_back({"Sec-WebSocket-Protocol", handshake.subprotocol});
  if (handshake.deflate)
    head.headers.push_back(
        {"Sec-WebSocket-Extensions", handshake.deflate->header});
  if (!set_head(r, head)) return false;
  ngx_int_t rc = ngx_http_send_header(r);
  if (rc == NGX_ERROR || rc > NGX_OK) return false;
  return ngx_http_send_special(r, NGX_HTTP_FLUSH) != NGX_ERROR;
}

// A GraphQL document may be long.
constexpr std::size_t kMaxMessage = 64 * 1024;
constexpr std::size_t kMaxOperation = 1024 * 1024;

WebSocketLimits limits_of(const LocationConf& conf) {
  std::size_t max_message = conf.live_max_message;
  if (max_message == NGX_CONF_UNSET_SIZE)
    max_message = conf.frontend != nullptr ? kMaxOperation : kMaxMessage;
  return {.reader = {.max_message = max_message,
                     .max_fragments = conf.live_max_fragments,
                     .max_inflate_ratio = conf.live_deflate_ratio},
          .queue_bytes = conf.live_queue,
          .rate = conf.live_rate,
          .ping_ms = conf.live_ping};
}

}  // namespace

Result<void> check_origin(const Request& request, const LocationConf& conf,
                          const MainConf& main) {
  if (conf.live_origins->any) return {};
  std::vector<std::string> trusted = main.trusted_origins;
  trusted.insert(trusted.end(), conf.live_origins->allowed.begin(),
                 conf.live_origins->allowed.end());
  if (auth::provenance(request, trusted) != auth::Provenance::cross_origin)
    return {};
  return Error{.code = "TRS601",
               .http_status = 403,
               .message = "A page of another origin may not connect here",
               .hint =
                   "Name its origin in trestle_trusted_origin or "
                   "trestle_live_origin"};
}

Result<live::Handshake> check_upgrade(
    ngx_http_request_t* r, const Request& request, const LocationConf& conf,
    const MainConf& main, std::span<const std::string_view> subprotocols) {
  const live::HandshakePolicy policy = {
      .subprotocols = subprotocols,
      .deflate = {.enabled = conf.live_deflate != 0}};
  Result<live::Handshake> handshake = live::check_handshake(
      request, r->http_version == NGX_HTTP_VERSION_11, policy);
  if (!handshake.ok()) return handshake;
  Result<void> origin = check_origin(request, conf, main);
  if (!origin.ok()) return std::move(origin).error();
  return handshake;
}

WebSocketConnection* switch_protocols(LiveWorker& worker, ngx_http_request_t* r,
                                      const LocationConf& conf,
                                      const live::Handshake& handshake) {
  // The connection never goes back to HTTP.
  r->keepalive = 0;
  if (!send_switching_protocols(r, handshake)) return nullptr;
  auto* connection =
      new WebSocketConnection(worker, r, limits_of(conf), handshake.deflate);
  r->read_event_handler = ngx_http_block_reading;
  r->main->count++;
  return connection;
}

}  // namespace trestle::http
