#include "graphql/validate.h"

#include "base/text.h"
#include "graphql/overlap.h"
#include "graphql/validator.h"

namespace trestle::graphql {
namespace {

// By a constant @skip or @include.
bool never_included(const Selection& selection) {
  for (const DirectiveUse& use : selection.directives)
    for (const Argument& argument : use.arguments)
      if ((use.name == "skip" && argument.value.text == "true") ||
          (use.name == "include" && argument.value.text == "false"))
        return argument.value.is(ValueKind::boolean);
  return false;
}

}  // namespace

std::vector<GraphqlError> validate(const Schema& schema,
                                   const Document& document) {
  return Validator(schema, document).run();
}

std::vector<GraphqlError> Validator::run() {
  check_definitions();
  check_operations();
  if (errors_.empty()) check_fragments_used();
  if (errors_.empty()) check_fragment_cycles();
  if (errors_.empty()) {
    for (const Operation& operation : document_.operations) {
      if (full()) break;
      check_variable_uses(operation);
      if (operation.kind == OperationKind::subscription)
        check_subscription(operation);
    }
  }
  if (errors_.empty()) check_introspection_depth();
  if (errors_.empty()) {
    if (std::optional<GraphqlError> conflict = find_overlap(schema_, document_))
      errors_.push_back(std::move(*conflict));
  }
  return std::move(errors_);
}

void Validator::report(std::uint32_t at, std::string message) {
  if (full()) return;
  errors_.push_back({.message = std::move(message),
                     .path = path_,
                     .location = locate(document_.source, at)});
}

// 5.1.1, 5.2.1.1, 5.2.2.1, 5.5.1.1
void Validator::check_definitions() {
  for (const TypeDefinition& definition : document_.definitions)
    report(definition.at, "type definitions are not executable");
  std::unordered_set<std::string_view> names;
  for (const Operation& operation : document_.operations) {
    if (operation.name.empty() && document_.operations.size() > 1)
      report(operation.at,
             "an anonymous operation must be the only one of its document");
    if (!operation.name.empty() && !names.insert(operation.name).second)
      report(operation.at, concat({"multiple definitions found for operation '",
                                   operation.name, "'"}));
  }
  for (const Fragment& fragment : document_.fragments)
    if (!fragments_.emplace(fragment.name, &fragment).second)
      report(fragment.at, concat({"multiple definitions found for fragment '",
                                  fragment.name, "'"}));
}

void Validator::check_operations() {
  for (const Operation& operation : document_.operations) {
    if (full()) return;
    uses_ = &operation_uses_[&operation];
    check_operation(operation);
  }
  for (const Fragment& fragment : document_.fragments) {
    if (full()) return;
    uses_ = &fragment_uses_[fragment.name];
    check_fragment(fragment);
  }
}

void Validator::check_operation(const Operation& operation) {
  path_.assign(1, '$');
  bool query = operation.kind == OperationKind::query;
  bool mutation = operation.kind == OperationKind::mutation;
  check_directives(operation.directives,
                   query      ? "QUERY"
                   : mutation ? "MUTATION"
                              : "SUBSCRIPTION",
                   query      ? "a query"
                   : mutation ? "a mutation"
                              : "a subscription");
  check_variables(operation);
  const Type* root = schema_.root(operation.kind);
  if (root == nullptr)
    return report(operation.at, query      ? "no queries exist"
                                : mutation ? "no mutations exist"
                                           : "no subscriptions exist");
  walk(operation.selections, root);
}

void Validator::check_fragment(const Fragment& fragment) {
  path_ = concat({"$.", fragment.name});
  check_directives(fragment.directives, "FRAGMENT_DEFINITION",
                   "a fragment definition");
  const Type* type = fragment_type(fragment.type_condition, fragment.at);
  if (type != nullptr) walk(fragment.selections, type);
}

// 5.5.1.4: from every operation, along the spreads.
void Validator::check_fragments_used() {
  path_.assign(1, '$');
  std::unordered_set<const Uses*> used;
  for (const Operation& operation : document_.operations)
    for (const Uses* uses : reached(operation_uses_[&operation]))
      used.insert(uses);
  for (const Fragment& fragment : document_.fragments)
    if (!used.contains(&fragment_uses_[fragment.name]))
      report(fragment.at,
             concat({"fragment '", fragment.name, "' is never used"}));
}

std::vector<const Uses*> Validator::reached(const Uses& start) {
  std::vector<const Uses*> found = {&start};
  std::unordered_set<const Uses*> seen = {&start};
  for (std::size_t i = 0; i < found.size(); i++) {
    for (const Selection* spread : found[i]->spreads) {
      auto it = fragment_uses_.find(spread->name);
      if (it != fragment_uses_.end() && seen.insert(&it->second).second)
        found.push_back(&it->second);
    }
  }
  return found;
}

// 5.5.2.2: depth first with three colours and a stack of its own.
void Validator::check_fragment_cycles() {
  path_.assign(1, '$');
  enum class Colour { white, grey, black };
  std::unordered_map<const Uses*, Colour> colours;
  struct Frame {
    std::string_view name;
    const Uses* uses;
    std::size_t next;
  };
  for (const Fragment& fragment : document_.fragments) {
    std::vector<Frame> stack;
    auto enter = [&](std::string_view name) {
      const Uses* uses = &fragment_uses_[name];
      colours[uses] = Colour::grey;
      stack.push_back({name, uses, 0});
    };
    if (colours[&fragment_uses_[fragment.name]] == Colour::white)
      enter(fragment.name);
    while (!stack.empty()) {
      Frame& top = stack.back();
      if (top.next == top.uses->spreads.size()) {
        colours[top.uses] = Colour::black;
        stack.pop_back();
        continue;
      }
      const Selection* spread = top.uses->spreads[top.next++];
      Colour colour = colours[&fragment_uses_[spread->name]];
      if (colour == Colour::white) enter(spread->name);
      if (colour != Colour::grey) continue;
      std::string names;
      std::size_t first = 0;
      while (stack[first].name != spread->name) first++;
      for (std::size_t i = first; i < stack.size(); i++) {
        if (i > first) names.append(i + 1 < stack.size() ? ", " : " and ");
        names.append(stack[i].name);
      }
      return report(spread->at,
                    concat({"the fragment definition(s) ", names,
                            stack.size() - first > 1 ? " form a cycle"
                                                     : " forms a cycle"}));
    }
  }
}

// 5.2.3.1
void Validator::check_subscription(const Operation& operation) {
  path_.assign(1, '$');
  std::string_view key;
  std::size_t keys = 0;
  bool meta = false;
  std::unordered_set<std::string_view> seen;
  std::vector<Slice<Selection>> todo = {operation.selections};
  while (!todo.empty()) {
    Slice<Selection> selections = todo.back();
    todo.pop_back();
    for (const Selection& selection : selections) {
      if (never_included(selection)) continue;
      if (selection.kind == Selection::Kind::inline_fragment) {
        todo.push_back(selection.selections);
      } else if (selection.kind == Selection::Kind::spread) {
        if (seen.insert(selection.name).second)
          todo.push_back(fragments_[selection.name]->selections);
      } else {
        if (selection.alias != key) keys++;
        key = selection.alias;
        meta = meta || selection.name.starts_with("__");
      }
    }
  }
  if (keys > 1)
    report(operation.at, "subscriptions must select one top level field");
  if (meta)
    report(operation.at,
           "subscriptions must not select an introspection field");
}

// Lists of introspection that contain themselves: answers would grow with the
// power of the depth. graphql-js refuses the third level too.
void Validator::check_introspection_depth() {
  path_.assign(1, '$');
  auto check = [&](Slice<Selection> selections) {
    std::vector<Slice<Selection>> todo = {selections};
    while (!todo.empty()) {
      Slice<Selection> list = todo.back();
      todo.pop_back();
      for (const Selection& s : list) {
        if (s.name == "__schema" || s.name == "__type") {
          std::unordered_set<std::string> seen;
          if (introspection_too_deep(s.selections, 0, seen))
            report(s.at, "introspection is nested too deeply");
        } else if (s.has_selections) {
          todo.push_back(s.selections);
        }
      }
    }
  };
  for (const Operation& operation : document_.operations)
    check(operation.selections);
  for (const Fragment& fragment : document_.fragments)
    check(fragment.selections);
}

bool Validator::introspection_too_deep(Slice<Selection> selections, int lists,
                                       std::unordered_set<std::string>& seen) {
  for (const Selection& s : selections) {
    int depth = lists;
    Slice<Selection> below = s.selections;
    if (s.kind == Selection::Kind::spread) {
      // What a fragment holds depends on the lists around it only.
      std::string key = concat({s.name, "/", std::to_string(lists)});
      if (!seen.insert(std::move(key)).second) continue;
      below = fragments_[s.name]->selections;
    } else if (s.kind == Selection::Kind::field &&
               (s.name == "fields" || s.name == "interfaces" ||
                s.name == "possibleTypes" || s.name == "inputFields")) {
      if (++depth >= 3) return true;
    }
    if (introspection_too_deep(below, depth, seen)) return true;
  }
  return false;
}

}  // namespace trestle::graphql
