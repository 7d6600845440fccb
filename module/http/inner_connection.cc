#include "http/inner_connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

namespace trestle::http {

namespace {

// What the connection's pool holds of ours.
struct Inner {
  auth::Identity identity;
  const Database* database;
  // nginx finds a connection's server by these: as the client's, without TLS.
  ngx_listening_t listening;
  ngx_http_port_t port;
  ngx_http_in_addr_t address;
#if (NGX_HAVE_INET6)
  ngx_http_in6_addr_t address6;
#endif
};

void destroy_inner(void* data) noexcept { static_cast<Inner*>(data)->~Inner(); }

Inner* make_inner(ngx_connection_t* c, const ClientPlace& place,
                  const Database& database, const auth::Identity& identity) {
  ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(c->pool, sizeof(Inner));
  if (cleanup == nullptr) return nullptr;
  auto* inner = new (cleanup->data) Inner();
  cleanup->handler = destroy_inner;
  inner->identity = identity;
  inner->database = &database;
  ngx_http_addr_conf_t conf = *place.address;
  conf.ssl = 0;
  conf.http2 = 0;
  conf.proxy_protocol = 0;
  inner->listening = *place.connection->listening;
  inner->listening.servers = &inner->port;
  inner->port.naddrs = 1;
  inner->port.addrs = &inner->address;
  inner->address.conf = conf;
#if (NGX_HAVE_INET6)
  inner->address6.conf = conf;
  if (place.connection->local_sockaddr->sa_family == AF_INET6)
    inner->port.addrs = &inner->address6;
#endif
  return inner;
}

template <class T>
T* copy_of(ngx_pool_t* pool, const T* from, std::size_t size) {
  void* copy = ngx_palloc(pool, size);
  if (copy != nullptr && size != 0) std::memcpy(copy, from, size);
  return static_cast<T*>(copy);
}

// The client's addresses, and what nginx gives a connection that it accepts.
bool dress(ngx_connection_t* c, const ClientPlace& place) {
  const ngx_connection_t& client = *place.connection;
  ngx_log_t* log = copy_of(c->pool, &client.listening->log, sizeof(ngx_log_t));
  c->sockaddr = copy_of(c->pool, client.sockaddr, client.socklen);
  c->local_sockaddr =
      copy_of(c->pool, client.local_sockaddr, client.local_socklen);
  c->addr_text.data =
      copy_of(c->pool, client.addr_text.data, client.addr_text.len);
  if (log == nullptr || c->sockaddr == nullptr ||
      c->local_sockaddr == nullptr || c->addr_text.data == nullptr)
    return false;
  c->socklen = client.socklen;
  c->local_socklen = client.local_socklen;
  c->addr_text.len = client.addr_text.len;
  c->recv = ngx_recv;
  c->send = ngx_send;
  c->recv_chain = ngx_recv_chain;
  c->send_chain = ngx_send_chain;
  // They are options of TCP, which this is not.
  c->tcp_nodelay = NGX_TCP_NODELAY_DISABLED;
  c->tcp_nopush = NGX_TCP_NOPUSH_DISABLED;
  c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);
  c->start_time = ngx_current_msec;
  log->connection = c->number;
  log->handler = nullptr;
  log->data = nullptr;
  c->log = c->pool->log = c->read->log = c->write->log = log;
  c->write->ready = 1;
  return true;
}

// nginx's end; takes `fd`. False: it has been closed.
bool serve(int fd, const ClientPlace& place, const Database& database,
           const auth::Identity& identity) {
  ngx_connection_t* c = ngx_get_connection(fd, ngx_cycle->log);
  if (c == nullptr) {
    close(fd);
    return false;
  }
  c->type = SOCK_STREAM;
  c->pool =
      ngx_create_pool(place.connection->listening->pool_size, ngx_cycle->log);
  Inner* inner = c->pool != nullptr && dress(c, place)
                     ? make_inner(c, place, database, identity)
                     : nullptr;
  if (inner == nullptr) {
    ngx_pool_t* pool = c->pool;
    ngx_close_connection(c);
    if (pool != nullptr) ngx_destroy_pool(pool);
    return false;
  }
#if (NGX_STAT_STUB)
  static_cast<void>(ngx_atomic_fetch_add(ngx_stat_active, 1));
#endif
  c->listening = &inner->listening;
  c->listening->handler(c);
  return true;
}

}  // namespace

int open_inner_connection(const ClientPlace& place, const Database& database,
                          const auth::Identity& identity) {
  int ends[2];
  if (ngx_exiting ||
      socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
                 ends) != 0)
    return -1;
  if (serve(ends[0], place, database, identity)) return ends[1];
  close(ends[1]);
  return -1;
}

const auth::Identity* inner_identity(const ngx_connection_t& c,
                                     const Database& database) {
  if (c.pool == nullptr) return nullptr;
  for (ngx_pool_cleanup_t* cleanup = c.pool->cleanup; cleanup != nullptr;
       cleanup = cleanup->next) {
    if (cleanup->handler != destroy_inner) continue;
    const auto* inner = static_cast<const Inner*>(cleanup->data);
    return inner->database == &database ? &inner->identity : nullptr;
  }
  return nullptr;
}

}  // namespace trestle::http
