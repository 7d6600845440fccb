#include "http/event_stream.h"

#include <algorithm>

#include "base/json.h"
#include "http/client_wait.h"
#include "http/headers.h"
#include "http/send_answer.h"

namespace trestle::http {

namespace {

using live::MessageKind;

// Bytes of one buffer, and buffers that may wait in nginx for the client.
constexpr std::size_t kBuffer = 4096;
constexpr std::size_t kMaxBusy = 16;
// When clients are to come back, and when a worker that finishes ends its
// streams: spread, so that not all come at once.
constexpr ngx_msec_t kReturnSpread = 4'000;
constexpr ngx_msec_t kQuitSpread = 1'000;

ngx_buf_tag_t buffer_tag() { return &ngx_http_trestle_module; }

std::size_t length_of(const ngx_chain_t* chain) {
  std::size_t count = 0;
  for (; chain != nullptr; chain = chain->next) count++;
  return count;
}

}  // namespace

EventStream* EventStream::create(LiveWorker& worker, ngx_http_request_t* r,
                                 const LocationConf& conf) {
  ngx_http_cleanup_t* cleanup = ngx_http_cleanup_add(r, 0);
  if (cleanup == nullptr) return nullptr;
  auto* stream = new EventStream(worker, r, conf);
  stream->cleanup_ = cleanup;
  cleanup->data = stream;
  cleanup->handler = on_cleanup;
  return stream;
}

// (3)
void EventStream::on_cleanup(void* self) noexcept {
  auto* ended = static_cast<EventStream*>(self);
  guard(ngx_cycle->log, [&] { delete ended; });
}

EventStream::EventStream(LiveWorker& worker, ngx_http_request_t* r,
                         const LocationConf& conf)
    : worker_(worker), r_(r), conf_(conf), owner_(this) {
  owner_.fd = r->connection->fd;
  for (ngx_event_t* event : {&turn_, &timer_}) {
    event->data = &owner_;
    event->log = r->connection->log;
  }
  turn_.handler = on_turn;
  timer_.handler = on_timer;
  r->read_event_handler = ngx_http_test_reading;  // a client that leaves
  // Goes out with the head.
  std::string retry = "retry: ";
  append_number(retry, 1'000 + ngx_random() % kReturnSpread);
  queue_.push(std::make_shared<const std::string>(retry + "\n\n"));
  worker_.add(*this);
}

EventStream::~EventStream() {
  worker_.remove(*this);
  if (turn_.posted) {
    ngx_delete_posted_event(&turn_);
  }
  if (timer_.timer_set) ngx_del_timer(&timer_);
  if (session_ != nullptr) session_->on_gone();
}

void EventStream::let_go() noexcept {
  cleanup_->handler = nullptr;
  delete this;
}

// --- the session's calls (2)
// ---------------------------------------------------

void EventStream::post_turn() {
  if (!turn_.posted) {
    ngx_post_event(&turn_, &ngx_posted_events);
  }
}

void EventStream::queue(live::FrameRef frame) {
  queue_.push(std::move(frame));
  post_turn();
}

void EventStream::answer(MessageKind kind, std::string_view payload) {
  if (ended_) return;
  live::OutMessage message(kind, payload);
  queue(message.event({}));
}

void EventStream::refuse(const Error& error, std::string_view text) {
  if (head_sent_) return answer(MessageKind::text, text);
  refuse_with(error_head(error), error_body(error));
}

void EventStream::refuse_with(const ResponseHead& head, std::string_view body) {
  if (ended_) return;
  if (!head_sent_) refusal_ = Refusal{.head = head, .body = std::string(body)};
  end();
}

void EventStream::end() {
  ended_ = true;
  post_turn();
}

void EventStream::event(std::string_view name, std::string_view data) {
  if (ended_) return;
  std::string text;
  if (!name.empty()) text.append("event: ").append(name) += '\n';
  live::append_event_data(text, data);
  queue_within_limit(std::make_shared<const std::string>(std::move(text)));
}

void EventStream::push(live::OutMessage& message, std::string_view id) {
  if (ended_) return;
  queue_within_limit(message.event(id));
}

// A client that is too slow is cut off.
void EventStream::queue_within_limit(const live::FrameRef& frame) {
  if (!queue_.empty() && queue_.bytes() + frame->size() > conf_.live_queue) {
    ngx_log_error(NGX_LOG_INFO, r_->connection->log, 0,
                  "trestle: client reads too slowly");
    queue_.cut();
    return close(live::close_code::kTryAgainLater, {});
  }
  queue(frame);
}

void EventStream::close(std::uint16_t code, std::string_view reason) {
  if (ended_) return;
  if (!head_sent_) {
    const bool application = code >= 4400 && code < 4500;
    return refuse({.code = "TRS619",
                   .http_status = application ? code - 4000 : 500,
                   .message = std::string(reason)},
                  {});
  }
  ended_ = true;
  post_turn();
}

// --- turns
// ---------------------------------------------------------------------

void EventStream::on_turn(ngx_event_t* event) noexcept {
  auto* self = EventOwner::of<EventStream>(event);
  ngx_connection_t* c = self->r_->connection;
  guard(c->log, [&] { self->drive(); });
  ngx_http_run_posted_requests(c);
}

void EventStream::on_write(ngx_http_request_t* r) noexcept {
  if (end_if_too_slow(r)) return;
  for (ngx_http_cleanup_t* cleanup = r->cleanup; cleanup != nullptr;
       cleanup = cleanup->next) {
    if (cleanup->handler != on_cleanup) continue;
    auto* self = static_cast<EventStream*>(cleanup->data);
    guard(r->connection->log, [&] { self->drive(); });
    return;
  }
}

void EventStream::start_timer(ngx_msec_t delay) {
  if (timer_.timer_set) ngx_del_timer(&timer_);
  if (delay != 0) ngx_add_timer(&timer_, delay);
}

// A comment now and then tells proxies, and us, that both are still there.
void EventStream::on_timer(ngx_event_t* event) noexcept {
  auto* self = EventOwner::of<EventStream>(event);
  guard(event->log, [&] {
    if (self->quitting_) {
      self->ended_ = true;
    } else {
      self->queue_.push(std::make_shared<const std::string>(":\n\n"));
      self->start_timer(self->conf_.live_ping);
    }
    self->post_turn();
  });
}

void EventStream::on_worker_quit() noexcept {
  quitting_ = true;
  start_timer(static_cast<ngx_msec_t>(ngx_random()) % kQuitSpread + 1);
}

void EventStream::drive() {
  if (refusal_ && !head_sent_) {
    const Refusal refusal = std::move(*refusal_);
    return finish(send_answer(r_, refusal.head, refusal.body));
  }
  if (!head_sent_ && !send_head()) return finish(NGX_ERROR);
  if (!send_events() || !wait_for_client(r_, on_write))
    return finish(NGX_ERROR);
  if (ended_ && queue_.empty())
    finish(ngx_http_send_special(r_, NGX_HTTP_LAST));
}

void EventStream::finish(ngx_int_t rc) {
  r_->write_event_handler = ngx_http_request_empty_handler;
  ngx_http_finalize_request(r_, rc);
}

bool EventStream::send_head() {
  ResponseHead head = {.content_type = "text/event-stream; charset=utf-8"};
  head.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  if (!set_head(r_, head)) return false;
  const ngx_int_t rc = ngx_http_send_header(r_);
  if (rc == NGX_ERROR || rc > NGX_OK) return false;
  head_sent_ = true;
  start_timer(conf_.live_ping);
  if (ngx_exiting) on_worker_quit();
  return true;
}

// A buffer of nginx's for the next bytes: one that the client has taken, or a
// new one.
ngx_chain_t* EventStream::next_buffer() {
  ngx_chain_t* link = ngx_chain_get_free_buf(r_->pool, &free_);
  if (link == nullptr) return nullptr;
  ngx_buf_t* buf = link->buf;
  if (buf->start == nullptr) {
    buf->start = static_cast<u_char*>(ngx_palloc(r_->pool, kBuffer));
    if (buf->start == nullptr) return nullptr;
    buf->end = buf->start + kBuffer;
    buf->tag = buffer_tag();
    buf->temporary = 1;
  }
  buf->pos = buf->last = buf->start;
  buf->flush = 1;
  return link;
}

bool EventStream::send_events() {
  if (busy_ != nullptr) {  // what nginx still holds
    if (ngx_http_output_filter(r_, nullptr) == NGX_ERROR) return false;
    ngx_chain_t* none = nullptr;
    ngx_chain_update_chains(r_->pool, &free_, &busy_, &none, buffer_tag());
  }
  while (!queue_.empty() && length_of(busy_) < kMaxBusy) {
    ngx_chain_t* out = next_buffer();
    if (out == nullptr) return false;
    ngx_buf_t* buf = out->buf;
    while (!queue_.empty() && buf->last < buf->end) {
      std::string_view piece;
      static_cast<void>(queue_.gather({&piece, 1}));
      const std::size_t size = std::min<std::size_t>(
          piece.size(), static_cast<std::size_t>(buf->end - buf->last));
      buf->last = ngx_cpymem(buf->last, piece.data(), size);
      queue_.consume(size);
    }
    const ngx_int_t rc = ngx_http_output_filter(r_, out);
    if (rc == NGX_ERROR) return false;
    ngx_chain_update_chains(r_->pool, &free_, &busy_, &out, buffer_tag());
  }
  return true;
}

}  // namespace trestle::http
