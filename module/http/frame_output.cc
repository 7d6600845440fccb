#include "http/frame_output.h"

#include <string_view>

namespace trestle::http {

namespace {

// Frames handed over at once.
constexpr std::size_t kPieces = 64;

}  // namespace

Sent send_frames(ngx_connection_t* c, live::OutQueue& queue) {
  std::string_view pieces[kPieces];
  ngx_buf_t bufs[kPieces];
  ngx_chain_t links[kPieces];
  const std::size_t count = queue.gather(pieces);
  std::size_t given = 0;
  for (std::size_t i = 0; i < count; i++) {
    bufs[i] = {};
    bufs[i].pos = bufs[i].start = borrow(pieces[i]).data;
    bufs[i].last = bufs[i].end = bufs[i].pos + pieces[i].size();
    bufs[i].memory = 1;
    bufs[i].flush = i + 1 == count ? 1 : 0;
    links[i] = {&bufs[i], i + 1 < count ? &links[i + 1] : nullptr};
    given += pieces[i].size();
  }
  ngx_chain_t* rest = c->send_chain(c, count > 0 ? links : nullptr, 0);
  if (rest == NGX_CHAIN_ERROR) return Sent::lost;
  std::size_t left = 0;
  for (std::size_t i = 0; i < count; i++)
    left += static_cast<std::size_t>(bufs[i].last - bufs[i].pos);
  if (left == given) return Sent::nothing;
  queue.consume(given - left);
  return Sent::some;
}

}  // namespace trestle::http
