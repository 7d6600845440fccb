// The tree of levels of a read: fields, filters, order and windows at their
// places, embedded resources by their relationships.
#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "rest/errors.h"
#include "rest/plan.h"

namespace trestle::rest {
namespace {

constexpr std::string_view kAggregateNames[] = {"",    "avg", "count",
                                                "max", "min", "sum"};

// The last key of a path names the result; an index after a key is no name.
std::string path_name(const Field& field) {
  for (auto step = field.path.rbegin(); step != field.path.rend(); ++step)
    if (!step->is_index) return step->key;
  return field.name;
}

class TreePlanner {
 public:
  TreePlanner(const PlanContext& context, RestPlan& plan)
      : context_(context), plan_(plan) {}

  Result<void> add_items(const std::vector<SelectItem>& items, ReadNode& node,
                         int depth) {
    for (const SelectItem& item : items) {
      Result<void> added =
          item.embed ? add_embed(item, node, depth) : add_column(item, node);
      if (!added.ok()) return added;
    }
    return {};
  }

  Result<ReadNode*> node_at(ReadNode& root, const EmbedPath& path) {
    ReadNode* node = &root;
    for (const std::string& name : path) {
      Result<int> child = find_child(*node, name);
      if (!child.ok()) return std::move(child).error();
      node = &node->children[static_cast<std::size_t>(*child)];
    }
    return node;
  }

  // A child's place by the name that filters give it.
  Result<int> find_child(const ReadNode& node, std::string_view name) {
    int at = child_by_alias(node, name);
    if (at >= 0) return at;
    at = child_by_table(node, name);
    if (at < 0) return errors::not_embedded(name);
    const SelectItem& item = *node.children[static_cast<std::size_t>(at)].item;
    if (!context_.config.legacy_target_names)
      return errors::use_alias(name, item.alias);
    std::string warning = concat(
        {"299 PostgRESTv16 \"Embedded resource was referenced by relation name "
         "even though it has an alias. This is deprecated and will stop "
         "working in a future release. Update `",
         name, "` to `", item.alias,
         "` in query string filters, orders or limits.\""});
    if (std::find(plan_.warnings.begin(), plan_.warnings.end(), warning) ==
        plan_.warnings.end())
      plan_.warnings.push_back(std::move(warning));
    return at;
  }

  static int child_by_alias(const ReadNode& node, std::string_view name) {
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const SelectItem& item = *node.children[i].item;
      if ((item.alias.empty() ? item.relation : item.alias) == name)
        return static_cast<int>(i);
    }
    return -1;
  }

  static int child_by_table(const ReadNode& node, std::string_view name) {
    for (std::size_t i = 0; i < node.children.size(); ++i)
      if (node.children[i].item->relation == name) return static_cast<int>(i);
    return -1;
  }

 private:
  Result<void> add_column(const SelectItem& item, ReadNode& node) {
    if (item.aggregate != Aggregate::none && !context_.config.aggregates)
      return errors::aggregates_off();
    if (item.field.name == "*" && node.relation != nullptr && node.star.empty())
      for (const catalog::Column& c : node.relation->columns)
        node.star.push_back(plan_field(context_.catalog, node.relation,
                                       {.name = c.name, .path = {}}));
    SelectColumn column;
    column.field = plan_field(context_.catalog, node.relation, item.field);
    column.cast = item.cast;
    column.aggregate = item.aggregate;
    column.aggregate_cast = item.aggregate_cast;
    column.output = item.alias;
    if (column.output.empty() && item.aggregate != Aggregate::none)
      column.output = kAggregateNames[static_cast<std::size_t>(item.aggregate)];
    if (column.output.empty() && !item.field.path.empty())
      column.output = path_name(item.field);
    node.columns.push_back(std::move(column));
    return {};
  }

  Result<void> add_embed(const SelectItem& item, ReadNode& node, int depth) {
    Result<const Relationship*> found = find_relationship(
        context_, node.relation,
        node.relation ? node.relation->name : node.name, item);
    if (!found.ok()) return std::move(found).error();
    const Relationship& via = **found;
    ReadNode child;
    child.relation = via.to;
    child.schema = via.to->schema;
    child.name = via.to->name;
    child.via = &via;
    child.item = &item;
    child.to_one = via.to_one;
    child.inner = item.join == JoinKind::inner;
    child.spread = item.spread;
    std::string number;
    append_number(number, ++count_);
    child.alias = concat({child.name, "_", number});
    child.output = item.alias.empty() ? item.relation : item.alias;
    child.lateral = concat({node.name, "_", child.output, "_", number});
    child.range.limit = context_.config.max_rows;
    Result<void> added = add_items(item.items, child, depth + 1);
    if (!added.ok()) return added;
    if (child.spread) {
      expand_star(child);
      if (!child.to_one && child.grouped())
        return errors::not_implemented(
            "Aggregates are not implemented for one-to-many or many-to-many "
            "spreads.");
    }
    node.children.push_back(std::move(child));
    return {};
  }

