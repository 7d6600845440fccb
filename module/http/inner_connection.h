// A connection of nginx with itself: a session that has left HTTP behind asks a
// location of its server, and all of nginx sees the request as its client's
// own: address, server, phases, limits, logs. It goes over a pair of sockets,
// without TLS, in this worker.
#pragma once

#include <string>

#include "auth/identity.h"
#include "http/database.h"
#include "http/nginx.h"

namespace trestle::http {

// Where a client has come in.
struct ClientPlace {
  ngx_connection_t* connection;         // the client's; outlives its session
  const ngx_http_addr_conf_t* address;  // of the listening socket
  std::string host;                     // as its Host says
};

// The session's end of a new connection, not blocking; the caller closes it. Of
// requests that come over the other, `database` knows who asks: `identity`. -1:
// it cannot be had.
[[nodiscard]] int open_inner_connection(const ClientPlace& place,
                                        const Database& database,
                                        const auth::Identity& identity);

// Who asks over such a connection; null: it is none, or of another database.
[[nodiscard]] const auth::Identity* inner_identity(const ngx_connection_t& c,
                                                   const Database& database);

}  // namespace trestle::http
