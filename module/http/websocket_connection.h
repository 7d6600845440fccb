// One WebSocket over a connection that nginx has taken from HTTP. Reads frames
// into messages for its session, writes the session's answers, pings, and ends
// by the rules of RFC 6455 7.
//
//  (1) Nothing that a session calls writes, ends or destroys: it marks what is
//      to be done and posts an event. Only the connection's own event handlers
//      destroy it, as their last act.
//  (2) Memory is held for what is under way only: bytes are read into the
//      worker's buffer, and those that a paused session cannot take yet are
//      kept, which is less than one buffer.
//  (3) A peer that does not read its answers is not read; one that does not
//      read what is pushed to it is cut off.
//  (4) The connection counts as idle and its timer does not: a worker that
//      finishes tells us at once and waits for our Close.
//  (5) nginx's request ends when the WebSocket begins, so that an idle
//      connection is small; it stays when another module counts it by its end
//      (limit_conn).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/live_worker.h"
#include "http/message_rate.h"
#include "http/nginx.h"
#include "live/handshake.h"
#include "live/heartbeat.h"
#include "live/message_reader.h"
#include "live/session.h"

namespace trestle::http {

struct WebSocketLimits {
  live::ReaderLimits reader;
  std::size_t queue_bytes = 0;
  std::size_t rate = 0;    // messages a second; 0: any number
  ngx_msec_t ping_ms = 0;  // 0: never
};

class WebSocketConnection final : public live::Outlet,
                                  private live::ReaderEvents,
                                  private LivePeer {
 public:
  // `r` has queued its 101. The connection takes over in a turn of its own, as
  // nginx still holds the request: return NGX_DONE with r->main->count raised.
  WebSocketConnection(LiveWorker& worker, ngx_http_request_t* r,
                      const WebSocketLimits& limits,
                      const std::optional<live::DeflateAgreement>& deflate);

  // Before the connection's first turn. The session is told when it ends.
  void open(live::Session& session);

  // Outlet (1).
  void answer(live::MessageKind kind, std::string_view payload) override;
  void push(live::OutMessage& message, std::string_view id) override;
  void close(std::uint16_t code, std::string_view reason) override;
  void resume() override;

 private:
  enum class State : std::uint8_t {
    open,
    ending,     // the peer is done; the session still answers
    closing,    // our Close is queued, the peer's has not come
    draining,   // the rest is written, then the write side is shut
    lingering,  // what the peer still sends is thrown away, until it closes
    broken,     // to be destroyed
  };

  ~WebSocketConnection() override;

  // Event handlers.
  static void on_read(ngx_event_t* event) noexcept;
  static void on_write(ngx_event_t* event) noexcept;
  static void on_turn(ngx_event_t* event) noexcept;
  static void on_timer(ngx_event_t* event) noexcept;
  template <class Body>
  void handle(Body&& body) noexcept;

  void take_over();
  void post_turn();

  // Input.
  void read_input();
  void feed(std::string_view bytes);
  void discard_input();
  void input_ended();
  [[nodiscard]] bool wants_input() const;
  [[nodiscard]] bool output_is_full() const;
  bool on_message(live::MessageKind kind, std::string_view payload) override;
  bool on_ping(std::string_view payload) override;
  void on_pong(std::string_view payload) override;
  void on_close(std::uint16_t code, std::string_view reason) override;

  // Output and end.
  void queue(live::FrameRef frame);
  void flush();
  void read_again();
  void queue_close(std::uint16_t code, std::string_view reason);
  void fail(std::uint16_t code, std::string_view reason);
  void shut_down();
  void break_off(const char* why);
  void quit();  // the worker finishes
  void let_go() noexcept override;

  void on_rate() noexcept { post_turn(); }
  void time_passed();
  void check_alive();
  void start_timer(ngx_msec_t delay);

  LiveWorker& worker_;
  ngx_connection_t* c_;
  ngx_http_request_t* r_;  // null when it has ended (5)
  live::Session* session_ = nullptr;
  live::MessageReader reader_;
  live::OutQueue queue_;
  std::string held_;  // (2)
  WebSocketLimits limits_;
  std::unique_ptr<MessageRate> rate_;  // null: there is no limit
  int deflate_bits_ = 0;               // 0: not agreed
  std::uint16_t peer_code_ = 0;

  live::Heartbeat heart_;
  State state_ = State::open;
  bool taken_over_ = false;  // from nginx's request
  bool waiting_ = false;     // the session takes no message now
  bool stopped_ = false;     // reading ended before the socket was empty
  bool input_over_ = false;  // end of the stream
  bool quitting_ = false;

  EventOwner owner_;
  ngx_event_t turn_ = {};
  ngx_event_t timer_ = {};
};

}  // namespace trestle::http
