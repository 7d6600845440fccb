// The bytes of an established connection: libpq has connected, negotiated TLS
// and authenticated; from there on the protocol is ours, on libpq's socket (and
// in its TLS session). Never blocks.
#pragma once

#include <cstddef>
#include <string_view>

#include "pg/pgconn.h"

struct ssl_st;

namespace trestle::pg {

class Transport {
 public:
  enum class Io {
    done,   // some bytes moved
    again,  // none now: wait for the socket
    closed  // the peer has closed, or the connection is broken
  };

  // Borrows the connection and its socket.
  explicit Transport(PGconn* connection);

  // -1: libpq has closed it.
  [[nodiscard]] int socket() const { return socket_; }

  // At most `size` bytes to `to`; `moved` tells how many.
  [[nodiscard]] Io read(char* to, std::size_t size, std::size_t& moved);
  [[nodiscard]] Io write(std::string_view bytes, std::size_t& moved);

  // TLS has decrypted bytes which no event of the socket will tell of.
  [[nodiscard]] bool has_buffered() const;
  // TLS can read on only when the socket takes bytes (renewed keys).
  [[nodiscard]] bool read_wants_write() const { return read_wants_write_; }

 private:
  [[nodiscard]] Io read_tls(char* to, std::size_t size, std::size_t& moved);
  [[nodiscard]] Io write_tls(std::string_view bytes, std::size_t& moved);

  int socket_;
  ssl_st* tls_;  // null: plain
  bool read_wants_write_ = false;
};

}  // namespace trestle::pg
