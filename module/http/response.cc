#include "http/response.h"

#include <algorithm>

#include "base/json.h"
#include "http/errors.h"
#include "http/headers.h"

namespace trestle::http {

namespace {

// How much may wait for a slow client, in buffers.
constexpr std::size_t kHighWater = 16;
constexpr std::size_t kLowWater = 8;

ngx_buf_tag_t buffer_tag() { return &ngx_http_trestle_module; }

std::size_t bytes_in(const ngx_chain_t* chain) {
  std::size_t bytes = 0;
  for (; chain != nullptr; chain = chain->next)
    bytes += static_cast<std::size_t>(ngx_buf_size(chain->buf));
  return bytes;
}

}  // namespace

Response::Response(ngx_http_request_t* r, Options options, HeadEditor& editor,
                   Callback activity)
    : r_(r), options_(options), editor_(editor), activity_(activity) {}

void Response::head(ResponseHead head) {
  if (has_head_ || aborted_) return;
  has_head_ = true;
  head_ = std::move(head);
  if (const Header* bad = find_bad_header(head_); bad != nullptr)
    replace(errors::bad_header(bad->name));
}

bool Response::body(std::string_view bytes) {
  if (discard_ || ended_ || aborted_ || bytes.empty()) return true;
  total_bytes_ += bytes.size();
  if (options_.max_bytes != 0 && total_bytes_ > options_.max_bytes) {
    replace(errors::result_too_large());
    return true;
  }
  while (!bytes.empty()) {
    if (current_ == nullptr && !grow(bytes.size())) {
      abort();
      return true;
    }
    std::size_t room = static_cast<std::size_t>(current_->end - current_->last);
    std::size_t size = std::min(room, bytes.size());
    current_->last = ngx_cpymem(current_->last, bytes.data(), size);
    if (size == room) current_ = nullptr;
    pending_bytes_ += size;
    bytes.remove_prefix(size);
  }
  if (header_sent_ || pending_bytes_ >= options_.buffer_size) activity_();
  return pending_bytes_ + busy_bytes_ < kHighWater * options_.buffer_size;
}

void Response::end() {
  if (ended_ || aborted_) return;
  ended_ = true;
  activity_();
}

void Response::abort() {
  if (ended_ || aborted_) return;
  aborted_ = true;
  activity_();
}

bool Response::restart() {
  if (!can_restart()) return false;
  drop_pending();
  has_head_ = false;
  head_ = {};
  return true;
}

bool Response::has_room() const {
  return pending_bytes_ + busy_bytes_ <= kLowWater * options_.buffer_size;
}

// Puts our own error in the place of an answer that must not go out.
void Response::replace(const Error& error) {
  if (header_sent_) {
    abort();
    return;
  }
  drop_pending();
  head_ = {.status = error.http_status,
           .content_type = "application/json; charset=utf-8"};
  options_.max_bytes = 0;
  replaced_ = true;
  static_cast<void>(body(error_body(error)));
  end();
}

void Response::drop_pending() {
  while (pending_ != nullptr) {
    ngx_chain_t* link = pending_;
    pending_ = link->next;
    link->buf->pos = link->buf->last = link->buf->start;
    link->next = free_;
    free_ = link;
  }
  tail_ = &pending_;
  current_ = nullptr;
  pending_bytes_ = 0;
  total_bytes_ = 0;
}

// A buffer behind the pending ones: one that was used before, else a new one.
bool Response::grow(std::size_t size) {
  ngx_chain_t* link = free_;
  if (link != nullptr) {
    free_ = link->next;
  } else {
    std::size_t capacity = options_.buffer_size;
    // Most answers are small, and the first write is often the whole.
    if (total_bytes_ == size && head_.content_length)
      capacity = std::min<std::size_t>(capacity, *head_.content_length);
    capacity = std::max<std::size_t>(capacity, 1);
    link = ngx_alloc_chain_link(r_->pool);
    if (link == nullptr) return false;
    link->buf = ngx_create_temp_buf(r_->pool, capacity);
    if (link->buf == nullptr) return false;
    link->buf->tag = buffer_tag();
  }
  link->next = nullptr;
  *tail_ = link;
  tail_ = &link->next;
  current_ = link->buf;
  return true;
}

Response::State Response::fail() {
  rc_ = NGX_ERROR;
  return State::broken;
}

Response::State Response::push() {
  if (aborted_) return fail();
  if (!header_sent_) {
    if (!ended_ && pending_bytes_ < options_.buffer_size) return State::waiting;
    State state = send_header();
    if (state != State::waiting) return state;
  }
  return send_body();
}

Response::State Response::send_header() {
  if (!has_head_) return fail();
  if (ended_) head_.content_length = total_bytes_;
  editor_.edit(head_);
  if (!set_head(r_, head_)) return fail();
  header_sent_ = true;
  // What has happened cannot be refused any more by a precondition.
  if ((r_->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) == 0)
    r_->disable_not_modified = 1;
  rc_ = ngx_http_send_header(r_);
  if (rc_ == NGX_ERROR) return fail();
  if (rc_ > NGX_OK) return State::finished;  // a filter's own answer
  if (r_->header_only) {
    discard_ = true;
    drop_pending();
  }
  return State::waiting;
}

// Marks the end of the answer for nginx's filters.
bool Response::append_last() {
  last_queued_ = true;
  ngx_buf_t* last = nullptr;
  if (pending_ != nullptr) {
    ngx_chain_t* link = pending_;
    while (link->next != nullptr) link = link->next;
    last = link->buf;
  } else {
    ngx_chain_t* link = ngx_alloc_chain_link(r_->pool);
    if (link == nullptr) return false;
    last = static_cast<ngx_buf_t*>(ngx_calloc_buf(r_->pool));
    if (last == nullptr) return false;
    last->sync = r_ == r_->main ? 0 : 1;
    link->buf = last;
    link->next = nullptr;
    *tail_ = link;
    tail_ = &link->next;
  }
  last->last_buf = r_ == r_->main ? 1 : 0;
  last->last_in_chain = 1;
  return true;
}

Response::State Response::send_body() {
  if (discard_) return ended_ ? State::finished : State::waiting;
  if (ended_ && !last_queued_ && !append_last()) return fail();
  if (pending_ != nullptr || busy_ != nullptr) {
    rc_ = ngx_http_output_filter(r_, pending_);
    if (rc_ == NGX_ERROR) return fail();
    ngx_chain_update_chains(r_->pool, &free_, &busy_, &pending_, buffer_tag());
    tail_ = &pending_;
    current_ = nullptr;
    pending_bytes_ = 0;
    busy_bytes_ = bytes_in(busy_);
  }
  // What nginx has not sent yet is its own affair once it has the end.
  if (ended_) return State::finished;
  return busy_bytes_ > kLowWater * options_.buffer_size ? State::blocked
                                                        : State::waiting;
}

}  // namespace trestle::http
