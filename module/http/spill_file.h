// The rest of an answer whose client is slow, in a temporary file: its source
// need not wait, and nginx sends the file.
//
//  (1) What is handed to nginx is a part that was written before; it is never
//      changed while nginx has it. What is written meanwhile is a part of its
//      own, best handed over when the one before has been taken whole.
//  (2) What was taken may still be on its way, for sendfile() lends the kernel
//      the file's own pages. They are not written to again: the file is cut
//      before it is used anew, which leaves them to the kernel alone.
//
// The file has no name once it is open, so nothing of it stays behind, however
// the request or the process ends. Writes are those of nginx's own temporary
// files: to a local disk, on the loop. Lives in the request's pool.
#pragma once

#include <string_view>

#include "http/nginx.h"

namespace trestle::http {

class SpillFile {
 public:
  // `path` null, or `limit` 0: there is to be none.
  SpillFile(ngx_http_request_t* r, ngx_path_t* path, off_t limit)
      : r_(r), path_(path), limit_(limit) {}

  // Makes it ready to be written to. False: it may not be, has failed, or is
  // full and not yet taken whole.
  [[nodiscard]] bool open();

  // Behind what was written before. False: the disk takes no more; nothing of
  // `bytes` is in the file.
  [[nodiscard]] bool write(std::string_view bytes);
  [[nodiscard]] bool is_full() const { return written_ >= limit_; }

  // nginx has not been given all of it.
  [[nodiscard]] bool has_more() const { return given_ < written_; }
  // The rest of it, as a link for nginx's chain; null when memory is out.
  [[nodiscard]] ngx_chain_t* take_part();
  // nginx has not taken all that it was given.
  [[nodiscard]] bool part_is_out() const;
  // What nginx has not been given is not wanted.
  void drop() { given_ = written_; }

 private:
  [[nodiscard]] bool create();

  ngx_http_request_t* r_;
  ngx_path_t* path_;
  off_t limit_;
  ngx_file_t file_ = {};
  ngx_buf_t* part_ = nullptr;
  off_t written_ = 0;
  off_t given_ = 0;
  bool is_open_ = false;
  bool failed_ = false;
};

}  // namespace trestle::http