  // The columns of a spread level become the parent's: they need names.
  void expand_star(ReadNode& node) const {
    if (node.relation == nullptr) return;
    std::vector<SelectColumn> columns;
    for (SelectColumn& column : node.columns) {
      if (column.field.name != "*") {
        columns.push_back(std::move(column));
        continue;
      }
      for (const catalog::Column& c : node.relation->columns) {
        SelectColumn each;
        each.field = plan_field(context_.catalog, node.relation,
                                {.name = c.name, .path = {}});
        columns.push_back(std::move(each));
      }
    }
    node.columns = std::move(columns);
  }

  const PlanContext& context_;
  RestPlan& plan_;
  std::int64_t count_ = 0;
};

// A filter on an embedded resource's own name asks whether it is there.
Result<bool> plan_embed_filter(const ReadNode& node, PlanFilter& filter) {
  if (!filter.filter->field.path.empty()) return false;
  int child = TreePlanner::child_by_alias(node, filter.field.name);
  if (child < 0) return false;
  // Rather the column, when the value is not about being there.
  const Filter& f = *filter.filter;
  bool about_null = f.op == Operator::is &&
                    (f.is == IsValue::null || f.is == IsValue::not_null);
  if (!about_null) {
    if (node.relation != nullptr &&
        node.relation->find_column(filter.field.name) != nullptr)
      return false;
    return errors::embed_filter(filter.field.name);
  }
  filter.embed = child;
  filter.embed_is_null = (f.is == IsValue::null) != f.negated;
  return true;
}

// What is selected under the name of a field that is no column.
const SelectColumn* selected_as(const ReadNode& node, const Field& field) {
  if (node.relation == nullptr || !field.path.empty() ||
      node.relation->find_column(field.name) != nullptr)
    return nullptr;
  for (const SelectColumn& column : node.columns)
    if (column.output == field.name) return &column;
  return nullptr;
}

// A filter on a selected aggregate; false: on anything else.
bool add_having(const Filter& filter, ReadNode& node) {
  const SelectColumn* column = selected_as(node, filter.field);
  if (column == nullptr || column->aggregate == Aggregate::none) return false;
  PlanHaving having;
  having.filter.filter = &filter;
  having.column = static_cast<std::size_t>(column - node.columns.data());
  node.having.push_back(std::move(having));
  return true;
}

void mark_null_filtered(const PlanLogic& logic, ReadNode& node) {
  if (logic.leaf && logic.filter.embed >= 0)
    node.children[static_cast<std::size_t>(logic.filter.embed)].null_filtered =
        true;
  for (const PlanLogic& child : logic.children) mark_null_filtered(child, node);
}

Result<void> add_orders(const PlanContext& context, ReadNode& root,
                        TreePlanner& planner) {
  for (const At<std::vector<OrderTerm>>& at : context.request.query.orders) {
    Result<ReadNode*> node = planner.node_at(root, at.path);
    if (!node.ok()) return std::move(node).error();
    (*node)->order.clear();
    for (const OrderTerm& term : at.what) {
      PlanOrder order;
      order.term = &term;
      const Relation* relation = (*node)->relation;
      if (!term.relation.empty()) {
        Result<int> child = planner.find_child(**node, term.relation);
        if (!child.ok()) return std::move(child).error();
        order.embed = *child;
        const ReadNode& target =
            (*node)->children[static_cast<std::size_t>(*child)];
        if (!target.to_one)
          return errors::order_by_many((*node)->name, target.output);
        relation = nullptr;
      }
      if (order.embed < 0 && selected_as(**node, term.field) != nullptr)
        order.output = term.field.name;
      order.field = plan_field(context.catalog, relation, term.field);
      (*node)->order.push_back(std::move(order));
    }
  }
  return {};
}

Result<void> add_ranges(const PlanContext& context, ReadNode& root,
                        TreePlanner& planner) {
  for (const At<Range>& at : context.request.query.ranges) {
    if (at.path.empty()) continue;  // the request's own range holds it
    Result<ReadNode*> node = planner.node_at(root, at.path);
    if (!node.ok()) return std::move(node).error();
    Range window = at.what;
    std::optional<std::int64_t> most = context.config.max_rows;
    if (most && (!window.limit || *window.limit > *most)) window.limit = most;
    (*node)->range = window;
  }
  return {};
}

Result<void> add_filters(const PlanContext& context, bool written,
                         ReadNode& root, TreePlanner& planner) {
  const Query& query = context.request.query;
  auto add = [&](const EmbedPath& path, auto&& make) -> Result<void> {
    if (path.empty() && written) return {};
    Result<ReadNode*> node = planner.node_at(root, path);
    if (!node.ok()) return std::move(node).error();
    Result<PlanLogic> logic = make(**node);
    if (!logic.ok()) return std::move(logic).error();
    mark_null_filtered(*logic, **node);
    (*node)->where.push_back(std::move(*logic));
    return {};
  };
  for (const At<Filter>& at : query.filters) {
    if (!(at.path.empty() && written)) {
      Result<ReadNode*> node = planner.node_at(root, at.path);
      if (node.ok() && add_having(at.what, **node)) continue;
    }
    Result<void> added =
        add(at.path, [&](const ReadNode& node) -> Result<PlanLogic> {
          PlanLogic logic;
          logic.filter = plan_filter(context.catalog, node.relation, at.what);
          Result<bool> embed = plan_embed_filter(node, logic.filter);
          if (!embed.ok()) return std::move(embed).error();
          return logic;
        });
    if (!added.ok()) return added;
  }
  for (const At<LogicTree>& at : query.logic) {
    Result<void> added = add(at.path, [&](const ReadNode& node) {
      return plan_logic(context, node, at.what);
    });
    if (!added.ok()) return added;
  }
  return {};
}

}  // namespace

