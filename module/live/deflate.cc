#include "live/deflate.h"

#include <algorithm>
#include <limits>

namespace trestle::live {
namespace {

// A sync flush ends in an empty stored block; both sides leave its last four
// bytes out (RFC 7692 7.2.1).
constexpr std::string_view kTail("\x00\x00\xff\xff", 4);
constexpr std::size_t kChunk = 16 * 1024;

Bytef* input(std::string_view text) {
  // zlib's next_in lacks const in C.
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

Bytef* output(std::string& text, std::size_t at) {
  return reinterpret_cast<Bytef*>(text.data() + at);
}

}  // namespace

std::unique_ptr<Deflater> Deflater::create(int bits) {
  std::unique_ptr<Deflater> deflater(new Deflater);
  if (deflateInit2(&deflater->stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -bits,
                   8, Z_DEFAULT_STRATEGY) != Z_OK)
    return nullptr;
  return deflater;
}

Deflater::~Deflater() { deflateEnd(&stream_); }

bool Deflater::compress(std::string_view message, std::string& out) {
  if (message.size() > std::numeric_limits<uInt>::max()) return false;
  const std::size_t start = out.size();
  if (deflateReset(&stream_) != Z_OK) return false;
  stream_.next_in = input(message);
  stream_.avail_in = static_cast<uInt>(message.size());
  do {
    const std::size_t used = out.size();
    out.resize(used + std::max<std::size_t>(kChunk, message.size() / 4));
    stream_.next_out = output(out, used);
    stream_.avail_out = static_cast<uInt>(out.size() - used);
    int status = deflate(&stream_, Z_SYNC_FLUSH);
    out.resize(out.size() - stream_.avail_out);
    // Z_BUF_ERROR: everything had been flushed into the last full buffer.
    if (status == Z_BUF_ERROR) break;
    if (status != Z_OK) return false;
  } while (stream_.avail_out == 0);

  std::string_view made = std::string_view(out).substr(start);
  if (made.ends_with(kTail)) out.resize(out.size() - kTail.size());
  // An empty message is one empty block (RFC 7692 7.2.3.6).
  if (out.size() == start) out += '\0';
  return true;
}

std::unique_ptr<Inflater> Inflater::create(const DeflateParams& params) {
  std::unique_ptr<Inflater> inflater(new Inflater);
  inflater->keep_window_ = params.client_takeover;
  if (inflateInit2(&inflater->stream_, -params.client_bits) != Z_OK)
    return nullptr;
  return inflater;
}

Inflater::~Inflater() { inflateEnd(&stream_); }

Inflater::Status Inflater::feed(std::string_view piece, std::string& out,
                                std::size_t limit) {
  stream_.next_in = input(piece);
  stream_.avail_in = static_cast<uInt>(piece.size());
  // Output can be pending when the input has run dry: stop only when zlib
  // leaves room in the buffer.
  do {
    const std::size_t used = out.size();
    out.resize(used + std::min(kChunk, limit - used + 1));
    stream_.next_out = output(out, used);
    stream_.avail_out = static_cast<uInt>(out.size() - used);
    int status = inflate(&stream_, Z_SYNC_FLUSH);
    out.resize(out.size() - stream_.avail_out);
    if (out.size() > limit) return Status::too_big;
    if (status == Z_STREAM_END) {
      // A final block ends the stream; the next one may still refer back.
      if (inflateResetKeep(&stream_) != Z_OK) return Status::bad_data;
      if (stream_.avail_in == 0) return Status::ok;
      continue;
    }
    if (status == Z_BUF_ERROR) return Status::ok;
    if (status != Z_OK) return Status::bad_data;
  } while (stream_.avail_in > 0 || stream_.avail_out == 0);
  return Status::ok;
}

Inflater::Status Inflater::finish(std::string& out, std::size_t limit) {
  Status status = feed(kTail, out, limit);
  if (status == Status::ok && !keep_window_ && inflateReset(&stream_) != Z_OK)
    return Status::bad_data;
  return status;
}

}  // namespace trestle::live
