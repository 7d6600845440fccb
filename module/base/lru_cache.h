// A map from texts to T with a limit on the bytes of its keys and values, and
// of what it needs itself for them: the least recently used goes first.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace trestle {

template <class T>
class LruCache {
 public:
  explicit LruCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // Null when there is none.
  const T* find(const std::string& key) {
    auto it = index_.find(std::string_view(key));
    if (it == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, it->second);
    return &it->second->value;
  }

  // `bytes`: what the value owns beside itself.
  void put(const std::string& key, T value, std::size_t bytes) {
    bytes += key.size() + kEntryBytes;
    if (bytes > max_bytes_ || index_.contains(key)) return;
    entries_.push_front({key, std::move(value), bytes});
    index_.emplace(entries_.front().key, entries_.begin());
    for (bytes_ += bytes; bytes_ > max_bytes_;) {
      bytes_ -= entries_.back().bytes;
      index_.erase(entries_.back().key);
      entries_.pop_back();
    }
  }

  void clear() {
    index_.clear();
    entries_.clear();
    bytes_ = 0;
  }

 private:
  struct Entry {
    std::string key;
    T value;
    std::size_t bytes;
  };
  // With the nodes of list and index around it, and their allocations.
  static constexpr std::size_t kEntryBytes = sizeof(Entry) + 96;

  std::list<Entry> entries_;
  std::unordered_map<std::string_view, typename std::list<Entry>::iterator>
      index_;
  std::size_t bytes_ = 0;
  std::size_t max_bytes_;
};

}  // namespace trestle
