#include "graphql/overlap.h"

#include <algorithm>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/text.h"

namespace trestle::graphql {
namespace {

constexpr std::size_t kBudget = 500'000;  // selections looked at

struct Scope {
  Slice<Selection> selections;
  const Type* parent;
};

struct FieldUse {
  const Selection* node;
  const Type* parent;
  const Field* field;
};

bool same_arguments(const Selection& a, const Selection& b) {
  if (a.arguments.size() != b.arguments.size()) return false;
  for (const Argument& left : a.arguments) {
    bool found = false;
    for (const Argument& right : b.arguments)
      found = found ||
              (left.name == right.name && same_value(left.value, right.value));
    if (!found) return false;
  }
  return true;
}

// SameResponseShape() of two types, without what is selected below.
bool same_shape(TypeRef a, TypeRef b) {
  while (a.is_wrapped() || b.is_wrapped()) {
    if (a.is_non_null() != b.is_non_null() || a.is_list() != b.is_list())
      return false;
    a = a.inner();
    b = b.inner();
  }
  if (a.named()->is_leaf() || b.named()->is_leaf())
    return a.named() == b.named();
  return true;
}

class OverlapFinder {
 public:
  OverlapFinder(const Schema& schema, const Document& document)
      : schema_(schema), document_(document) {
    for (const Fragment& fragment : document.fragments)
      fragments_.emplace(fragment.name, &fragment);
  }

  std::optional<GraphqlError> run() {
    for (const Operation& operation : document_.operations)
      if (!check({{operation.selections, schema_.root(operation.kind)}}, true))
        break;
    return std::move(error_);
  }

 private:
  // The fields of a group of selection sets, by response name, in order.
  struct Groups {
    std::vector<std::vector<FieldUse>> lists;
    std::unordered_map<std::string_view, std::size_t> index;
  };

  // `merge`: names and arguments must agree too, not only the shapes.
  bool check(const std::vector<Scope>& scopes, bool merge);
  bool check_group(const std::vector<FieldUse>& uses, bool merge);
  bool collect(const std::vector<Scope>& scopes, Groups& groups);
  bool conflict(const FieldUse& use, std::string_view why);
  bool seen(const std::vector<Scope>& scopes, bool merge);
  static std::vector<Scope> below(const std::vector<FieldUse>& uses);

  const Schema& schema_;
  const Document& document_;
  std::unordered_map<std::string_view, const Fragment*> fragments_;
  std::unordered_set<std::string> seen_;
  std::size_t work_ = 0;
  std::optional<GraphqlError> error_;
};

bool OverlapFinder::seen(const std::vector<Scope>& scopes, bool merge) {
  std::vector<const Selection*> sets;
  for (const Scope& scope : scopes) sets.push_back(scope.selections.first);
  std::sort(sets.begin(), sets.end());
  sets.erase(std::unique(sets.begin(), sets.end()), sets.end());
  const auto bytes = std::as_bytes(std::span(sets));
  std::string key(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  key.push_back(merge ? 'm' : 's');
  return !seen_.insert(std::move(key)).second;
}

bool OverlapFinder::check(const std::vector<Scope>& scopes, bool merge) {
  if (scopes.empty() || seen(scopes, merge)) return true;
  Groups groups;
  if (!collect(scopes, groups)) return false;
  for (const std::vector<FieldUse>& uses : groups.lists)
    if (!check_group(uses, merge)) return false;
  return true;
}

bool OverlapFinder::collect(const std::vector<Scope>& scopes, Groups& groups) {
  std::unordered_set<const Selection*> visited;
  std::vector<Scope> todo(scopes.rbegin(), scopes.rend());
  while (!todo.empty()) {
    Scope scope = todo.back();
    todo.pop_back();
    if (!visited.insert(scope.selections.first).second) continue;
    for (const Selection& s : scope.selections) {
      if (++work_ > kBudget) {
        error_ = {.message = "the document has too many overlapping fields",
                  .code = code::kLimit};
        return false;
      }
      if (s.kind == Selection::Kind::spread) {
        const Fragment* fragment = fragments_[s.name];
        todo.push_back(
            {fragment->selections, schema_.find(fragment->type_condition)});
      } else if (s.kind == Selection::Kind::inline_fragment) {
        todo.push_back({s.selections, s.type_condition.empty()
                                          ? scope.parent
                                          : schema_.find(s.type_condition)});
      } else {
        auto [it, fresh] = groups.index.emplace(s.alias, groups.lists.size());
        if (fresh) groups.lists.emplace_back();
        groups.lists[it->second].push_back(
            {&s, scope.parent, schema_.field_of(*scope.parent, s.name)});
      }
    }
  }
  return true;
}

std::vector<Scope> OverlapFinder::below(const std::vector<FieldUse>& uses) {
  std::vector<Scope> scopes;
  for (const FieldUse& use : uses)
    if (use.node->has_selections)
      scopes.push_back({use.node->selections, use.field->type.named()});
  return scopes;
}

bool OverlapFinder::check_group(const std::vector<FieldUse>& uses, bool merge) {
  for (const FieldUse& use : uses)
    if (!same_shape(uses[0].field->type, use.field->type))
      return conflict(use, "return different types");
  if (!merge) return check(below(uses), false);

  // Fields of different object types never meet in one object: each type is a
  // group of its own, to which fields of abstract types belong as well.
  std::vector<const Type*> objects;
  for (const FieldUse& use : uses)
    if (use.parent->kind == TypeKind::object &&
        std::find(objects.begin(), objects.end(), use.parent) == objects.end())
      objects.push_back(use.parent);
  if (objects.empty()) objects.push_back(nullptr);
  for (const Type* object : objects) {
    std::vector<FieldUse> group;
    for (const FieldUse& use : uses)
      if (use.parent == object || use.parent->kind != TypeKind::object)
        group.push_back(use);
    for (const FieldUse& use : group) {
      if (use.node->name != group[0].node->name)
        return conflict(use, "are different fields");
      if (!same_arguments(*group[0].node, *use.node))
        return conflict(use, "have different arguments");
    }
    if (!check(below(group), true)) return false;
  }
  return objects.size() < 2 || check(below(uses), false);
}

bool OverlapFinder::conflict(const FieldUse& use, std::string_view why) {
  error_ = {.message = concat({"cannot merge different fields under the same "
                               "alias '",
                               use.node->alias, "': they ", why}),
            .location = locate(document_.source, use.node->at)};
  return false;
}

}  // namespace

bool same_value(const Value& a, const Value& b) {
  if (a.kind != b.kind || a.items.size() != b.items.size() ||
      a.members.size() != b.members.size())
    return false;
  switch (a.kind) {
    case ValueKind::null:
      return true;
    case ValueKind::list:
      for (std::size_t i = 0; i < a.items.size(); i++)
        if (!same_value(a.items[i], b.items[i])) return false;
      return true;
    case ValueKind::object:
      for (const ObjectField& member : a.members) {
        const Value* other = b.member(member.name);
        if (other == nullptr || !same_value(member.value, *other)) return false;
      }
      return true;
    default:
      return a.text == b.text;
  }
}

std::optional<GraphqlError> find_overlap(const Schema& schema,
                                         const Document& document) {
  return OverlapFinder(schema, document).run();
}

}  // namespace trestle::graphql
