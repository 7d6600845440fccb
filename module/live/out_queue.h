// What waits to be written to one connection: whole frames, shared with other
// connections that get the same, and counted in bytes. Nothing is held while
// nothing waits.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trestle::live {

// The bytes of one frame, encoded once and shared by all who are to get it.
using FrameRef = std::shared_ptr<const std::string>;

class OutQueue {
 public:
  void push(FrameRef frame);

  [[nodiscard]] bool empty() const { return bytes_ == 0; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  // Fills `pieces` with what is to be written next and returns how many there
  // are. Borrowed until the next call that is not const.
  [[nodiscard]] std::size_t gather(std::span<std::string_view> pieces) const;

  // The first `count` bytes have been written.
  void consume(std::size_t count);

  // Forgets all frames of which nothing has been written yet.
  void cut();

 private:
  void tidy();

  std::vector<FrameRef> frames_;
  std::size_t first_ = 0;   // of frames_, the next to be written
  std::size_t offset_ = 0;  // bytes of it that have been
  std::size_t bytes_ = 0;
};

}  // namespace trestle::live
