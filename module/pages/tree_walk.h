// Questions about parts of a template's tree.
#pragma once

#include <span>
#include <string_view>

#include "pages/tree.h"

namespace trestle::pages {

// Calls visit(Node*) for each child, in the order in which they are evaluated.
template <class Visit>
void each_child(Node* n, Visit visit) {
  if (n->a != nullptr) visit(n->a);
  for (Node* child : n->items) visit(child);
  for (Node* child : n->more) visit(child);
  for (Node* child : n->defaults) visit(child);
  if (n->b != nullptr) visit(n->b);
  if (n->c != nullptr) visit(n->c);
}

// Whether `name` is read somewhere before it is stored; blocks are not looked
// into.
[[nodiscard]] bool uses(std::span<Node* const> nodes, std::string_view name);

// Whether `name` is stored anywhere in it.
[[nodiscard]] bool stores(Node* n, std::string_view name);

[[nodiscard]] bool has_scoped_block(std::span<Node* const> nodes);

// What Jinja2 computes at compile time, where `~` forgets that its parts were
// marked safe.
[[nodiscard]] bool is_foldable(const Node* n);

}  // namespace trestle::pages
