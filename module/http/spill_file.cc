#include "http/spill_file.h"

#include <unistd.h>

#include <algorithm>

namespace trestle::http {

namespace {

// Of one write: the loop waits for no more than that.
constexpr std::size_t kWrite = 256 * 1024;

}  // namespace

bool SpillFile::open() {
  if (path_ == nullptr || limit_ == 0 || failed_) return false;
  if (!is_open_) {
    is_open_ = create();
    failed_ = !is_open_;
    return is_open_;
  }
  if (!is_full()) return true;
  if (has_more() || part_is_out()) return false;
  if (ftruncate(file_.fd, 0) != 0) {  // (2)
    failed_ = true;
    return false;
  }
  written_ = given_ = 0;
  return true;
}

bool SpillFile::create() {
  file_.fd = NGX_INVALID_FILE;
  file_.log = r_->connection->log;
  // "Persistent": the file is closed with the pool, not deleted by its name.
  if (ngx_create_temp_file(&file_, path_, r_->pool, 1, 0, 0600) != NGX_OK)
    return false;
  if (ngx_delete_file(file_.name.data) == NGX_FILE_ERROR)
    ngx_log_error(NGX_LOG_CRIT, file_.log, ngx_errno,
                  ngx_delete_file_n " \"%V\" failed", &file_.name);
  return true;
}

bool SpillFile::write(std::string_view bytes) {
  off_t at = written_;
  while (!bytes.empty() && !failed_) {
    std::string_view next = bytes.substr(0, kWrite);
    auto* data = reinterpret_cast<u_char*>(const_cast<char*>(next.data()));
    failed_ = ngx_write_file(&file_, data, next.size(), at) == NGX_ERROR;
    at += static_cast<off_t>(next.size());
    bytes.remove_prefix(next.size());
  }
  if (failed_) return false;
  written_ = at;
  return true;
}

bool SpillFile::part_is_out() const {
  return part_ != nullptr && ngx_buf_size(part_) != 0;
}

ngx_chain_t* SpillFile::take_part() {
  ngx_chain_t* link = ngx_alloc_chain_link(r_->pool);
  if (link == nullptr) return nullptr;
  if (part_ == nullptr || part_is_out()) {
    auto* part = static_cast<ngx_buf_t*>(ngx_calloc_buf(r_->pool));
    if (part == nullptr) return nullptr;
    part_ = part;
  }
  *part_ = {};
  part_->in_file = 1;
  part_->flush = 1;  // else nginx keeps a small one until there is more
  part_->file = &file_;
  part_->file_pos = given_;
  part_->file_last = given_ = written_;
  link->buf = part_;
  return link;
}

}  // namespace trestle::http
