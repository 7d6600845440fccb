#include "graphql/limits.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "base/text.h"

namespace trestle::graphql {
namespace {

// Introspection has limits of its own: what tools ask is larger than what
// applications ask, and costs no database.
constexpr std::uint64_t kMaxIntrospectionFields = 5000;
constexpr std::uint64_t kMaxIntrospectionDepth = 32;
constexpr std::uint64_t kMany = 1ULL << 40;  // sums stop growing here

struct Cost {
  std::uint64_t fields = 0;
  std::uint64_t depth = 0;
  std::uint64_t aliases = 0;
  std::uint64_t directives = 0;
  std::uint64_t roots = 0;  // fields of the outermost level
  std::uint64_t meta_fields = 0;
  std::uint64_t meta_depth = 0;

  // What stands beside: sums, but the deeper depth.
  void add(const Cost& other) {
    fields = std::min(fields + other.fields, kMany);
    aliases = std::min(aliases + other.aliases, kMany);
    directives = std::min(directives + other.directives, kMany);
    roots = std::min(roots + other.roots, kMany);
    meta_fields = std::min(meta_fields + other.meta_fields, kMany);
    depth = std::max(depth, other.depth);
    meta_depth = std::max(meta_depth, other.meta_depth);
  }
};

class CostCounter {
 public:
  explicit CostCounter(const Document& document) : document_(document) {}

  Cost of(Slice<Selection> selections) {
    Cost total;
    for (const Selection& selection : selections) {
      Cost cost;
      if (selection.kind == Selection::Kind::spread)
        cost = fragment(selection.name);
      else
        cost = of(selection.selections);
      if (selection.kind == Selection::Kind::field) wrap(cost, selection);
      cost.directives += selection.directives.size();
      total.add(cost);
    }
    return total;
  }

 private:
  static void wrap(Cost& cost, const Selection& field) {
    if (field.name == "__schema" || field.name == "__type") {
      cost.meta_fields += cost.fields;
      cost.meta_depth = std::max(cost.meta_depth, cost.depth);
      cost.fields = cost.depth = 0;
    }
    cost.fields++;
    cost.depth++;
    cost.roots = 1;
    if (field.alias != field.name) cost.aliases++;
  }

  // Each fragment once. One that is being counted contains itself: that is for
  // validation to refuse.
  Cost fragment(std::string_view name) {
    auto [it, fresh] = fragments_.emplace(name, Cost{});
    if (!fresh) return it->second;
    const Fragment* fragment = document_.fragment(name);
    if (fragment == nullptr) return {};
    Cost cost = of(fragment->selections);
    cost.directives += fragment->directives.size();
    fragments_[name] = cost;
    return cost;
  }

  const Document& document_;
  std::unordered_map<std::string_view, Cost> fragments_;
};

std::optional<GraphqlError> above(std::string_view what, std::uint64_t count,
                                  std::uint64_t limit) {
  if (count <= limit) return std::nullopt;
  return GraphqlError{
      .message = concat({"the document has too many ", what, ": ",
                         std::to_string(count), ", at most ",
                         std::to_string(limit), " are allowed"}),
      .code = code::kLimit};
}

}  // namespace

std::optional<GraphqlError> check_limits(const Document& document,
                                         const Limits& limits) {
  CostCounter counter(document);
  for (const Operation& operation : document.operations) {
    Cost cost = counter.of(operation.selections);
    for (const VariableDefinition& variable : operation.variables)
      cost.directives += variable.directives.size();
    cost.directives += operation.directives.size();
    const std::optional<GraphqlError> found[] = {
        above("levels", cost.depth, limits.max_depth),
        above("fields", cost.fields, limits.max_fields),
        above("root fields", cost.roots, limits.max_root_fields),
        above("aliases", cost.aliases, limits.max_aliases),
        above("directives", cost.directives, limits.max_directives),
        above("introspection fields", cost.meta_fields,
              kMaxIntrospectionFields),
        above("introspection levels", cost.meta_depth, kMaxIntrospectionDepth)};
    for (const std::optional<GraphqlError>& error : found)
      if (error) return error;
  }
  return std::nullopt;
}

}  // namespace trestle::graphql
