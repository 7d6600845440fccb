#include "http/body.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace trestle::http {

namespace {

// Bodies below this go to one buffer, so that they are read where they lie.
constexpr off_t kSingleBuffer = 64 * 1024;

}  // namespace

// Reads a stretch of a file. The descriptor is its own: the request may be gone
// before the thread is done, and its file with it.
class FileReadJob final : public pg::Job {
 public:
  FileReadJob(BodyReader* reader, int fd, off_t from, std::size_t size)
      : reader_(reader), fd_(fd), from_(from), size_(size) {}
  ~FileReadJob() override {
    if (fd_ >= 0) close(fd_);
    if (reader_ != nullptr) reader_->job_ = nullptr;
  }
  FileReadJob(const FileReadJob&) = delete;
  FileReadJob& operator=(const FileReadJob&) = delete;

  void forget() { reader_ = nullptr; }

  void run() noexcept override {
    try {
      content_.resize(size_);
      good_ = read_all();
    } catch (...) {
      good_ = false;
    }
  }

  void done() noexcept override {
    if (reader_ == nullptr) return;
    BodyReader* reader = reader_;
    reader_->job_ = nullptr;
    reader_ = nullptr;
    reader->on_file_read(good_, std::move(content_));
  }

 private:
  bool read_all() {
    std::size_t done = 0;
    while (done < size_) {
      ssize_t n = pread(fd_, content_.data() + done, size_ - done,
                        from_ + static_cast<off_t>(done));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      done += static_cast<std::size_t>(n);
    }
    return true;
  }

  BodyReader* reader_;
  int fd_;
  off_t from_;
  std::size_t size_;
  std::string content_;
  bool good_ = false;
};

BodyReader::~BodyReader() { forget(); }

void BodyReader::forget() {
  limit_.reset();
  hold_.reset();
  if (job_ == nullptr) return;
  job_->forget();
  job_ = nullptr;
}

void BodyReader::expect(ngx_http_request_t* r, ngx_msec_t timeout,
                        Callback on_late) {
  const off_t length = r->headers_in.content_length_n;
  if (length > 0 && length < kSingleBuffer) r->request_body_in_single_buf = 1;
  const bool comes = r == r->main && (length > 0 || r->headers_in.chunked);
  if (timeout == 0 || !comes) return;
  expected_ = r;
  on_late_ = on_late;
  limit_ = loop_.make_timer(callback<&BodyReader::on_timeout>(this),
                            pg::Loop::TimerKind::holding);
  limit_->start(timeout);
}

void BodyReader::on_timeout() noexcept {
  ngx_connection_t* c = expected_->connection;
  expected_->read_event_handler = ngx_http_block_reading;
  if (c->read->timer_set) ngx_del_timer(c->read);
  expected_->keepalive = 0;  // the rest of the body may still come
  on_late_();
}

BodyReader::State BodyReader::collect(ngx_http_request_t* r) {
  limit_.reset();
  state_ = State::ready;
  if (r->request_body == nullptr || r->request_body->bufs == nullptr)
    return state_;
  ngx_chain_t* chain = r->request_body->bufs;
  if (chain->next == nullptr && !chain->buf->in_file) {
    ngx_buf_t* buf = chain->buf;
    bytes_ = {reinterpret_cast<char*>(buf->pos),
              static_cast<std::size_t>(buf->last - buf->pos)};
    return state_;
  }
  std::size_t size = 0;
  bool in_file = false;
  for (ngx_chain_t* link = chain; link != nullptr; link = link->next) {
    size += static_cast<std::size_t>(ngx_buf_size(link->buf));
    in_file = in_file || link->buf->in_file;
  }
  bool good = in_file ? chain->next == nullptr && read_file(*chain->buf)
                      : copy_chain(r, size);
  if (!good) state_ = State::failed;
  return state_;
}

bool BodyReader::copy_chain(ngx_http_request_t* r, std::size_t size) {
  if (size == 0) return true;
  auto* all = static_cast<u_char*>(ngx_pnalloc(r->pool, size));
  if (all == nullptr) return false;
  u_char* end = all;
  for (ngx_chain_t* link = r->request_body->bufs; link != nullptr;
       link = link->next) {
    // The last buffer of a chunked body is empty and points nowhere.
    const auto part = static_cast<std::size_t>(ngx_buf_size(link->buf));
    if (part > 0) end = ngx_cpymem(end, link->buf->pos, part);
  }
  bytes_ = {reinterpret_cast<char*>(all), size};
  return true;
}

// nginx puts either all of a body into its file or nothing.
bool BodyReader::read_file(const ngx_buf_t& buf) {
  int fd = fcntl(buf.file->fd, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return false;
  auto size = static_cast<std::size_t>(buf.file_last - buf.file_pos);
  auto job = std::make_unique<FileReadJob>(this, fd, buf.file_pos, size);
  job_ = job.get();
  if (!loop_.offload(std::move(job))) return false;  // its end clears job_
  hold_ = loop_.make_timer({[](void*) noexcept {}, nullptr},
                           pg::Loop::TimerKind::holding);
  hold_->start(60'000);
  state_ = State::reading;
  return true;
}

void BodyReader::on_file_read(bool good, std::string content) noexcept {
  hold_.reset();
  content_ = std::move(content);
  bytes_ = content_;
  state_ = good ? State::ready : State::failed;
  on_ready_();
}

}  // namespace trestle::http
