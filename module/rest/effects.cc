#include "rest/effects.h"

#include <algorithm>

namespace trestle::rest {
namespace {

// Objects of users have higher numbers (FirstNormalObjectId).
constexpr Oid kFirstUserOid = 16384;

bool is_built_in(Oid type) { return type != 0 && type < kFirstUserOid; }

bool is_clean_logic(const PlanLogic& logic) {
  if (!logic.leaf)
    return std::all_of(logic.children.begin(), logic.children.end(),
                       is_clean_logic);
  if (logic.filter.embed >= 0) return true;
  if (logic.filter.filter->by_column) return false;  // of which type?
  Operator op = logic.filter.filter->op;
  bool search = op == Operator::fts || op == Operator::plain_fts ||
                op == Operator::phrase_fts || op == Operator::web_fts;
  return !search && is_built_in(logic.filter.field.type);
}

bool is_clean_relation(const Relation* relation) {
  return relation != nullptr && !relation->row_security &&
         (relation->kind == Relation::Kind::table ||
          relation->kind == Relation::Kind::partitioned);
}

bool is_clean_column(const ReadNode& node, const SelectColumn& column) {
  if (!column.cast.empty() || !column.aggregate_cast.empty()) return false;
  if (column.field.name == "*")
    return std::all_of(node.star.begin(), node.star.end(),
                       [](const PlanField& f) { return is_built_in(f.type); });
  if (column.field.name.empty()) return true;  // count()
  return is_built_in(column.field.type);
}

bool is_clean_level(const ReadNode& node) {
  if (!is_clean_relation(node.relation)) return false;
  if (node.via != nullptr) {
    if (node.via->kind == Relationship::Kind::computed) return false;
    if (node.via->kind == Relationship::Kind::many_to_many &&
        !is_clean_relation(node.via->junction.relation))
      return false;
  }
  auto clean_order = [](const PlanOrder& order) {
    return order.embed >= 0 || !order.output.empty() ||
           is_built_in(order.field.type);
  };
  return std::all_of(node.columns.begin(), node.columns.end(),
                     [&](const SelectColumn& column) {
                       return is_clean_column(node, column);
                     }) &&
         std::all_of(node.where.begin(), node.where.end(), is_clean_logic) &&
         std::all_of(node.order.begin(), node.order.end(), clean_order) &&
         std::all_of(node.children.begin(), node.children.end(),
                     is_clean_level);
}

}  // namespace

bool is_clean_read(const RestPlan& plan, const RestConfig& config,
                   const Catalog& catalog) {
  static_cast<void>(catalog);
  if (plan.action != Action::read || !config.pre_request.empty() ||
      plan.format.explain)
    return false;
  bool plain = plan.format.kind == BodyFormat::Kind::json ||
               plan.format.kind == BodyFormat::Kind::object ||
               plan.format.kind == BodyFormat::Kind::csv ||
               plan.format.kind == BodyFormat::Kind::ndjson;
  return plain && is_clean_level(plan.read);
}

}  // namespace trestle::rest
