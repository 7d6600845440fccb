#include "http/detach.h"

#include <memory>

#include "http/context.h"

namespace trestle::http {

std::string take_unread(ngx_http_request_t* r) {
  ngx_buf_t* unread = r->header_in;
  std::string bytes(reinterpret_cast<char*>(unread->pos),
                    static_cast<std::size_t>(unread->last - unread->pos));
  unread->pos = unread->last;
  return bytes;
}

void take_unsent(ngx_http_request_t* r, live::OutQueue& queue) {
  for (ngx_chain_t* link = r->out; link != nullptr; link = link->next)
    queue.push(std::make_shared<const std::string>(
        reinterpret_cast<char*>(link->buf->pos),
        static_cast<std::size_t>(link->buf->last - link->buf->pos)));
  r->out = nullptr;
}

void quiet_connection(ngx_connection_t* c) {
  c->buffered &= ~NGX_HTTP_WRITE_BUFFERED;
  c->write->delayed = 0;
  if (c->read->timer_set) ngx_del_timer(c->read);
  if (c->write->timer_set) ngx_del_timer(c->write);
}

bool release_request(ngx_http_request_t* r) {
  ngx_http_connection_t* http = r->http_connection;
  ngx_connection_t* c = r->connection;
  for (ngx_pool_cleanup_t* cleanup = r->pool->cleanup; cleanup != nullptr;
       cleanup = cleanup->next)
    if (cleanup->handler != nullptr && !is_context_cleanup(cleanup->handler))
      return false;
  ngx_http_free_request(r, 0);
  // As between two requests.
  for (ngx_chain_t* link : {http->free, http->busy})
    for (; link != nullptr; link = link->next)
      ngx_pfree(c->pool, link->buf->start);
  http->free = http->busy = nullptr;
  if (c->buffer != nullptr && ngx_pfree(c->pool, c->buffer->start) == NGX_OK)
    c->buffer->start = c->buffer->pos = c->buffer->last = nullptr;
  return true;
}

}  // namespace trestle::http
