#include "pg/statement_cache.h"

namespace trestle::pg {

Prepared* StatementCache::use(const std::string& name) {
  auto found = names_.find(name);
  if (found == names_.end()) return nullptr;
  if (found->second != order_.begin())
    order_.splice(order_.begin(), order_, found->second);
  return &*found->second;
}

void StatementCache::add(const std::string& name) {
  if (use(name) != nullptr) return;
  order_.push_front({.name = name, .described = false, .columns = {}});
  names_.emplace(order_.front().name, order_.begin());
}

void StatementCache::remove(const std::string& name) {
  auto found = names_.find(name);
  if (found == names_.end()) return;
  Order::iterator node = found->second;
  names_.erase(found);
  order_.erase(node);
}

const Prepared* StatementCache::oldest_if_full() const {
  if (names_.size() < capacity_ || order_.empty()) return nullptr;
  return &order_.back();
}

}  // namespace trestle::pg
