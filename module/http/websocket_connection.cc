#include "http/websocket_connection.h"

#include <algorithm>

#include "base/json.h"
#include "http/detach.h"
#include "http/frame_output.h"

namespace trestle::http {

namespace {

using live::MessageKind;
namespace close_code = live::close_code;

// Reads of one turn, so that a flood on one connection leaves time for others.
constexpr int kReadsPerTurn = 16;
// Bytes of unread answers that stop the input.
constexpr std::size_t kHighWater = 64 * 1024;
// How long the peer may take to answer a Close, and to close its socket.
constexpr ngx_msec_t kCloseTimeout = 5'000;
constexpr ngx_msec_t kLingerTimeout = 1'000;
// How long a session may still answer a peer that is done.
constexpr ngx_msec_t kEndTimeout = 30'000;
// The same for a worker that finishes, and the time over which it spreads the
// Close frames, so that its peers do not all come back at once.
constexpr ngx_msec_t kQuitTimeout = 500;
constexpr ngx_msec_t kQuitSpread = 1'000;
// The peers themselves are asked to spread their return over this.
constexpr std::uint32_t kReturnSpread = 5'000;

ngx_msec_t patience(ngx_msec_t usual) {
  return ngx_exiting ? std::min(usual, kQuitTimeout) : usual;
}

WebSocketConnection* owner(ngx_event_t* event) {
  auto* connection = static_cast<ngx_connection_t*>(event->data);
  return static_cast<WebSocketConnection*>(connection->data);
}

}  // namespace

WebSocketConnection::WebSocketConnection(
    LiveWorker& worker, ngx_http_request_t* r, const WebSocketLimits& limits,
    const std::optional<live::DeflateAgreement>& deflate)
    : worker_(worker),
      c_(r->connection),
      r_(r),
      reader_(limits.reader,
              deflate ? std::optional(deflate->params) : std::nullopt),
      limits_(limits),
      deflate_bits_(deflate ? deflate->params.server_bits : 0),
      owner_(this) {
  owner_.fd = c_->fd;
  for (ngx_event_t* event : {&turn_, &timer_}) {
    event->data = &owner_;
    event->log = c_->log;
  }
  turn_.handler = on_turn;
  timer_.handler = on_timer;
  if (limits_.rate != 0)
    rate_ = std::make_unique<MessageRate>(
        worker_.loop(), limits_.rate,
        callback<&WebSocketConnection::on_rate>(this));
  worker_.add(*this);
}

WebSocketConnection::~WebSocketConnection() {
  worker_.remove(*this);
  unpost(turn_);
  if (timer_.timer_set) ngx_del_timer(&timer_);
  if (session_ != nullptr) session_->on_gone();
}

void WebSocketConnection::open(live::Session& session) {
  session_ = &session;
  post_turn();
}

// --- event handlers ----------------------------------------------------------

// Runs `body` and then what it has left to be done, the last of which may be
// the end of this.
template <class Body>
void WebSocketConnection::handle(Body&& body) noexcept {
  bool well = guard(c_->log, false, [&] {
    body();
    return true;
  });
  if (well && state_ != State::broken) return;
  ngx_connection_t* c = c_;
  ngx_http_request_t* r = r_;
  guard(c->log, [&] { delete this; });
  if (r != nullptr) ngx_http_free_request(r, 0);
  ngx_http_close_connection(c);
}

void WebSocketConnection::on_read(ngx_event_t* event) noexcept {
  WebSocketConnection* self = owner(event);
  self->handle([&] {
    if (self->c_->close) self->quit();
    if (self->state_ != State::broken) self->read_input();
  });
}

void WebSocketConnection::on_write(ngx_event_t* event) noexcept {
  WebSocketConnection* self = owner(event);
  self->handle([&] {
    self->flush();
    self->read_again();
  });
}

void WebSocketConnection::on_turn(ngx_event_t* event) noexcept {
  auto* self = EventOwner::of<WebSocketConnection>(event);
  self->handle([&] {
    if (!self->taken_over_) self->take_over();
    self->flush();
    self->read_again();
  });
}

void WebSocketConnection::on_timer(ngx_event_t* event) noexcept {
  auto* self = EventOwner::of<WebSocketConnection>(event);
  self->handle([&] {
    self->time_passed();
    if (self->state_ != State::broken) self->flush();
  });
}

void WebSocketConnection::post_turn() {
  if (!turn_.posted) {
    ngx_post_event(&turn_, &ngx_posted_events);
  }
}

// --- from HTTP to WebSocket --------------------------------------------------

void WebSocketConnection::take_over() {
  taken_over_ = true;
  stopped_ = true;
  held_ = take_unread(r_);
  take_unsent(r_, queue_);
  quiet_connection(c_);
  c_->data = this;
  c_->read->handler = on_read;
  c_->write->handler = on_write;
  c_->idle = 1;  // (4)
  c_->log->action = const_cast<char*>("serving a WebSocket");
  if (release_request(r_)) r_ = nullptr;  // (5)
  if (ngx_exiting)
    quit();
  else if (limits_.ping_ms != 0)
    start_timer(limits_.ping_ms);
}

// --- input -------------------------------------------------------------------

bool WebSocketConnection::output_is_full() const {
  return queue_.bytes() >= kHighWater;
}

bool WebSocketConnection::wants_input() const {
  if (input_over_ || reader_.finished()) return false;
  if (state_ == State::closing) return true;
  const bool paced = rate_ != nullptr && rate_->waits();
  return state_ == State::open && !waiting_ && !paced && !output_is_full();
}

void WebSocketConnection::read_input() {
  if (state_ == State::lingering) return discard_input();
  if (!held_.empty() && wants_input()) {
    std::string bytes;
    bytes.swap(held_);
    feed(bytes);
  }
  stopped_ = false;
  std::span<u_char> buffer = worker_.read_buffer();
  int reads = 0;
  while (wants_input() && c_->read->ready) {
    if (reads++ == kReadsPerTurn) {
      ngx_post_event(c_->read, &ngx_posted_next_events);
      return;
    }
    ssize_t count = c_->recv(c_, buffer.data(), buffer.size());
    if (count == NGX_AGAIN) break;
    if (count == NGX_ERROR) return break_off("connection lost");
    if (count == 0) return input_ended();
    heart_.note_heard();
    feed({reinterpret_cast<char*>(buffer.data()),
          static_cast<std::size_t>(count)});
  }
  stopped_ = c_->read->ready || !held_.empty();
  if (ngx_handle_read_event(c_->read, 0) != NGX_OK)
    break_off("event not handled");
}

// Goes on where reading was stopped, in the next turn of the loop: a peer that
// reads as fast as it writes must not keep us from the others.
void WebSocketConnection::read_again() {
  if (!stopped_ || !wants_input() || c_->read->posted) return;
  ngx_post_event(c_->read, &ngx_posted_next_events);
}

void WebSocketConnection::feed(std::string_view bytes) {
  live::MessageReader::Outcome outcome = reader_.read(bytes, *this);
  if (outcome.violation)
    return fail(outcome.violation->code, outcome.violation->reason);
  if (outcome.consumed < bytes.size() && !reader_.finished())
    held_.assign(bytes.substr(outcome.consumed));
}

void WebSocketConnection::discard_input() {
  std::span<u_char> buffer = worker_.read_buffer();
  for (int reads = 0; c_->read->ready; reads++) {
    if (reads == kReadsPerTurn) {
      ngx_post_event(c_->read, &ngx_posted_next_events);
      return;
    }
    ssize_t count = c_->recv(c_, buffer.data(), buffer.size());
    if (count == NGX_AGAIN) break;
    if (count <= 0) {
      state_ = State::broken;
      return;
    }
  }
  if (ngx_handle_read_event(c_->read, 0) != NGX_OK) state_ = State::broken;
}

// The peer shuts its side without a Close: what it is still owed goes out.
void WebSocketConnection::input_ended() {
  input_over_ = true;
  if (state_ == State::open) {
    state_ = State::ending;
    start_timer(patience(kEndTimeout));
    peer_code_ = close_code::kNormal;
    session_->on_end(0);
  } else if (state_ == State::closing) {
    state_ = State::draining;
    flush();
  }
}

bool WebSocketConnection::on_message(MessageKind kind,
                                     std::string_view payload) {
  if (state_ != State::open) return true;
  if (rate_ != nullptr) rate_->count();
  waiting_ = !session_->on_message(kind, payload);
  return wants_input();
}

bool WebSocketConnection::on_ping(std::string_view payload) {
  if (state_ != State::open) return true;
  std::string frame;
  live::append_frame(frame, live::Opcode::pong, payload);
  queue(std::make_shared<const std::string>(std::move(frame)));
  return wants_input();
}

void WebSocketConnection::on_pong(std::string_view) {}

void WebSocketConnection::on_close(std::uint16_t code, std::string_view) {
  if (state_ == State::closing) {
    state_ = State::draining;
    start_timer(patience(kCloseTimeout));
    post_turn();
  } else if (state_ == State::open) {
    state_ = State::ending;
    start_timer(patience(kEndTimeout));
    peer_code_ = code;
    session_->on_end(code);
  }
}

// --- output ------------------------------------------------------------------

void WebSocketConnection::queue(live::FrameRef frame) {
  queue_.push(std::move(frame));
  post_turn();
}

void WebSocketConnection::answer(MessageKind kind, std::string_view payload) {
  if (state_ != State::open && state_ != State::ending) return;
  live::OutMessage message(kind, payload);
  queue(deflate_bits_ != 0
            ? message.deflated(deflate_bits_, worker_.deflaters())
            : message.plain());
}

void WebSocketConnection::push(live::OutMessage& message, std::string_view) {
  if (state_ != State::open) return;
  const live::FrameRef& frame =
      deflate_bits_ != 0 ? message.deflated(deflate_bits_, worker_.deflaters())
                         : message.plain();
  if (!queue_.empty() && queue_.bytes() + frame->size() > limits_.queue_bytes) {
    ngx_log_error(NGX_LOG_INFO, c_->log, 0, "trestle: client reads too slowly");
    queue_.cut();  // (3)
    return close(close_code::kTryAgainLater, "too slow");
  }
  queue(frame);
}

void WebSocketConnection::close(std::uint16_t code, std::string_view reason) {
  if (state_ == State::ending) {
    // The answer to the peer's own Close has its code (RFC 6455 5.5.1).
    queue_close(peer_code_, {});
    state_ = State::draining;
  } else if (state_ == State::open) {
    queue_close(code, reason);
    state_ = State::closing;
    waiting_ = false;
  } else {
    return;
  }
  start_timer(patience(kCloseTimeout));
  post_turn();
}

void WebSocketConnection::resume() {
  waiting_ = false;
  post_turn();
}

void WebSocketConnection::queue_close(std::uint16_t code,
                                      std::string_view reason) {
  std::string frame;
  live::append_close_frame(frame, code, reason);
  queue_.push(std::make_shared<const std::string>(std::move(frame)));
}

// Writes what the socket takes.
void WebSocketConnection::flush() {
  if (state_ == State::lingering) return;
  while ((!queue_.empty() || c_->buffered) && c_->write->ready) {
    const Sent sent = send_frames(c_, queue_);
    if (sent == Sent::lost) return break_off("connection lost");
    if (sent == Sent::some) heart_.note_wrote();
  }
  if (ngx_handle_write_event(c_->write, 0) != NGX_OK)
    return break_off("event not handled");
  if (state_ == State::draining && queue_.empty() && !c_->buffered) shut_down();
}

// --- the end -----------------------------------------------------------------

// The peer has broken the protocol (RFC 6455 7.1.7).
void WebSocketConnection::fail(std::uint16_t code, std::string_view reason) {
  if (state_ == State::draining || state_ == State::lingering) return;
  ngx_str_t text = borrow(reason);
  ngx_log_error(NGX_LOG_INFO, c_->log, 0,
                "trestle: client broke the WebSocket protocol: %V", &text);
  if (state_ != State::closing) queue_close(code, reason);
  state_ = State::draining;
  start_timer(patience(kCloseTimeout));
  post_turn();
}

// All is written. The socket is not closed yet: bytes that the peer sends
// meanwhile would make the kernel reset the connection, and our Close be lost.
void WebSocketConnection::shut_down() {
  bool can_linger = !input_over_;
#if (NGX_SSL)
  if (can_linger && c_->ssl != nullptr) {
    c_->ssl->shutdown_without_free = 1;
    can_linger = ngx_ssl_shutdown(c_) == NGX_OK;
  }
#endif
  if (!can_linger || ngx_shutdown_socket(c_->fd, NGX_WRITE_SHUTDOWN) == -1) {
    state_ = State::broken;
    return;
  }
  state_ = State::lingering;
  held_ = {};
  start_timer(patience(kLingerTimeout));
  discard_input();
}

void WebSocketConnection::break_off(const char* why) {
  if (state_ == State::open)
    ngx_log_error(NGX_LOG_INFO, c_->log, 0, "trestle: WebSocket ends: %s", why);
  state_ = State::broken;
}

void WebSocketConnection::quit() {
  c_->close = 0;
  if (c_->error) return break_off("the worker stops");  // its time is over
  if (state_ == State::lingering || state_ == State::draining ||
      state_ == State::closing)
    return start_timer(kQuitTimeout);
  quitting_ = true;
  start_timer(static_cast<ngx_msec_t>(ngx_random()) % kQuitSpread + 1);
}

// The worker is told to stop at once: nginx frees no connection.
void WebSocketConnection::let_go() noexcept { delete this; }

// --- time --------------------------------------------------------------------

void WebSocketConnection::start_timer(ngx_msec_t delay) {
  // nginx leaves a timer alone that would move by less than 300 ms.
  if (timer_.timer_set) ngx_del_timer(&timer_);
  ngx_add_timer(&timer_, delay);
}

void WebSocketConnection::time_passed() {
  if (quitting_ && (state_ == State::open || state_ == State::ending)) {
    quitting_ = false;
    std::string reason = "retry_ms=";
    append_number(reason,
                  static_cast<std::uint32_t>(ngx_random()) % kReturnSpread);
    return close(close_code::kServiceRestart, reason);
  }
  switch (state_) {
    case State::open:
      return check_alive();
    case State::ending:
      return close(0, {});
    default:
      return break_off("time-out");
  }
}

// Once in a ping interval.
void WebSocketConnection::check_alive() {
  if (!heart_.beat(!queue_.empty(), wants_input())) {
    ngx_log_error(NGX_LOG_INFO, c_->log, NGX_ETIMEDOUT,
                  "trestle: client of a WebSocket does not answer");
    return break_off("time-out");
  }
  std::string frame;
  live::append_frame(frame, live::Opcode::ping, {});
  queue(std::make_shared<const std::string>(std::move(frame)));
  start_timer(limits_.ping_ms);
}

}  // namespace trestle::http
