#include "http/subrequest.h"

#include <cstring>

namespace trestle::http {

namespace {

using Find = SubrequestWaiter* (*)(ngx_http_request_t*);

struct Pending {
  Find find;
};

void append_chain(std::string& body, const ngx_chain_t* chain) {
  for (; chain != nullptr; chain = chain->next)
    body.append(reinterpret_cast<const char*>(chain->buf->pos),
                static_cast<std::size_t>(ngx_buf_size(chain->buf)));
}

// Called when the subrequest is finalized, before the request goes on.
ngx_int_t on_finished(ngx_http_request_t* r, void* data, ngx_int_t rc) {
  return guard(r->connection->log, ngx_int_t{NGX_ERROR}, [&] {
    SubrequestWaiter* waiter = static_cast<Pending*>(data)->find(r->parent);
    if (waiter == nullptr) return rc;
    ngx_uint_t status = r->headers_out.status;
    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) status = static_cast<ngx_uint_t>(rc);
    if (rc == NGX_ERROR || status == 0) status = NGX_HTTP_BAD_GATEWAY;
    std::string body;
    append_chain(body, r->out);
    waiter->on_answer(status, body);
    return rc;
  });
}

}  // namespace

bool ask_location(ngx_http_request_t* r, const std::string& path, Find find) {
  auto* handler = static_cast<ngx_http_post_subrequest_t*>(
      ngx_palloc(r->pool, sizeof(ngx_http_post_subrequest_t)));
  auto* pending = pool_new<Pending>(r->pool);
  ngx_str_t uri = pool_copy(r->pool, path);
  if (handler == nullptr || pending == nullptr || uri.data == nullptr)
    return false;
  pending->find = find;
  handler->handler = on_finished;
  handler->data = pending;
  ngx_str_t args = {0, nullptr};
  ngx_uint_t flags = 0;
  if (ngx_http_parse_unsafe_uri(r, &uri, &args, &flags) != NGX_OK) return false;
  ngx_http_request_t* subrequest = nullptr;
  if (ngx_http_subrequest(r, &uri, &args, &subrequest, handler,
                          NGX_HTTP_SUBREQUEST_IN_MEMORY) != NGX_OK)
    return false;
  // The message's body is the operation: nobody else is to read it.
  subrequest->headers_in.content_length_n = -1;
  subrequest->headers_in.content_length = nullptr;
  subrequest->headers_in.chunked = 0;
  subrequest->request_body = static_cast<ngx_http_request_body_t*>(
      ngx_pcalloc(r->pool, sizeof(ngx_http_request_body_t)));
  return subrequest->request_body != nullptr;
}

}  // namespace trestle::http
