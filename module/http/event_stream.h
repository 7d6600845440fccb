// A stream of server-sent events (HTML standard, "Server-sent events") for a
// live session: an answer that does not end. It stays nginx's HTTP, so it goes
// through filters, TLS and HTTP/2 as any other.
//
//  (1) The head waits for the session's first word, so that a refusal is a
//      proper error and EventSource does not come back for more of it.
//  (2) Nothing that a session calls writes or destroys: a turn of its own does.
//  (3) It lives until nginx gives up the request.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "http/config.h"
#include "http/live_worker.h"
#include "http/nginx.h"
#include "live/session.h"

namespace trestle::http {

class EventStream final : public live::Outlet, private LivePeer {
 public:
  // Null: memory is out. The caller returns NGX_DONE with r->main->count
  // raised.
  [[nodiscard]] static EventStream* create(LiveWorker& worker,
                                           ngx_http_request_t* r,
                                           const LocationConf& conf);

  // The session is told when the stream ends.
  void open(live::Session& session) { session_ = &session; }

  void answer(live::MessageKind kind, std::string_view payload) override;
  // An event of that name; empty: "message".
  void event(std::string_view name, std::string_view data);
  void refuse(const Error& error, std::string_view text) override;
  // Ends when all events have gone out.
  void end();
  // Ends with this answer in place of the stream, if none of it has gone out.
  void refuse_with(const ResponseHead& head, std::string_view body);
  void push(live::OutMessage& message, std::string_view id) override;
  void close(std::uint16_t code, std::string_view reason) override;
  void resume() override {}

 private:
  EventStream(LiveWorker& worker, ngx_http_request_t* r,
              const LocationConf& conf);
  ~EventStream() override;

  static void on_turn(ngx_event_t* event) noexcept;
  static void on_timer(ngx_event_t* event) noexcept;
  static void on_write(ngx_http_request_t* r) noexcept;
  static void on_cleanup(void* self) noexcept;
  void let_go() noexcept override;
  [[nodiscard]] bool is_event_stream() const noexcept override { return true; }
  void on_worker_quit() noexcept override;

  void post_turn();
  void queue(live::FrameRef frame);
  void queue_within_limit(const live::FrameRef& frame);
  void start_timer(ngx_msec_t delay);
  // The request may be gone when these return.
  void drive();
  void finish(ngx_int_t rc);
  [[nodiscard]] bool send_head();
  [[nodiscard]] bool send_events();
  [[nodiscard]] ngx_chain_t* next_buffer();

  LiveWorker& worker_;
  ngx_http_request_t* r_;
  const LocationConf& conf_;
  ngx_http_cleanup_t* cleanup_ = nullptr;
  live::Session* session_ = nullptr;
  live::OutQueue queue_;
  struct Refusal {
    ResponseHead head;
    std::string body;
  };
  std::optional<Refusal> refusal_;
  bool head_sent_ = false;
  bool ended_ = false;
  bool quitting_ = false;

  ngx_chain_t* free_ = nullptr;
  ngx_chain_t* busy_ = nullptr;
  EventOwner owner_;
  ngx_event_t turn_ = {};
  ngx_event_t timer_ = {};
};

}  // namespace trestle::http