bool ReadNode::grouped() const {
  auto has_aggregate = [](const SelectColumn& c) {
    return c.aggregate != Aggregate::none;
  };
  if (std::any_of(columns.begin(), columns.end(), has_aggregate)) return true;
  // Aggregates of a spread to-one level are its parent's.
  return std::any_of(children.begin(), children.end(), [](const ReadNode& c) {
    return c.spread && c.to_one && c.grouped();
  });
}

PlanField plan_field(const Catalog& catalog, const Relation* relation,
                     const Field& field) {
  PlanField result;
  result.name = field.name;
  result.path = field.path;
  const catalog::Column* column =
      relation == nullptr ? nullptr : relation->find_column(field.name);
  if (column == nullptr) return result;
  result.type = column->type;
  Oid base = catalog.base_type(column->type);
  result.to_json = !field.path.empty() && base != catalog::oid::kJson &&
                   base != catalog::oid::kJsonb;
  if (field.path.empty()) {
    result.shown_by = catalog.representation(column->type, catalog::oid::kJson);
    result.read_by = catalog.representation(catalog::oid::kText, column->type);
  }
  return result;
}

PlanFilter plan_filter(const Catalog& catalog, const Relation* relation,
                       const Filter& filter) {
  PlanFilter result;
  result.filter = &filter;
  result.field = plan_field(catalog, relation, filter.field);
  if (result.field.type != 0)
    result.is_vector =
        filter.field.path.empty() &&
        catalog.base_type(result.field.type) == catalog::oid::kTsVector;
  return result;
}

Result<PlanLogic> plan_logic(const PlanContext& context, const ReadNode& node,
                             const LogicTree& tree) {
  PlanLogic logic;
  logic.leaf = tree.leaf;
  logic.negated = tree.negated;
  logic.disjunction = tree.disjunction;
  if (tree.leaf) {
    logic.filter = plan_filter(context.catalog, node.relation, tree.filter);
    Result<bool> embed = plan_embed_filter(node, logic.filter);
    if (!embed.ok()) return std::move(embed).error();
    return logic;
  }
  for (const LogicTree& child : tree.children) {
    Result<PlanLogic> planned = plan_logic(context, node, child);
    if (!planned.ok()) return planned;
    logic.children.push_back(std::move(*planned));
  }
  return logic;
}

Result<void> plan_tree(const PlanContext& context, bool written, ReadNode& root,
                       RestPlan& plan) {
  static const std::vector<SelectItem> kStar = [] {
    SelectItem star;
    star.field.name = "*";
    return std::vector<SelectItem>{star};
  }();
  TreePlanner planner(context, plan);
  const Query& query = context.request.query;
  Result<void> done =
      planner.add_items(query.select.empty() ? kStar : query.select, root, 0);
  if (!done.ok()) return done;
  done = add_filters(context, written, root, planner);
  if (!done.ok()) return done;
  if (query.distinct) {
    root.distinct = true;
    if (*query.distinct != std::vector<std::string>{"*"})
      root.distinct_on = *query.distinct;
  }
  done = add_orders(context, root, planner);
  if (!done.ok()) return done;
  return add_ranges(context, root, planner);
}

}  // namespace trestle::rest
