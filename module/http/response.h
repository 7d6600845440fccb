// Response carries one answer from a front-end into nginx's output chain.
//
// What the front-end writes is copied into buffers of trestle_buffer_size.
// Nothing is sent while it all fits into the first of them: a small answer gets
// its Content-Length, and an answer that fails early can still be replaced.
// Later each push() hands over what is there; buffers that the client has taken
// are used again, and body() says false while too much waits for a slow client.
//
// The sink's calls only fill buffers and report activity; push(), which
// may end the request, is for the owner to call in a turn of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/callback.h"
#include "base/http_message.h"
#include "base/result.h"
#include "http/nginx.h"

namespace trestle::http {

// Called with the answer's head before it goes out, to add headers that belong
// to every answer (Retry-After, WWW-Authenticate).
class HeadEditor {
 public:
  virtual ~HeadEditor() = default;
  virtual void edit(ResponseHead& head) = 0;
};

class Response final : public ResponseSink {
 public:
  struct Options {
    std::size_t buffer_size;
    std::uint64_t max_bytes;  // of the body; 0: no limit
  };

  enum class State {
    waiting,   // for more of the answer
    blocked,   // for the client
    finished,  // rc() is what the request is finalized with
    broken,    // the connection must be broken
  };

  // `activity` is called from the sink's calls when push() has something to do.
  Response(ngx_http_request_t* r, Options options, HeadEditor& editor,
           Callback activity);

  void head(ResponseHead head) override;
  bool body(std::string_view bytes) override;
  void end() override;
  void abort() override;
  bool restart() override;

  // Sends what there is. Event loop only.
  [[nodiscard]] State push();
  [[nodiscard]] ngx_int_t rc() const { return rc_; }

  // The answer has begun: another head() would be a second one.
  [[nodiscard]] bool started() const { return has_head_; }
  [[nodiscard]] bool sent() const { return header_sent_; }
  [[nodiscard]] bool ended() const { return ended_; }
  // It is an error of ours now, whatever the front-end says.
  [[nodiscard]] bool replaced() const { return replaced_; }
  // No call to the sink is expected any more.
  [[nodiscard]] bool complete() const { return ended_ || aborted_; }
  // It may still be another one: restart() would do.
  [[nodiscard]] bool can_restart() const {
    return !header_sent_ && !complete();
  }
  // The client has taken enough of it for the source to go on.
  [[nodiscard]] bool has_room() const;

 private:
  [[nodiscard]] bool grow(std::size_t size);
  [[nodiscard]] State send_header();
  [[nodiscard]] State send_body();
  [[nodiscard]] bool append_last();
  void replace(const Error& error);
  void drop_pending();
  [[nodiscard]] State fail();

  ngx_http_request_t* r_;
  Options options_;
  HeadEditor& editor_;
  Callback activity_;

  ResponseHead head_;
  bool has_head_ = false;
  bool header_sent_ = false;
  bool ended_ = false;
  bool aborted_ = false;
  bool replaced_ = false;
  bool last_queued_ = false;
  bool discard_ = false;  // HEAD, 304: the body is not wanted

  ngx_chain_t* pending_ = nullptr;  // not yet handed over
  ngx_chain_t** tail_ = &pending_;
  ngx_buf_t* current_ = nullptr;  // the last pending one, with room
  ngx_chain_t* busy_ = nullptr;   // handed over, not yet taken
  ngx_chain_t* free_ = nullptr;
  std::size_t pending_bytes_ = 0;
  std::size_t busy_bytes_ = 0;
  std::uint64_t total_bytes_ = 0;
  ngx_int_t rc_ = NGX_OK;
};

}  // namespace trestle::http
