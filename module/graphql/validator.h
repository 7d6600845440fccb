// The validator's state, shared by the files of its rules:
//   validate.cc            definitions, fragments: names, cycles, use
//   validate_selections.cc fields, arguments, directives
//   validate_values.cc     literals
//   validate_variables.cc  variables and where they are used
// Overlapping fields are a pass of their own (overlap.h).
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "graphql/validate.h"

namespace trestle::graphql {

// A place where a variable stands.
struct VariableUse {
  std::string_view name;
  std::uint32_t at = 0;
  TypeRef type;  // empty inside of a scalar's literal, where any may stand
  bool has_default = false;  // the place has a default value
  std::string path;
};

// What an operation or a fragment uses, not counting fragments it spreads.
struct Uses {
  std::vector<VariableUse> variables;
  std::vector<const Selection*> spreads;
};

class Validator {
 public:
  Validator(const Schema& schema, const Document& document)
      : schema_(schema), document_(document) {}

  std::vector<GraphqlError> run();

 private:
  // Extends path_ for the time of a scope.
  class PathScope {
   public:
    PathScope(Validator& v, std::string_view joint, std::string_view name)
        : path_(v.path_), size_(v.path_.size()) {
      path_.append(joint).append(name);
    }
    ~PathScope() { path_.resize(size_); }
    PathScope(const PathScope&) = delete;
    PathScope& operator=(const PathScope&) = delete;

   private:
    std::string& path_;
    std::size_t size_;
  };

  void report(std::uint32_t at, std::string message);
  [[nodiscard]] bool full() const { return errors_.size() >= kMaxErrors; }

  void check_definitions();
  void check_operations();
  void check_operation(const Operation& operation);
  void check_fragment(const Fragment& fragment);
  void check_fragments_used();
  void check_fragment_cycles();
  void check_subscription(const Operation& operation);
  void check_introspection_depth();
  bool introspection_too_deep(Slice<Selection> selections, int lists,
                              std::unordered_set<std::string>& seen);

  void walk(Slice<Selection> selections, const Type* parent);
  void walk_field(const Selection& selection, const Type* parent);
  void walk_spread(const Selection& selection, const Type* parent);
  void walk_inline(const Selection& selection, const Type* parent);
  const Type* fragment_type(std::string_view condition, std::uint32_t at);
  void check_arguments(const std::vector<InputValue>& declared,
                       Slice<Argument> given, std::uint32_t at,
                       std::string_view owner);
  void check_directives(Slice<DirectiveUse> uses, std::string_view location,
                        std::string_view place);

  void check_value(const Value& value, TypeRef type, ValueRule rule,
                   bool has_default);
  void check_leaf(const Value& value, const Type& type, ValueRule rule);
  void check_enum(const Value& value, const Type& type);
  void check_object(const Value& value, const Type& type);
  // Inside of a custom scalar, or where no type is known.
  void check_free(const Value& value);
  void use_variable(const Value& value, TypeRef type, bool has_default);

  void check_variables(const Operation& operation);
  void check_variable_uses(const Operation& operation);
  // Everything an operation reaches through its fragments.
  std::vector<const Uses*> reached(const Uses& start);

  const Schema& schema_;
  const Document& document_;
  std::vector<GraphqlError> errors_;
  std::string path_ = "$";
  Uses* uses_ = nullptr;  // of the definition that is being walked
  std::unordered_map<const Operation*, Uses> operation_uses_;
  std::unordered_map<std::string_view, Uses> fragment_uses_;
  std::unordered_map<std::string_view, const Fragment*> fragments_;
};

// Whether a variable of type `variable` may stand where `place` is expected
// (section 5.8.5, without the defaults).
[[nodiscard]] bool is_subtype(TypeRef variable, TypeRef place);

// "a string", "an object" ...: what a value is, for messages.
[[nodiscard]] std::string_view kind_text(const Value& value);

}  // namespace trestle::graphql
