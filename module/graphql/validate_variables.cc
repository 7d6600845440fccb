// Rules on variables (specification, section 5.8).
#include <string>

#include "base/text.h"
#include "graphql/validator.h"

namespace trestle::graphql {
namespace {

std::string type_text(const TypeNode& node) {
  switch (node.kind) {
    case TypeNode::Kind::list:
      return concat({"[", type_text(*node.inner), "]"});
    case TypeNode::Kind::non_null:
      return concat({type_text(*node.inner), "!"});
    default:
      return std::string(node.name);
  }
}

// 5.8.5, IsVariableUsageAllowed()
bool usable(const VariableDefinition& variable, TypeRef type,
            const VariableUse& use) {
  if (!use.type.is_non_null() || type.is_non_null())
    return is_subtype(type, use.type);
  bool has_default = variable.default_value != nullptr &&
                     !variable.default_value->is(ValueKind::null);
  return (has_default || use.has_default) &&
         is_subtype(type, use.type.nullable());
}

}  // namespace

bool is_subtype(TypeRef variable, TypeRef place) {
  while (variable.is_wrapped() || place.is_wrapped()) {
    if (place.is_non_null()) {
      if (!variable.is_non_null()) return false;
      place = place.inner();
      variable = variable.inner();
    } else if (variable.is_non_null()) {
      variable = variable.inner();
    } else {
      if (!variable.is_list() || !place.is_list()) return false;
      variable = variable.inner();
      place = place.inner();
    }
  }
  return variable == place;
}

void Validator::use_variable(const Value& value, TypeRef type,
                             bool has_default) {
  uses_->variables.push_back({.name = value.text,
                              .at = value.at,
                              .type = type,
                              .has_default = has_default,
                              .path = path_});
}

// 5.8.1, 5.8.2
void Validator::check_variables(const Operation& operation) {
  for (std::size_t i = 0; i < operation.variables.size(); i++) {
    const VariableDefinition& variable = operation.variables[i];
    for (std::size_t j = 0; j < i; j++)
      if (operation.variables[j].name == variable.name)
        report(variable.at, concat({"variable '", variable.name,
                                    "' is defined more than once"}));
    check_directives(variable.directives, "VARIABLE_DEFINITION",
                     "a variable definition");
    TypeRef type = schema_.resolve(*variable.type);
    if (!type) {
      report(variable.at,
             concat({"variable '", variable.name, "' is of unknown type '",
                     type_text(*variable.type), "'"}));
      continue;
    }
    if (!type.named()->is_input())
      report(variable.at,
             concat({"variable '", variable.name, "' is of type '",
                     type.named()->name, "', which is not an input type"}));
    else if (variable.default_value != nullptr)
      check_value(*variable.default_value, type, ValueRule::none, false);
  }
}

// 5.8.3 to 5.8.5
void Validator::check_variable_uses(const Operation& operation) {
  std::unordered_set<std::string_view> used;
  std::unordered_map<std::string_view, const VariableDefinition*> defined;
  for (const VariableDefinition& variable : operation.variables)
    defined.emplace(variable.name, &variable);
  for (const Uses* uses : reached(operation_uses_[&operation])) {
    for (const VariableUse& use : uses->variables) {
      used.insert(use.name);
      auto it = defined.find(use.name);
      path_ = use.path;
      if (it == defined.end()) {
        report(use.at, concat({"unbound variable '", use.name, "'"}));
        continue;
      }
      TypeRef type = schema_.resolve(*it->second->type);
      if (type && use.type && !usable(*it->second, type, use))
        report(use.at, concat({"variable '", use.name, "' is declared as '",
                               type.text(), "', but used where '",
                               use.type.text(), "' is expected"}));
    }
  }
  path_.assign(1, '$');
  for (const VariableDefinition& variable : operation.variables)
    if (!used.contains(variable.name))
      report(variable.at,
             concat({"variable '", variable.name, "' is never used"}));
}

}  // namespace trestle::graphql
