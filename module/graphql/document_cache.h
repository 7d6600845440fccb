// Documents that were parsed and validated, by their text and the role's
// schema, and the texts of automatic persisted queries. A request that repeats
// a document parses nothing. Bounded; the least recently used goes first.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/arena.h"
#include "graphql/ast.h"
#include "graphql/error.h"

namespace trestle::graphql {

// A document and all that it points to.
struct CachedDocument {
  std::string source;
  Arena arena;
  Document document;
  std::vector<GraphqlError> errors;  // why it is refused; empty: valid
  bool introspects = false;          // asks __schema or __type somewhere
};

using DocumentRef = std::shared_ptr<const CachedDocument>;

// A map from texts to T with a limit on the bytes of its keys and values.
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

  void put(const std::string& key, T value, std::size_t bytes) {
    bytes += key.size();
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
  std::list<Entry> entries_;
  std::unordered_map<std::string_view, typename std::list<Entry>::iterator>
      index_;
  std::size_t bytes_ = 0;
  std::size_t max_bytes_;
};

}  // namespace trestle::graphql
