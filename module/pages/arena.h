// Arena: memory of one render, or of one compiled program. Allocation bumps a
// pointer; everything is freed at once with the arena. Nothing that lives in
// it is ever destroyed, so only trivially destructible types go in.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

namespace trestle::pages {

class Arena {
 public:
  Arena() = default;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  // Aligned to 8 bytes, not initialised.
  void* allocate(std::size_t bytes) {
    bytes = (bytes + 7) & ~std::size_t{7};
    if (bytes > static_cast<std::size_t>(end_ - next_)) grow(bytes);
    char* at = next_;
    next_ += bytes;
    used_ += bytes;
    return at;
  }

  template <class T>
  T* make() {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (allocate(sizeof(T))) T();
  }

  template <class T>
  T* array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    // NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are wanted, too
    T* items = static_cast<T*>(allocate(sizeof(T) * count));
    for (std::size_t i = 0; i < count; i++) new (items + i) T();
    return items;
  }

  // A copy that lives as long as the arena.
  std::string_view copy(std::string_view text) {
    char* at = static_cast<char*>(allocate(text.size() + 1));
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    at[text.size()] = '\0';
    return {at, text.size()};
  }

  // A moment to come back to.
  struct Mark {
    std::size_t chunks = 0;
    char* next = nullptr;
    char* end = nullptr;
    std::size_t used = 0;
  };
  [[nodiscard]] Mark mark() const {
    return {chunks_.size(), next_, end_, used_};
  }
  // Frees what was handed out since; nothing may point there any more.
  void release(const Mark& mark) {
    chunks_.resize(mark.chunks);
    next_ = mark.next;
    end_ = mark.end;
    used_ = mark.used;
  }

  // Bytes handed out so far.
  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  void grow(std::size_t bytes) {
    std::size_t size = bytes > kChunk ? bytes : kChunk;
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    next_ = chunks_.back().get();
    end_ = next_ + size;
  }

  static constexpr std::size_t kChunk = 32 * 1024;

  std::vector<std::unique_ptr<char[]>> chunks_;
  char* next_ = nullptr;
  char* end_ = nullptr;
  std::size_t used_ = 0;
};

}  // namespace trestle::pages
