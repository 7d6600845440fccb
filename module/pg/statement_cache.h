// The names that one connection's backend has prepared, least recently used
// last. A name enters only when the server has confirmed it: one whose Prepare
// failed or was skipped does not exist there.
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace trestle::pg {

class StatementCache {
 public:
  explicit StatementCache(std::size_t capacity) : capacity_(capacity) {}

  // True when the name is prepared; it becomes the most recently used.
  [[nodiscard]] bool use(const std::string& name);

  void add(const std::string& name);
  void remove(const std::string& name);

  // A name to deallocate before another one is prepared, if the cache is full.
  // It is forgotten by this call.
  [[nodiscard]] std::optional<std::string> evict_if_full();

  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  using Order = std::list<std::string>;

  std::size_t capacity_;
  Order order_;  // most recently used first
  // Keys view the strings in `order_`, whose nodes never move.
  std::unordered_map<std::string_view, Order::iterator> names_;
};

}  // namespace trestle::pg
