// What an answer tells of rows beside its body: where the next page begins, and
// the version of the one row that was asked for.
#include <algorithm>

#include "base/text.h"
#include "rest/errors.h"
#include "rest/plan.h"

namespace trestle::rest {
namespace {

bool is_descending(const OrderTerm& term) {
  return term.direction == OrderTerm::Direction::descending;
}

bool is_nulls_first(const OrderTerm& term) {
  return term.nulls == OrderTerm::Nulls::unspecified
             ? is_descending(term)
             : term.nulls == OrderTerm::Nulls::first;
}

// Rows that are equal by the order are told apart by the primary key, in the
// direction of the last term, so that one index can serve.
void add_primary_key(const PlanContext& context, ReadNode& root) {
  static const OrderTerm kUp;
  static const OrderTerm kDown{.relation = {},
                               .field = {},
                               .direction = OrderTerm::Direction::descending};
  bool down = !root.order.empty() && is_descending(*root.order.back().term);
  for (std::uint16_t index : root.relation->primary_key) {
    const std::string& name = root.relation->columns[index].name;
    bool named = std::any_of(
        root.order.begin(), root.order.end(),
        [&](const PlanOrder& order) { return order.field.name == name; });
    if (named) continue;
    PlanOrder order;
    order.term = down ? &kDown : &kUp;
    order.field =
        plan_field(context.catalog, root.relation, {.name = name, .path = {}});
    root.order.push_back(std::move(order));
  }
}

// The order as its cursors know it.
std::string mark_of(const ReadNode& root, const std::vector<PageKey>& keys) {
  std::string text = concat({root.schema, ".", root.name});
  for (const PageKey& key : keys) {
    text += concat({",", key.column});
    text += key.descending ? "-" : "+";
    if (key.nullable && key.nulls_first != key.descending) text += "n";
  }
  constexpr std::uint64_t kMask = 0xffffff;
  return std::to_string(fnv1a(text) & kMask);
}

Result<std::vector<PageKey>> page_keys(const ReadNode& root) {
  std::vector<PageKey> keys;
  for (const PlanOrder& order : root.order) {
    const catalog::Column* column =
        order.embed >= 0 || !order.output.empty() || !order.field.path.empty()
            ? nullptr
            : root.relation->find_column(order.field.name);
    if (column == nullptr)
      return errors::not_implemented(
          "after= needs an order by columns of the relation itself.");
    keys.push_back({.column = column->name,
                    .descending = is_descending(*order.term),
                    .nulls_first = is_nulls_first(*order.term),
                    .nullable = column->nullable,
                    .value = {}});
  }
  return keys;
}

bool is_filtered_to_one(const Relation& relation, const Query& query) {
  auto is_given = [&](std::uint16_t index) {
    return std::any_of(
        query.filters.begin(), query.filters.end(), [&](const auto& at) {
          const Filter& f = at.what;
          return at.path.empty() && f.op == Operator::eq && !f.negated &&
                 f.quantifier == Quantifier::none && !f.by_column &&
                 f.field.path.empty() &&
                 f.field.name == relation.columns[index].name;
        });
  };
  return !relation.primary_key.empty() &&
         std::all_of(relation.primary_key.begin(), relation.primary_key.end(),
                     is_given);
}

}  // namespace

Result<void> plan_page(const PlanContext& context, RestPlan& plan) {
  const std::optional<Cursor>& cursor = context.request.query.after;
  if (!cursor) return {};
  ReadNode& root = plan.read;
  if (root.relation->primary_key.empty())
    return errors::not_implemented(
        "after= needs a relation with a primary key.");
  if (root.grouped() || root.distinct)
    return errors::not_implemented(
        "after= does not work with aggregates or distinct=.");
  add_primary_key(context, root);
  Result<std::vector<PageKey>> keys = page_keys(root);
  if (!keys.ok()) return std::move(keys).error();
  plan.page_order = mark_of(root, *keys);
  for (const PageKey& key : *keys) plan.asides.push_back({key.column});
  if (cursor->values.empty()) return {};
  if (cursor->order != plan.page_order || cursor->values.size() != keys->size())
    return errors::query_syntax(
        "The cursor of after= belongs to another order",
        "Begin with an empty one when relation or order change.");
  int slot = cursor->slot;
  for (std::size_t i = 0; i < keys->size(); ++i) {
    (*keys)[i].value = cursor->values[i];
    if (cursor->values[i] && slot > 0) (*keys)[i].slot = slot++;
  }
  root.after = std::move(*keys);
  return {};
}

void plan_version(const PlanContext& context, RestPlan& plan) {
  using catalog::Privilege;
  using catalog::Privileges;
  ReadNode& root = plan.read;
  if (!context.config.etag || context.request.method != "GET" ||
      plan.format.explain || root.grouped() || root.distinct)
    return;
  bool is_one = plan.singular || root.range.limit == 1 ||
                is_filtered_to_one(*root.relation, context.request.query);
  // Who may read some of the columns alone cannot be told of the whole row.
  const Privileges& privileges = context.catalog.privileges();
  const catalog::Role* role = privileges.role(context.role);
  if (!is_one || role == nullptr ||
      !privileges.may(*role, Privilege::select, Privileges::Object::relation,
                      root.relation->oid))
    return;
  plan.versioned = true;
  plan.asides.insert(plan.asides.begin(), Aside{});
}

}  // namespace trestle::rest
