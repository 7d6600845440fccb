// The names that one connection's backend has prepared, least recently used
// last, and the columns each of them answers. A name enters only when the
// server has confirmed it: one whose Prepare failed or was skipped does not
// exist there.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sql/row_sink.h"

namespace trestle::pg {

// What a statement answers; null: no rows. Shared with those that read a
// result while the name is forgotten.
using ColumnsRef = std::shared_ptr<const std::vector<ResultColumn>>;

struct Prepared {
  std::string name;
  bool described = false;  // `columns` is known
  ColumnsRef columns;
};

class StatementCache {
 public:
  explicit StatementCache(std::size_t capacity) : capacity_(capacity) {}

  // The statement, which becomes the most recently used; null when the name is
  // not prepared. Valid until the cache changes.
  [[nodiscard]] Prepared* use(const std::string& name);

  void add(const std::string& name);
  void remove(const std::string& name);

  // The one to deallocate before another one is prepared, if the cache is full;
  // else null.
  [[nodiscard]] const Prepared* oldest_if_full() const;

  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  using Order = std::list<Prepared>;

  std::size_t capacity_;
  Order order_;  // most recently used first
  // Keys view the strings in `order_`, whose nodes never move.
  std::unordered_map<std::string_view, Order::iterator> names_;
};

}  // namespace trestle::pg
