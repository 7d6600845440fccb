#include "graphql/collect.h"

#include <algorithm>

namespace trestle::graphql {
namespace {

bool directive_holds(const CollectContext& context, const DirectiveUse& use) {
  for (const Argument& argument : use.arguments) {
    const Value* value = context.variables.resolve(argument.value);
    if (value != nullptr) return value->text == "true";
  }
  return false;
}

bool included(const CollectContext& context, const Selection& selection) {
  for (const DirectiveUse& use : selection.directives) {
    if (use.name == "skip" && directive_holds(context, use)) return false;
    if (use.name == "include" && !directive_holds(context, use)) return false;
  }
  return true;
}

bool applies(const Type* condition, const Type& object) {
  if (condition == &object) return true;
  const std::vector<const Type*>& possible = condition->possible();
  return std::find(possible.begin(), possible.end(), &object) != possible.end();
}

class Collector {
 public:
  Collector(const CollectContext& context, const Type& type)
      : context_(context), type_(type) {}

  void add(Slice<Selection> selections) {
    for (const Selection& s : selections) {
      if (!included(context_, s)) continue;
      if (s.kind == Selection::Kind::field) {
        add_field(s);
      } else if (s.kind == Selection::Kind::inline_fragment) {
        if (s.type_condition.empty() ||
            applies(context_.schema.find(s.type_condition), type_))
          add(s.selections);
      } else {
        add_spread(s);
      }
    }
  }

  std::vector<CollectedField> take() { return std::move(fields_); }

 private:
  void add_field(const Selection& s) {
    for (CollectedField& known : fields_) {
      if (known.key != s.alias) continue;
      if (s.has_selections) known.selections.push_back(s.selections);
      return;
    }
    fields_.push_back({.key = s.alias,
                       .node = &s,
                       .field = context_.schema.field_of(type_, s.name),
                       .selections = {}});
    if (s.has_selections) fields_.back().selections.push_back(s.selections);
  }

  void add_spread(const Selection& s) {
    if (std::find(spread_.begin(), spread_.end(), s.name) != spread_.end())
      return;
    spread_.push_back(s.name);
    const Fragment* fragment = context_.document.fragment(s.name);
    if (applies(context_.schema.find(fragment->type_condition), type_))
      add(fragment->selections);
  }

  const CollectContext& context_;
  const Type& type_;
  std::vector<CollectedField> fields_;
  std::vector<std::string_view> spread_;
};

}  // namespace

std::vector<CollectedField> collect_fields(
    const CollectContext& context, const Type& type,
    const std::vector<Slice<Selection>>& sets) {
  Collector collector(context, type);
  for (const Slice<Selection>& set : sets) collector.add(set);
  return collector.take();
}

}  // namespace trestle::graphql
