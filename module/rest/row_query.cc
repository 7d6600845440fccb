#include "rest/row_query.h"

#include "base/json.h"
#include "base/text.h"
#include "catalog/effects.h"
#include "rest/errors.h"
#include "rest/parse.h"
#include "rest/query_string.h"
#include "rest/sql.h"

namespace trestle::rest {
namespace {

// PostgreSQL's fixed OIDs of types whose text form says all.
constexpr Oid kExactTypes[] = {16, 20, 21, 23, 2950};

Error cannot_follow(std::string_view why, std::string_view hint) {
  return {.code = "TRS630",
          .http_status = 400,
          .message = std::string(why),
          .hint = std::string(hint)};
}

class RestRowQuery final : public RowQuery {
 public:
  // Filled by the planner before it is shared.
  catalog::CatalogRef catalog;
  ApiRequest request;  // the plan borrows its filters
  RestPlan plan;
  std::vector<const catalog::Column*> key_columns;
  std::vector<RowEquality> equal;
  bool only_equal = false;
  std::vector<std::string> plain;  // columns
  Settings path;
  std::string scope;
  bool clean = false;

  const Relation& relation() const override { return *plan.read.relation; }
  std::span<const catalog::Column* const> key() const override {
    return key_columns;
  }
  std::span<const RowEquality> equalities() const override { return equal; }
  bool has_only_equalities() const override { return only_equal; }
  std::span<const std::string> shown() const override { return plain; }
  const Settings& settings() const override { return path; }
  Effects effects() const override {
    return clean ? Effects::clean : Effects::unknown;
  }

  Statement all(std::size_t limit) const override {
    ReadNode node = plan.read;
    node.range.limit = static_cast<std::int64_t>(limit);
    return write(node);
  }

  Statement of_keys(std::span<const RowKey> keys) const override {
    ReadNode node = plan.read;
    std::vector<Filter> filters;
    // The plan borrows them.
    filters.reserve(keys.size() * key_columns.size());
    if (key_columns.size() == 1) {
      Filter& filter = add_filter(filters, *key_columns[0]);
      filter.op = Operator::in;
      for (const RowKey& key : keys) filter.values.push_back(key[0]);
      node.where.push_back(leaf(filter));
    } else {
      PlanLogic any;
      any.leaf = false;
      any.disjunction = true;
      for (const RowKey& key : keys) {
        PlanLogic row;
        row.leaf = false;
        for (std::size_t i = 0; i < key.size(); i++) {
          Filter& filter = add_filter(filters, *key_columns[i]);
          filter.value = key[i];
          row.children.push_back(leaf(filter));
        }
        any.children.push_back(std::move(row));
      }
      node.where.push_back(std::move(any));
    }
    return write(node);
  }

 private:
  static Filter& add_filter(std::vector<Filter>& filters,
                            const catalog::Column& column) {
    Filter filter;
    filter.field.name = column.name;
    filters.push_back(std::move(filter));
    return filters.back();
  }

  PlanLogic leaf(const Filter& filter) const {
    PlanLogic logic;
    logic.filter = plan_filter(*catalog, plan.read.relation, filter);
    logic.filter.field.read_by = nullptr;  // the value's own text form
    return logic;
  }

