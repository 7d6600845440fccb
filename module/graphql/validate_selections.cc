// Rules on selections (specification, sections 5.3 to 5.5 and 5.7).
#include <string>

#include "base/text.h"
#include "graphql/validator.h"

namespace trestle::graphql {
namespace {

bool may_overlap(const Type& a, const Type& b) {
  if (&a == &b) return true;
  auto holds = [](const Type& abstract, const Type& object) {
    for (const Type* possible : abstract.possible())
      if (possible == &object) return true;
    return false;
  };
  if (a.kind == TypeKind::object && b.kind == TypeKind::object) return false;
  if (a.kind == TypeKind::object) return holds(b, a);
  if (b.kind == TypeKind::object) return holds(a, b);
  for (const Type* possible : a.possible())
    if (holds(b, *possible)) return true;
  return false;
}

}  // namespace

void Validator::walk(Slice<Selection> selections, const Type* parent) {
  for (const Selection& selection : selections) {
    if (full()) return;
    switch (selection.kind) {
      case Selection::Kind::field:
        walk_field(selection, parent);
        break;
      case Selection::Kind::spread:
        walk_spread(selection, parent);
        break;
      case Selection::Kind::inline_fragment:
        walk_inline(selection, parent);
        break;
    }
  }
}

// 5.3.1, 5.3.3
void Validator::walk_field(const Selection& selection, const Type* parent) {
  {
    PathScope scope(*this, ".selectionSet", "");
    check_directives(selection.directives, "FIELD", "a field");
  }
  PathScope scope(*this, ".selectionSet.", selection.name);
  const Field* field = schema_.field_of(*parent, selection.name);
  if (field == nullptr)
    return report(selection.at,
                  concat({"field '", selection.name, "' not found in type: '",
                          parent->name, "'"}));
  check_arguments(field->arguments, selection.arguments, selection.at,
                  selection.name);
  const Type* type = field->type.named();
  if (type->is_leaf() && selection.has_selections)
    return report(selection.at,
                  "unexpected subselection set for non-object field");
  if (!type->is_leaf() && !selection.has_selections)
    return report(selection.at,
                  concat({"missing selection set for '", selection.name, "'"}));
  if (selection.has_selections) walk(selection.selections, type);
}

// 5.5.2.1, 5.5.2.3
void Validator::walk_spread(const Selection& selection, const Type* parent) {
  PathScope scope(*this, ".selectionSet.", selection.name);
  check_directives(selection.directives, "FRAGMENT_SPREAD",
                   "a fragment spread");
  auto it = fragments_.find(selection.name);
  if (it == fragments_.end())
    return report(selection.at, concat({"reference to undefined fragment '",
                                        selection.name, "'"}));
  uses_->spreads.push_back(&selection);
  const Type* type = schema_.find(it->second->type_condition);
  if (type != nullptr && type->is_composite() && !may_overlap(*parent, *type))
    report(selection.at,
           concat({"fragment '", selection.name, "' on type '", type->name,
                   "' cannot be used in type '", parent->name, "'"}));
}

void Validator::walk_inline(const Selection& selection, const Type* parent) {
  check_directives(selection.directives, "INLINE_FRAGMENT",
                   "an inline fragment");
  if (selection.type_condition.empty())
    return walk(selection.selections, parent);
  const Type* type = fragment_type(selection.type_condition, selection.at);
  if (type == nullptr) return;
  if (!may_overlap(*parent, *type))
    report(selection.at,
           concat({"a fragment on type '", type->name,
                   "' cannot be used in type '", parent->name, "'"}));
  walk(selection.selections, type);
}

// 5.5.1.2, 5.5.1.3
const Type* Validator::fragment_type(std::string_view condition,
                                     std::uint32_t at) {
  const Type* type = schema_.find(condition);
  if (type == nullptr) {
    report(at, concat({"unknown type '", condition, "'"}));
    return nullptr;
  }
  if (!type->is_composite()) {
    report(at, concat({"a fragment cannot be on type '", condition,
                       "', which has no fields"}));
    return nullptr;
  }
  return type;
}

// 5.4.1, 5.4.2, 5.4.2.1
void Validator::check_arguments(const std::vector<InputValue>& declared,
                                Slice<Argument> given, std::uint32_t at,
                                std::string_view owner) {
  for (std::size_t i = 0; i < given.size(); i++) {
    const Argument& argument = given[i];
    const InputValue* expected = nullptr;
    for (const InputValue& input : declared)
      if (input.name == argument.name) expected = &input;
    for (std::size_t j = 0; j < i; j++)
      if (given[j].name == argument.name)
        report(argument.at, concat({"argument '", argument.name,
                                    "' is given more than once"}));
    if (expected == nullptr) {
      report(argument.at, concat({"'", owner, "' has no argument named '",
                                  argument.name, "'"}));
      check_free(argument.value);
      continue;
    }
    PathScope scope(*this, ".args.", argument.name);
    check_value(argument.value, expected->type, expected->rule,
                expected->default_value != nullptr);
  }
  for (const InputValue& input : declared) {
    if (!input.required()) continue;
    bool present = false;
    for (const Argument& argument : given)
      present = present || argument.name == input.name;
    if (!present) {
      PathScope scope(*this, ".args.", input.name);
      report(at, concat({"missing required field '", input.name, "'"}));
    }
  }
}

// 5.7.1 to 5.7.3
void Validator::check_directives(Slice<DirectiveUse> uses,
                                 std::string_view location,
                                 std::string_view place) {
  for (std::size_t i = 0; i < uses.size(); i++) {
    const DirectiveUse& use = uses[i];
    const DirectiveType* directive = schema_.directive(use.name);
    if (directive == nullptr) {
      report(use.at, concat({"directive '", use.name,
                             "' is not defined in the schema"}));
      continue;
    }
    bool allowed = false;
    for (std::string_view known : directive->locations)
      allowed = allowed || known == location;
    if (!allowed)
      report(use.at,
             concat({"directive '", use.name, "' is not allowed on ", place}));
    for (std::size_t j = 0; j < i && !directive->repeatable; j++)
      if (uses[j].name == use.name)
        report(use.at,
               concat({"the following directives are used more than once: ",
                       use.name}));
    PathScope scope(*this, ".", use.name);
    check_arguments(directive->arguments, use.arguments, use.at, use.name);
  }
}

}  // namespace trestle::graphql
