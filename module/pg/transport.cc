#include "pg/transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace trestle::pg {
namespace {

Transport::Io of_result(ssize_t result, std::size_t& moved) {
  if (result > 0) {
    moved = static_cast<std::size_t>(result);
    return Transport::Io::done;
  }
  const bool later =
      result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  return later ? Transport::Io::again : Transport::Io::closed;
}

int as_int(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

}  // namespace

Transport::Transport(PGconn* connection)
    : socket_(PQsocket(connection)),
      tls_(static_cast<ssl_st*>(PQsslStruct(connection, "OpenSSL"))) {
  // Part of the buffer may be written, and the buffer may move before the rest.
  if (tls_ != nullptr)
    SSL_set_mode(tls_, SSL_MODE_ENABLE_PARTIAL_WRITE |
                           SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

Transport::Io Transport::read(char* to, std::size_t size, std::size_t& moved) {
  if (tls_ != nullptr) return read_tls(to, size, moved);
  return of_result(recv(socket_, to, size, MSG_DONTWAIT), moved);
}

Transport::Io Transport::write(std::string_view bytes, std::size_t& moved) {
  if (tls_ != nullptr) return write_tls(bytes, moved);
  return of_result(
      send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL),
      moved);
}

bool Transport::has_buffered() const {
  return tls_ != nullptr && SSL_pending(tls_) > 0;
}

Transport::Io Transport::read_tls(char* to, std::size_t size,
                                  std::size_t& moved) {
  ERR_clear_error();
  const int got = SSL_read(tls_, to, as_int(size));
  read_wants_write_ = false;
  if (got > 0) {
    moved = static_cast<std::size_t>(got);
    return Io::done;
  }
  const int error = SSL_get_error(tls_, got);
  read_wants_write_ = error == SSL_ERROR_WANT_WRITE;
  const bool later = error == SSL_ERROR_WANT_READ || read_wants_write_;
  if (!later) ERR_clear_error();
  return later ? Io::again : Io::closed;
}

Transport::Io Transport::write_tls(std::string_view bytes, std::size_t& moved) {
  ERR_clear_error();
  const int put = SSL_write(tls_, bytes.data(), as_int(bytes.size()));
  if (put > 0) {
    moved = static_cast<std::size_t>(put);
    return Io::done;
  }
  const int error = SSL_get_error(tls_, put);
  const bool later =
      error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ;
  if (!later) ERR_clear_error();
  return later ? Io::again : Io::closed;
}

}  // namespace trestle::pg
