#include "http/client_wait.h"

#include <sys/socket.h>

namespace trestle::http {

bool wait_for_client(ngx_http_request_t* r,
                     ngx_http_event_handler_pt on_write) {
  ngx_connection_t* c = r->connection;
  ngx_event_t* event = c->write;
  auto* core = static_cast<ngx_http_core_loc_conf_t*>(
      ngx_http_get_module_loc_conf(r, ngx_http_core_module));
  r->write_event_handler = on_write;
  if (r->buffered || (r == r->main && c->buffered)) {
    if (!event->delayed) ngx_add_timer(event, core->send_timeout);
  } else if (event->timer_set && !event->delayed) {
    ngx_del_timer(event);
  }
  return ngx_handle_write_event(event, core->send_lowat) == NGX_OK;
}

bool end_if_too_slow(ngx_http_request_t* r) {
  ngx_connection_t* c = r->connection;
  if (!c->write->timedout) return false;
  ngx_log_error(NGX_LOG_INFO, c->log, NGX_ETIMEDOUT, "client timed out");
  c->timedout = 1;
  ngx_http_finalize_request(r, NGX_HTTP_REQUEST_TIME_OUT);
  return true;
}

void break_connection(ngx_http_request_t* r) {
  ngx_connection_t* c = r->connection;
  c->error = 1;
#if (NGX_HTTP_V2)
  const bool own_socket = r->stream == nullptr;
#else
  const bool own_socket = true;
#endif
  if (own_socket) {
    // Without a length or chunks, only a reset tells it from an end.
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    static_cast<void>(
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset));
  }
  ngx_http_finalize_request(r, NGX_ERROR);
}

}  // namespace trestle::http
