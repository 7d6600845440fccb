#include "pg/statement_cache.h"

namespace trestle::pg {

bool StatementCache::use(const std::string& name) {
  auto found = names_.find(name);
  if (found == names_.end()) return false;
  if (found->second != order_.begin())
    order_.splice(order_.begin(), order_, found->second);
  return true;
}

void StatementCache::add(const std::string& name) {
  if (use(name)) return;
  order_.push_front(name);
  names_.emplace(order_.front(), order_.begin());
}

void StatementCache::remove(const std::string& name) {
  auto found = names_.find(name);
  if (found == names_.end()) return;
  Order::iterator node = found->second;
  names_.erase(found);
  order_.erase(node);
}

std::optional<std::string> StatementCache::evict_if_full() {
  if (names_.size() < capacity_ || order_.empty()) return std::nullopt;
  std::string oldest = order_.back();
  remove(oldest);
  return oldest;
}

}  // namespace trestle::pg
