#include "pages/symbols.h"

#include "pages/tree_walk.h"

namespace trestle::pages {

namespace {

Load load_context(Ref target, std::string_view name) {
  return {.from = Load::From::context,
          .slot = target.slot,
          .name = name,
          .hash = hash_of(name)};
}

// Every branch begins with what was known before the `if`.
void analyze_if(Symbols& s, Node* n) {
  analyze(s, n->a);
  Symbols body = s, elifs = s, rest = s;
  analyze(body, n->items);
  for (Node* elif : n->more) analyze(elifs, elif);
  if (n->b != nullptr) analyze(rest, n->b->items);
  s.merge({&body, &elifs, &rest});
}

}  // namespace

const Ref* Symbols::find(std::string_view name) const {
  for (const Symbols* s = this; s != nullptr; s = s->parent)
    if (auto it = s->refs.find(name); it != s->refs.end()) return &it->second;
  return nullptr;
}

Ref Symbols::define(std::string_view name) {
  auto [it, added] = slots->try_emplace(name, routine->routine->slots);
  if (added) routine->routine->slots++;
  Ref ref{routine->level, it->second};
  refs[name] = ref;
  return ref;
}

Load Symbols::load_from(Ref target, const Ref& outer) const {
  return {.from = Load::From::outer,
          .hops = static_cast<std::uint16_t>(routine->level - outer.level),
          .slot = target.slot,
          .outer = outer.slot};
}

void Symbols::parameter(std::string_view name) {
  stores.insert(name);
  loads.erase(define(name).slot);
}

void Symbols::load(std::string_view name) {
  if (find(name) != nullptr) return;
  Ref ref = define(name);
  loads[ref.slot] = load_context(ref, name);
}

void Symbols::store(std::string_view name) {
  stores.insert(name);
  if (refs.contains(name)) return;
  const Ref* outer = parent == nullptr ? nullptr : parent->find(name);
  Ref ref = define(name);
  loads[ref.slot] =
      outer != nullptr ? load_from(ref, *outer) : Load{.slot = ref.slot};
}

void Symbols::merge(std::initializer_list<const Symbols*> branches) {
  std::map<std::string_view, std::size_t> counts;
  for (const Symbols* branch : branches)
    for (std::string_view name : branch->stores)
      if (!stores.contains(name)) counts[name]++;
  for (const Symbols* branch : branches) {
    refs.insert(branch->refs.begin(), branch->refs.end());
    for (const auto& [slot, l] : branch->loads) loads[slot] = l;
    stores.insert(branch->stores.begin(), branch->stores.end());
  }
  for (const auto& [name, count] : counts) {
    if (count == branches.size()) continue;
    Ref ref = refs[name];
    const Ref* outer = parent == nullptr ? nullptr : parent->find(name);
    loads[ref.slot] =
        outer != nullptr ? load_from(ref, *outer) : load_context(ref, name);
  }
}

void analyze(Symbols& s, std::span<Node* const> nodes) {
  for (Node* n : nodes) analyze(s, n);
}

void analyze(Symbols& s, Node* n) {
  switch (n->op) {
    case Op::name:
      if ((n->flags & Node::kParameter) != 0)
        s.parameter(n->name);
      else if ((n->flags & Node::kStore) != 0)
        s.store(n->name);
      else
        s.load(n->name);
      return;
    case Op::ns_ref:
      return s.load(n->name);
    case Op::if_:
      return analyze_if(s, n);
    case Op::macro:
      return s.store(n->name);
    case Op::import:
      analyze(s, n->a);
      return s.store(n->b->name);
    case Op::from_import:
      analyze(s, n->a);
      for (Node* name : n->items) s.store(name->b->name);
      return;
    case Op::set:
      analyze(s, n->b);
      return analyze(s, n->a);
    case Op::set_block:
    case Op::filter_block:
    case Op::call_block:
      return analyze(s, n->a);
    case Op::for_:
      return analyze(s, n->b);
    case Op::with:
      return analyze(s, n->more);
    case Op::block:
    case Op::autoescape:
      return;
    default:
      return each_child(n, [&](Node* child) { analyze(s, child); });
  }
}

void declare_targets(Symbols& symbols, Node* target) {
  if (target->op == Op::name) symbols.parameter(target->name);
  for (Node* item : target->items) declare_targets(symbols, item);
}

}  // namespace trestle::pages
