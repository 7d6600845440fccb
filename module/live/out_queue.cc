#include "live/out_queue.h"

#include <algorithm>

namespace trestle::live {
namespace {

// Places of written frames are given back to the vector in lots of this many.
constexpr std::size_t kSpent = 64;

}  // namespace

void OutQueue::push(FrameRef frame) {
  if (frame->empty()) return;
  bytes_ += frame->size();
  frames_.push_back(std::move(frame));
}

std::size_t OutQueue::gather(std::span<std::string_view> pieces) const {
  std::size_t count = 0;
  std::size_t skip = offset_;
  for (std::size_t i = first_; i < frames_.size() && count < pieces.size();
       i++) {
    pieces[count++] = std::string_view(*frames_[i]).substr(skip);
    skip = 0;
  }
  return count;
}

void OutQueue::consume(std::size_t count) {
  bytes_ -= count;
  while (count > 0) {
    const std::size_t left = frames_[first_]->size() - offset_;
    if (count < left) {
      offset_ += count;
      break;
    }
    count -= left;
    offset_ = 0;
    frames_[first_++].reset();
  }
  tidy();
}

void OutQueue::cut() {
  const std::size_t keep = first_ + (offset_ > 0 ? 1 : 0);
  for (std::size_t i = keep; i < frames_.size(); i++)
    bytes_ -= frames_[i]->size();
  frames_.resize(std::min(keep, frames_.size()));
  tidy();
}

void OutQueue::tidy() {
  if (bytes_ == 0) {
    std::vector<FrameRef>().swap(frames_);
    first_ = offset_ = 0;
  } else if (first_ >= kSpent) {
    frames_.erase(frames_.begin(),
                  frames_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

}  // namespace trestle::live
