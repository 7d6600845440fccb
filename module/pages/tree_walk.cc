#include "pages/tree_walk.h"

#include <algorithm>

namespace trestle::pages {

namespace {

bool reads_first(Node* n, std::string_view name, bool& declared) {
  if (n->op == Op::block) return false;
  if (n->op == Op::name && n->name == name) {
    if ((n->flags & (Node::kStore | Node::kParameter)) != 0)
      declared = true;
    else if (!declared)
      return true;
    return false;
  }
  bool found = false;
  // Parameters stand before the body, as they do in the source.
  if (n->op == Op::macro || n->op == Op::call_block) {
    for (Node* child : n->items)
      found = found || reads_first(child, name, declared);
    for (Node* child : n->defaults)
      found = found || reads_first(child, name, declared);
    for (Node* child : n->more)
      found = found || reads_first(child, name, declared);
    return found || (n->a != nullptr && reads_first(n->a, name, declared));
  }
  each_child(n, [&](Node* child) {
    found = found || reads_first(child, name, declared);
  });
  return found;
}

}  // namespace

bool uses(std::span<Node* const> nodes, std::string_view name) {
  bool declared = false;
  for (Node* n : nodes)
    if (reads_first(n, name, declared)) return true;
  return false;
}

bool stores(Node* n, std::string_view name) {
  if (n->op == Op::name && n->name == name && (n->flags & Node::kStore) != 0)
    return true;
  bool found = false;
  each_child(n, [&](Node* child) { found = found || stores(child, name); });
  return found;
}

bool has_scoped_block(std::span<Node* const> nodes) {
  return std::ranges::any_of(nodes, [](Node* n) {
    if (n->op == Op::block && (n->flags & Node::kScoped) != 0) return true;
    bool found = false;
    each_child(n, [&](Node* child) {
      found = found || has_scoped_block({&child, 1});
    });
    return found;
  });
}

bool is_foldable(const Node* n) {
  static constexpr std::string_view kAtRunTime[] = {
      "map", "select", "reject", "selectattr", "rejectattr", "random"};
  switch (n->op) {
    case Op::constant:
      return true;
    case Op::name:
    case Op::call:
      return false;
    case Op::filter:
      if (n->a == nullptr ||
          std::ranges::find(kAtRunTime, n->name) != std::end(kAtRunTime))
        return false;
      break;
    default:
      break;
  }
  for (const Node* child : {n->a, n->b, n->c})
    if (child != nullptr && !is_foldable(child)) return false;
  return std::ranges::all_of(n->items, is_foldable) &&
         std::ranges::all_of(n->more, is_foldable);
}

}  // namespace trestle::pages
