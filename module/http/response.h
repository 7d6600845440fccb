// Response carries one answer from a front-end into nginx's output chain.
//
// What the front-end writes is copied into buffers of trestle_buffer_size.
// Nothing is sent while it all fits into the first of them: a small answer gets
// its Content-Length, and an answer that fails early can still be replaced.
// Later each push() hands over what is there; buffers that the client has taken
// are used again, and body() says false while too much waits for a slow client.
// From spill() on what comes goes to a temporary file, and nothing waits until
// that is full; so does what a source that does not wait has given too much of.
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
#include "http/answer_copy.h"
#include "http/nginx.h"
#include "http/spill_file.h"

namespace trestle::http {

// Whose answer it is.
class ResponseOwner {
 public:
  virtual ~ResponseOwner() = default;
  // Called with the answer's head before it goes out, to add headers that
  // belong to every answer (Retry-After, WWW-Authenticate).
  virtual void edit(ResponseHead& head) = 0;
  // As ResponseSink::plan_again().
  [[nodiscard]] virtual bool plan_again(Outdated what) = 0;
};

class Response final : public ResponseSink {
 public:
  struct Options {
    std::size_t buffer_size;
    std::uint64_t max_bytes;  // of the body; 0: no limit
    ngx_path_t* temp_path;    // null: that of request bodies
    off_t max_temp_bytes;     // of its temporary file; 0: there is none
  };

  enum class State {
    waiting,   // for more of the answer
    blocked,   // for the client
    finished,  // rc() is what the request is finalized with
    broken,    // the connection must be broken
  };

  // `activity` is called from the sink's calls when push() has something to do.
  Response(ngx_http_request_t* r, Options options, ResponseOwner& owner,
           Callback activity);

  void head(ResponseHead head) override;
  bool body(std::string_view bytes) override;
  void end() override;
  void abort() override;
  bool restart() override;
  bool plan_again(Outdated what) override { return owner_.plan_again(what); }

  // What is answered is copied there, too, from now on; it outlives this.
  void copy_to(AnswerCopy& copy) { copy_ = &copy; }
  // Adds the validator of what has been answered, if its head is still here.
  void set_tag(std::string tag);

  // From now on the source need not wait for the client. False: it must.
  [[nodiscard]] bool spill();

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
  [[nodiscard]] bool has_room() const {
    return spilling_ || waiting_bytes() <= kLowWater * options_.buffer_size;
  }

 private:
  // How much may wait for a slow client in memory, in buffers.
  static constexpr std::size_t kHighWater = 8;
  static constexpr std::size_t kLowWater = 4;
  // A source that goes on all the same.
  static constexpr std::size_t kFlood = 32;

  [[nodiscard]] std::size_t waiting_bytes() const {
    return pending_bytes_ + busy_bytes_;
  }
  [[nodiscard]] bool write_to_file(std::string_view bytes);
  [[nodiscard]] bool write_to_memory(std::string_view bytes);
  void append(ngx_chain_t* link);
  void append_part();
  void release_free();
  [[nodiscard]] bool hand_over();
  [[nodiscard]] bool grow(std::size_t size);
  [[nodiscard]] State send_header();
  [[nodiscard]] State send_body();
  [[nodiscard]] bool append_last();
  void replace(const Error& error);
  void drop_pending();
  [[nodiscard]] State fail();

  ngx_http_request_t* r_;
  Options options_;
  ResponseOwner& owner_;
  Callback activity_;
  AnswerCopy* copy_ = nullptr;  // null: none is made

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
  SpillFile file_;
  bool spilling_ = false;          // what comes goes to the file
  std::size_t pending_bytes_ = 0;  // in memory
  std::size_t busy_bytes_ = 0;     // the same
  std::uint64_t total_bytes_ = 0;
  ngx_int_t rc_ = NGX_OK;
};

}  // namespace trestle::http
