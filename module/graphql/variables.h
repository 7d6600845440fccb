// The values of an operation's variables (specification, section 6.1.2), and
// JSON read into the same form that literals have.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/arena.h"
#include "graphql/ast.h"
#include "graphql/error.h"
#include "graphql/schema.h"

namespace trestle::graphql {

// One JSON text as a Value: members of objects in their order, numbers as they
// are written, so that no digit is lost. Strict UTF-8, nesting at most
// `max_depth`; the texts are copied into the arena. The error says where.
[[nodiscard]] Outcome<Value> parse_json_value(std::string_view text,
                                              Arena& arena,
                                              std::size_t max_depth = 64);

// The JSON text of a value without variables: enum values become strings.
void append_value(std::string& out, const Value& value);

// Values by variable name. A variable that was not given and has no default is
// not in it. Borrows from the arena of the request and the document.
//
// Values apart from their shape: leaves are the scalars and lists of scalars
// that were given, the shape is all the rest (which variables and members there
// are, kinds, nulls, booleans, enum values). Requests of one document and equal
// shape become the same statements, with the leaves in their parameters.
class Variables {
 public:
  [[nodiscard]] const Value* find(std::string_view name) const;
  void set(std::string_view name, const Value* value) {
    entries_.emplace_back(name, value);
  }

  // `n` as in Value::leaf.
  [[nodiscard]] const Value& leaf(std::uint32_t n) const {
    return leaves_[n - 1];
  }
  void add_leaf(Value& value) {
    leaves_.emplace_back();
    value.leaf = static_cast<std::uint32_t>(leaves_.size());
    leaves_.back() = value;
  }
  [[nodiscard]] const std::string& shape() const { return shape_; }
  [[nodiscard]] std::string& shape() { return shape_; }

  // The value that a literal stands for: itself, or what its variable holds.
  // Null when that variable was not given.
  [[nodiscard]] const Value* resolve(const Value& value) const {
    return value.is(ValueKind::variable) ? find(value.text) : &value;
  }

 private:
  std::vector<std::pair<std::string_view, const Value*>> entries_;
  std::vector<Value> leaves_;
  std::string shape_;
};

// Coerces what a request gives (`given`: an object, or null for none) to the
// types that the operation declares. The document must be valid.
[[nodiscard]] Outcome<Variables> coerce_variables(const Schema& schema,
                                                  const Operation& operation,
                                                  const Value* given,
                                                  Arena& arena);

}  // namespace trestle::graphql
