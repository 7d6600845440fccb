#include "http/send_answer.h"

#include "auth/errors.h"
#include "base/json.h"
#include "http/headers.h"

namespace trestle::http {

ResponseHead error_head(const Error& error) {
  ResponseHead head = {.status = error.http_status,
                       .content_type = "application/json; charset=utf-8",
                       .error_code = error.code};
  if (error.http_status == 426)
    head.headers = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}};
  if (error.http_status == 405) head.headers = {{"Allow", "GET"}};
  if (std::optional<std::string> challenge = auth::challenge(error))
    head.headers.push_back({"WWW-Authenticate", std::move(*challenge)});
  return head;
}

ngx_int_t send_error(ngx_http_request_t* r, const Error& error) {
  return send_answer(r, error_head(error), error_body(error));
}

ngx_int_t send_answer(ngx_http_request_t* r, ResponseHead head,
                      std::string_view body) {
  head.content_length = body.size();
  ngx_int_t rc = ngx_http_discard_request_body(r);
  if (rc != NGX_OK) return rc;
  if (!set_head(r, head)) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  rc = ngx_http_send_header(r);
  if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) return rc;
  ngx_buf_t* buf = ngx_create_temp_buf(r->pool, body.size() + 1);
  if (buf == nullptr) return NGX_ERROR;
  buf->last = ngx_cpymem(buf->pos, body.data(), body.size());
  buf->last_buf = r == r->main ? 1 : 0;
  buf->last_in_chain = 1;
  ngx_chain_t out = {.buf = buf, .next = nullptr};
  return ngx_http_output_filter(r, &out);
}

}  // namespace trestle::http
