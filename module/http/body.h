// BodyReader makes one view of a request body that nginx has read: of a single
// buffer as it is, of several or a temporary file by copying. The file is read
// in the thread pool. It also limits the time that nginx may take to read it.
#pragma once

#include <string>
#include <string_view>

#include "base/callback.h"
#include "http/nginx.h"
#include "pg/loop.h"

namespace trestle::http {

class FileReadJob;

class BodyReader {
 public:
  enum class State { ready, reading, failed };

  BodyReader(pg::Loop& loop, Callback on_ready)
      : loop_(loop), on_ready_(on_ready) {}
  ~BodyReader();
  BodyReader(const BodyReader&) = delete;
  BodyReader& operator=(const BodyReader&) = delete;

  // Before nginx reads it: gives it at most that long (0: any time), or nothing
  // more of it is read and `on_late` comes in place of nginx's own handler.
  void expect(ngx_http_request_t* r, ngx_msec_t timeout, Callback on_late);

  // After nginx has read it all. `reading`: on_ready follows from the event
  // loop.
  [[nodiscard]] State collect(ngx_http_request_t* r);

  // Neither on_ready nor on_late will be called any more.
  void forget();

  // ready or failed, once on_ready was called.
  [[nodiscard]] State state() const { return state_; }
  // Lives as long as the request and this.
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

 private:
  friend class FileReadJob;

  void on_timeout() noexcept;
  [[nodiscard]] bool copy_chain(ngx_http_request_t* r, std::size_t size);
  [[nodiscard]] bool read_file(const ngx_buf_t& buf);
  void on_file_read(bool good, std::string content) noexcept;

  pg::Loop& loop_;
  Callback on_ready_;
  ngx_http_request_t* expected_ = nullptr;
  Callback on_late_ = {};
  std::unique_ptr<pg::Timer> limit_;  // null: any time
  State state_ = State::ready;
  std::string_view bytes_;
  std::string content_;  // of a file
  FileReadJob* job_ = nullptr;
  // Keeps a worker that shuts down alive: nothing else of ours waits then.
  std::unique_ptr<pg::Timer> hold_;
};

}  // namespace trestle::http
