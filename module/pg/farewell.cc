#include "pg/farewell.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace trestle::pg {

Farewell::Farewell(Loop& loop, ConnectionHandle handle, Milliseconds patience,
                   Callback on_over)
    : handle_(std::move(handle)),
      socket_(PQsocket(handle_.get())),
      on_over_(on_over) {
  const Callback event = callback<&Farewell::on_readable>(this);
  timer_ = loop.make_timer(callback<&Farewell::on_timer>(this),
                           Loop::TimerKind::idle);
  watch_ = loop.make_watch({.on_readable = event,
                            .on_writable = event,
                            .on_quit = callback<&Farewell::on_timer>(this)});
  // The half-closed socket says what Terminate says, inside TLS or not,
  // whatever message was being written.
  const bool watched = socket_ >= 0 && shutdown(socket_, SHUT_WR) == 0 &&
                       watch_ != nullptr && watch_->bind(socket_) &&
                       watch_->want(true, false);
  if (watched) watch_->set_idle(true);
  timer_->start(watched ? patience : 0);
}

// What still comes is of no interest, only its end is.
void Farewell::on_readable() noexcept {
  std::array<char, 16 * 1024> bytes;
  for (int i = 0; i < 16; i++) {
    const ssize_t got = recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0) continue;
    const bool later = got < 0 && (errno == EAGAIN || errno == EINTR);
    if (!later) end();
    return;
  }
}

void Farewell::on_timer() noexcept { end(); }

void Farewell::end() {
  if (over_) return;
  over_ = true;
  watch_.reset();
  timer_->stop();
  handle_.reset();
  on_over_();
}

}  // namespace trestle::pg
