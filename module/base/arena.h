// Arena hands out memory that is freed all at once: for trees whose nodes live
// and die together (a parsed document, a schema). What is put in must need no
// destructor. Not for sharing between threads while it grows.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace trestle {

// A run of objects in an arena. Unlike std::span its element type may be
// incomplete, so that tree nodes can hold slices of themselves.
template <class T>
struct Slice {
  const T* first = nullptr;
  std::size_t count = 0;

  [[nodiscard]] const T* begin() const { return first; }
  [[nodiscard]] const T* end() const { return first + count; }
  [[nodiscard]] std::size_t size() const { return count; }
  [[nodiscard]] bool empty() const { return count == 0; }
  const T& operator[](std::size_t i) const { return first[i]; }
};

class Arena {
 public:
  Arena() = default;
  // The first block has so many bytes, each later one twice those of the last.
  explicit Arena(std::size_t first_block) : next_(first_block) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Aligned raw bytes, never null: memory that cannot be had throws
  // std::bad_alloc as operator new does.
  void* allocate(std::size_t bytes, std::size_t alignment) {
    std::size_t start = (used_ + alignment - 1) & ~(alignment - 1);
    if (blocks_.empty() || start + bytes > size_) {
      size_ = bytes > next_ ? bytes : next_;
      if (next_ < kLargestBlock) next_ *= 2;
      blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(size_));
      total_ += size_;
      start = 0;
    }
    used_ = start + bytes;
    return blocks_.back().get() + start;
  }

  template <class T, class... Args>
  T* make(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (allocate(sizeof(T), alignof(T))) T{std::forward<Args>(args)...};
  }

  // A copy of the elements.
  template <class T>
  Slice<T> copy(const std::vector<T>& items) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (items.empty()) return {};
    auto* place =
        static_cast<T*>(allocate(items.size() * sizeof(T), alignof(T)));
    std::memcpy(static_cast<void*>(place), items.data(),
                items.size() * sizeof(T));
    return {place, items.size()};
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return "";
    auto* place = static_cast<char*>(allocate(text.size(), 1));
    std::memcpy(place, text.data(), text.size());
    return {place, text.size()};
  }

  // Bytes taken from the system.
  [[nodiscard]] std::size_t total_bytes() const { return total_; }

 private:
  static constexpr std::size_t kLargestBlock = 256 * 1024;

  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::size_t used_ = 0;
  std::size_t size_ = 0;
  std::size_t next_ = 4096;
  std::size_t total_ = 0;
};

}  // namespace trestle
