#include "http/response.h"

#include <algorithm>

#include "base/json.h"
#include "http/errors.h"
#include "http/headers.h"

namespace trestle::http {

namespace {

ngx_buf_tag_t buffer_tag() { return &ngx_http_trestle_module; }

std::size_t bytes_in_memory(const ngx_chain_t* chain) {
  std::size_t bytes = 0;
  for (; chain != nullptr; chain = chain->next)
    if (ngx_buf_in_memory(chain->buf))
      bytes += static_cast<std::size_t>(ngx_buf_size(chain->buf));
  return bytes;
}

// Null: there is to be no file. nginx keeps an answer for a filter of ours, or
// another module's, in memory alone.
ngx_path_t* file_path(ngx_http_request_t* r, ngx_path_t* named) {
  if (r != r->main || r->subrequest_in_memory) return nullptr;
  if (named != nullptr) return named;
  const auto* core = static_cast<ngx_http_core_loc_conf_t*>(
      ngx_http_get_module_loc_conf(r, ngx_http_core_module));
  return core->client_body_temp_path;
}

}  // namespace

Response::Response(ngx_http_request_t* r, Options options, ResponseOwner& owner,
                   Callback activity)
    : r_(r),
      options_(options),
      owner_(owner),
      activity_(activity),
      file_(r, file_path(r, options.temp_path), options.max_temp_bytes) {}

void Response::head(ResponseHead head) {
  if (has_head_ || aborted_) return;
  has_head_ = true;
  head_ = std::move(head);
  if (copy_ != nullptr) copy_->take_head(head_);
  if (const Header* bad = find_bad_header(head_); bad != nullptr)
    replace(errors::bad_header(bad->name));
}

void Response::set_tag(std::string tag) {
  if (!header_sent_) head_.headers.push_back({"ETag", std::move(tag)});
}

bool Response::body(std::string_view bytes) {
  if (copy_ != nullptr && !ended_ && !aborted_) copy_->take_body(bytes);
  if (discard_ || ended_ || aborted_ || bytes.empty()) return true;
  total_bytes_ += bytes.size();
  if (options_.max_bytes != 0 && total_bytes_ > options_.max_bytes) {
    replace(errors::result_too_large());
    return true;
  }
  if (waiting_bytes() + bytes.size() > kFlood * options_.buffer_size)
    static_cast<void>(spill());
  if (!write_to_file(bytes) && !write_to_memory(bytes)) {
    abort();
    return true;
  }
  if (header_sent_ || total_bytes_ >= options_.buffer_size) activity_();
  return spilling_ || waiting_bytes() < kHighWater * options_.buffer_size;
}

bool Response::spill() {
  if (!spilling_ && !discard_ && !complete()) spilling_ = file_.open();
  return spilling_;
}

// False: it has not been written.
bool Response::write_to_file(std::string_view bytes) {
  if (!spilling_) return false;
  const bool written = file_.write(bytes);
  if (written && !file_.is_full()) return true;
  // From here on it goes to memory, behind what the file has.
  spilling_ = false;
  append_part();
  return written;
}

bool Response::write_to_memory(std::string_view bytes) {
  while (!bytes.empty()) {
    if (current_ == nullptr && !grow(bytes.size())) return false;
    std::size_t room = static_cast<std::size_t>(current_->end - current_->last);
    std::size_t size = std::min(room, bytes.size());
    current_->last = ngx_cpymem(current_->last, bytes.data(), size);
    if (size == room) current_ = nullptr;
    pending_bytes_ += size;
    bytes.remove_prefix(size);
  }
  return true;
}

void Response::end() {
  if (ended_ || aborted_) return;
  ended_ = true;
  activity_();
}

void Response::abort() {
  if (ended_ || aborted_) return;
  if (copy_ != nullptr) copy_->give_up();
  aborted_ = true;
  activity_();
}

bool Response::restart() {
  if (!can_restart()) return false;
  if (copy_ != nullptr) copy_->restart();
  drop_pending();
  has_head_ = false;
  head_ = {};
  return true;
}

// Puts our own error in the place of an answer that must not go out.
void Response::replace(const Error& error) {
  if (copy_ != nullptr) copy_->give_up();
  if (header_sent_) {
    abort();
    return;
  }
  drop_pending();
  head_ = {.status = error.http_status,
           .content_type = "application/json; charset=utf-8",
           .error_code = error.code};
  options_.max_bytes = 0;
  replaced_ = true;
  static_cast<void>(body(error_body(error)));
  end();
}

void Response::drop_pending() {
  spilling_ = false;
  file_.drop();
  while (pending_ != nullptr) {
    ngx_chain_t* link = pending_;
    pending_ = link->next;
    if (!ngx_buf_in_memory(link->buf)) continue;  // the file's
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
  append(link);
  current_ = link->buf;
  return true;
}

void Response::append(ngx_chain_t* link) {
  link->next = nullptr;
  *tail_ = link;
  tail_ = &link->next;
  current_ = nullptr;
}

// What the file has that nginx has not been given.
void Response::append_part() {
  ngx_chain_t* link = file_.has_more() ? file_.take_part() : nullptr;
  if (link != nullptr) append(link);
}

// Buffers that will not be used again.
void Response::release_free() {
  while (free_ != nullptr) {
    ngx_chain_t* link = free_;
    if (ngx_pfree(r_->pool, link->buf->start) != NGX_OK) return;
    free_ = link->next;
    ngx_free_chain(r_->pool, link);
  }
}

Response::State Response::fail() {
  rc_ = NGX_ERROR;
  return State::broken;
}

Response::State Response::push() {
  if (aborted_) return fail();
  if (!header_sent_) {
    if (!ended_ && total_bytes_ < options_.buffer_size) return State::waiting;
    State state = send_header();
    if (state != State::waiting) return state;
  }
  return send_body();
}

Response::State Response::send_header() {
  if (!has_head_) return fail();
  if (ended_) head_.content_length = total_bytes_;
  owner_.edit(head_);
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
    append(link);
  }
  last->last_buf = r_ == r_->main ? 1 : 0;
  last->last_in_chain = 1;
  return true;
}

Response::State Response::send_body() {
  if (discard_) return ended_ ? State::finished : State::waiting;
  do {
    if (ended_ || !file_.part_is_out()) append_part();
    if (ended_ && !last_queued_) {
      if (file_.has_more() || !append_last()) return fail();
    }
    if (!hand_over()) return fail();
  } while (!ended_ && file_.has_more() && !file_.part_is_out());
  if (spilling_) release_free();
  // What nginx has not sent yet is its own affair once it has the end.
  if (ended_) return State::finished;
  return busy_bytes_ > kLowWater * options_.buffer_size ? State::blocked
                                                        : State::waiting;
}

// Gives nginx what is pending, and takes back what it has sent.
bool Response::hand_over() {
  if (pending_ == nullptr && busy_ == nullptr && !file_.part_is_out())
    return true;
  rc_ = ngx_http_output_filter(r_, pending_);
  if (rc_ == NGX_ERROR) return false;
  ngx_chain_update_chains(r_->pool, &free_, &busy_, &pending_, buffer_tag());
  tail_ = &pending_;
  current_ = nullptr;
  pending_bytes_ = 0;
  busy_bytes_ = bytes_in_memory(busy_);
  return true;
}

}  // namespace trestle::http