  Statement write(const ReadNode& node) const {
    SqlWriter sql;
    write_level(sql, node, nullptr);
    return std::move(sql).finish(scope);
  }
};

const Relation* find_table(const catalog::Catalog& catalog,
                           const RestConfig& config, std::string_view name) {
  for (const std::string& schema : config.schemas)
    if (const Relation* relation = catalog.relation(schema, name))
      return relation;
  return nullptr;
}

Result<void> read_request(const RowRequest& from, ApiRequest& request) {
  Result<Query> query = parse_query(from.filter, false);
  if (!query.ok()) return std::move(query).error();
  if (query->has_select || query->has_limit || !query->orders.empty() ||
      !query->ranges.empty() || query->columns || query->on_conflict)
    return cannot_follow("The filter holds more than filters",
                         "Columns stand in \"select\"; order and limit have "
                         "no meaning for changes");
  request.query = std::move(*query);
  Result<std::vector<SelectItem>> select =
      parse_select(from.select.empty() ? "*" : std::string_view(from.select));
  if (!select.ok()) return std::move(select).error();
  request.query.select = std::move(*select);
  for (const SelectItem& item : request.query.select)
    if (item.embed || item.aggregate != Aggregate::none)
      return cannot_follow("Only columns of the table itself can be followed",
                           "Follow the other table, too, or use a live query");
  return {};
}

// Columns whose values can be compared as text before the database is asked.
void find_equalities(RestRowQuery& query) {
  for (const PlanLogic& logic : query.plan.read.where) {
    if (!logic.leaf || logic.filter.filter == nullptr) continue;
    const Filter& filter = *logic.filter.filter;
    if (filter.op != Operator::eq || filter.negated ||
        filter.quantifier != Quantifier::none || !filter.field.path.empty())
      continue;
    for (Oid exact : kExactTypes)
      if (logic.filter.field.type == exact)
        query.equal.push_back({filter.field.name, exact, filter.value});
  }
  query.only_equal = query.equal.size() == query.plan.read.where.size();
}

bool is_plain(const PlanField& field) {
  return field.type != 0 && field.path.empty() && field.shown_by == nullptr;
}

// The columns that are shown, where all are the table's own.
void find_plain_columns(RestRowQuery& query) {
  const ReadNode& read = query.plan.read;
  std::vector<std::string> names;
  for (const SelectColumn& column : read.columns) {
    if (column.field.name == "*") {
      for (const PlanField& field : read.star) {
        if (!is_plain(field)) return;
        names.push_back(field.name);
      }
    } else if (is_plain(column.field) && column.cast.empty() &&
               column.form == SelectColumn::Form::text) {
      names.push_back(column.field.name);
    } else {
      return;
    }
  }
  query.plain = std::move(names);
}

// The key behind the row's own columns, as text.
void add_key(RestRowQuery& query) {
  const Relation& relation = query.relation();
  for (std::uint16_t index : relation.primary_key) {
    const catalog::Column& column = relation.columns[index];
    query.key_columns.push_back(&column);
    SelectColumn select;
    select.field.name = column.name;
    select.field.type = column.type;
    select.cast = "text";
    select.output =
        concat({"trestle_key_", std::to_string(query.key_columns.size())});
    query.plan.read.columns.push_back(std::move(select));
  }
}

}  // namespace

Result<std::shared_ptr<const RowQuery>> RestRowPlanner::plan_rows(
    catalog::CatalogRef catalog, const RowRequest& request,
    std::string_view role) const {
  auto query = std::make_shared<RestRowQuery>();
  const Relation* relation = find_table(*catalog, config_, request.table);
  if (relation == nullptr)
    return errors::unknown_relation(config_.schemas[0], request.table, {});
  if (relation->kind != Relation::Kind::table &&
      relation->kind != Relation::Kind::partitioned)
    return cannot_follow(concat({"\"", request.table,
                                 "\" is no table: it has no changes of its "
                                 "own"}),
                         "Follow its tables, or use a live query");
  if (relation->primary_key.empty())
    return cannot_follow(concat({"\"", request.table, "\" has no primary key"}),
                         "Add one: changes are known by it");

  query->request.schema = relation->schema;
  query->request.name = relation->name;
  query->request.accept = parse_accept("application/json");
  Result<void> read = read_request(request, query->request);
  if (!read.ok()) return std::move(read).error();
  const PlanContext context = {
      .catalog = *catalog, .config = config_, .request = query->request};
  Result<RestPlan> plan = plan_request(context);
  if (!plan.ok()) return std::move(plan).error();
  plan_flat(*catalog, Access::read, *plan);
  if (!plan->flat)
    return cannot_follow("These columns cannot be followed",
                         "Name columns without casts to types of your own");
  query->plan = std::move(*plan);
  query->plan.read.range = {};
  find_equalities(*query);
  find_plain_columns(*query);
  add_key(*query);
  query->path = {{"search_path", search_path_of(config_, relation->schema)}};
  append_number(query->scope, static_cast<std::int64_t>(catalog->generation()));
  query->scope += concat({"/", role, "/", relation->schema});
  query->catalog = std::move(catalog);
  query->clean =
      query->catalog->effects().judge(*query->all(1).sql).facts.is_clean_read();
  return std::shared_ptr<const RowQuery>(std::move(query));
}

}  // namespace trestle::rest
