// Aggregates: the rows in a subselect with the columns that are needed, the
// aggregates over it.
#include "base/text.h"
#include "graphql/planner.h"

namespace trestle::graphql {
namespace {

// A function takes a hundred arguments.
constexpr std::size_t kMaxPairs = 50;

}  // namespace

// A JSON object with a value for each field.
bool Planner::write_json_object(
    const Fields& fields, const std::function<bool(const CollectedField&)>& f) {
  if (fields.size() <= kMaxPairs) {
    sql_.raw("json_build_object(");
    for (const CollectedField& field : fields) {
      if (&field != &fields.front()) sql_.raw(", ");
      sql_.constant(field.key).raw(", ");
      if (!f(field)) return false;
    }
    sql_.raw(")");
    return true;
  }
  sql_.raw("('{' || ");
  for (const CollectedField& field : fields) {
    if (&field != &fields.front()) sql_.raw(" || ',' || ");
    sql_.constant(concat({"\"", field.key, "\":"}))
        .raw(" || coalesce(to_json(");
    if (!f(field)) return false;
    sql_.raw(")::text, 'null')");
  }
  sql_.raw(" || '}')::json");
  return true;
}

bool Planner::write_aggregate(const Source& source,
                              const ListArguments& arguments,
                              const Fields& fields) {
  int outer = ++aliases_;
  int nodes = 0;
  bool alone = open_select();
  if (!write_json_object(fields, [&](const CollectedField& field) {
        switch (field.field->binding.kind) {
          case bind::aggregate:
            return write_aggregate_fields(field, outer);
          case bind::nodes:
            sql_.raw("coalesce(json_agg(");
            alias(outer);
            sql_.raw(".").ident(concat({"nodes ", std::to_string(nodes++)}));
            sql_.raw("), '[]')");
            return true;
          default:
            sql_.constant(
                field.field->binding.kind == Schema::kTypename
                    ? concat({source.table->table->name, "_aggregate"})
                    : std::string());
            return true;
        }
      }))
    return false;
  sql_.raw(" from (");

  if (!write_aggregated_rows(source, arguments, fields)) return false;
  sql_.raw(") as ");
  alias(outer);
  close_select(alone);
  return true;
}

// Every readable column under its own name costs nothing where the subselect is
// pulled up, and each "nodes" is an object.
bool Planner::write_aggregated_rows(const Source& source,
                                    const ListArguments& arguments,
                                    const Fields& fields) {
  const Row row{
      .alias = ++aliases_, .table = source.table, .whole = source.whole};
  sql_.raw("select ");
  if (!write_distinct(arguments, row)) return false;
  for (const Column* column : source.table->select) {
    if (column != source.table->select.front()) sql_.raw(", ");
    write_reference(row, *column->column);
    sql_.raw(" as ").ident(column->column->name);
  }
  int nodes = 0;
  for (const CollectedField& field : fields) {
    if (field.field->binding.kind != bind::nodes) continue;
    const int node = ++aliases_;
    sql_.raw(", (select row_to_json(");
    alias(node);
    sql_.raw(") from (select ");
    if (!in_list(arguments, [&] { return write_members(collect(field), row); }))
      return false;
    sql_.raw(") as ");
    alias(node);
    sql_.raw(") as ").ident(concat({"nodes ", std::to_string(nodes++)}));
  }
  return write_tail(source, arguments, row, false);
}

bool Planner::write_aggregate_fields(const CollectedField& field, int rows) {
  const std::string& table = target<Table>(field).name;
  return write_json_object(collect(field), [&](const CollectedField& member) {
    switch (member.field->binding.kind) {
      case bind::count:
        write_count(member, rows);
        return true;
      case bind::operation:
        break;
      default:
        sql_.constant(concat({table, "_aggregate_fields"}));
        return true;
    }
    const auto& operation =
        *static_cast<const AggregateOperation*>(member.field->binding.second);
    return write_json_object(collect(member), [&](const CollectedField& leaf) {
      if (leaf.field->binding.kind != bind::column) {
        sql_.constant(concat({table, "_", operation.name, "_fields"}));
        return true;
      }
      const auto& column = target<Column>(leaf);
      write_output(*column.scalar, false, [&] {
        sql_.raw(operation.sql).raw("(");
        alias(rows);
        sql_.raw(".").ident(column.column->name).raw(")");
        return true;
      });
      return true;
    });
  });
}

void Planner::write_count(const CollectedField& field, int rows) {
  const Value* columns = argument(*field.node, "columns");
  const Value* distinct = argument(*field.node, "distinct");
  const Table& table = target<Table>(field);
  std::vector<Value> names;
  if (columns != nullptr) names = items(*columns);
  sql_.raw("count(");
  if (names.empty()) {
    sql_.raw("*)");
    return;
  }
  if (distinct != nullptr && distinct->text == "true") sql_.raw("distinct ");
  if (names.size() > 1) sql_.raw("(");
  for (std::size_t i = 0; i < names.size(); i++) {
    if (i > 0) sql_.raw(", ");
    for (const Column& column : table.columns)
      if (column.name == names[i].text) {
        alias(rows);
        sql_.raw(".").ident(column.column->name);
      }
  }
  if (names.size() > 1) sql_.raw(")");
  sql_.raw(")");
}

// <table>_group_by: GROUP BY over the keys, one object for each group.
bool Planner::write_groups(const CollectedField& field, const Fields& fields) {
  Source source = table_source(&target<Table>(field));
  ListArguments arguments = list_arguments(*field.node);
  const Value* keys = argument(*field.node, "keys");
  std::vector<Value> names =
      keys != nullptr ? items(*keys) : std::vector<Value>();
  if (names.empty()) return fail("group by needs at least one key");
  auto is_key = [&](const Column& column) {
    for (const Value& name : names)
      if (name.text == column.name) return true;
    return false;
  };
  Row row{.alias = ++aliases_, .table = source.table, .whole = true};
  int outer = ++aliases_;
  sql_.raw("(select coalesce(json_agg(");
  alias(outer);
  sql_.raw(".\"group\"), '[]') from (select ");
  if (!write_json_object(fields, [&](const CollectedField& member) {
        if (member.field->binding.kind == bind::aggregate)
          return write_aggregate_fields(member, row.alias);
        if (member.field->binding.kind != bind::keys) {
          sql_.constant(concat({source.table->table->name, "_group"}));
          return true;
        }
        return write_json_object(collect(member), [&](const CollectedField&
                                                          key) {
          if (key.field->binding.kind != bind::column) {
            sql_.constant(concat({source.table->table->name, "_group_keys"}));
            return true;
          }
          if (!is_key(target<Column>(key))) {
            sql_.raw("null");
            return true;
          }
          return write_column(key, row);
        });
      }))
    return false;
  sql_.raw(" as \"group\" from ");
  if (!source.from()) return false;
  sql_.raw(" as ");
  alias(row.alias);
  if (arguments.where != nullptr) {
    sql_.raw(" where ");
    if (!write_where(*arguments.where, row, 1)) return false;
  }
  Literal joint = " group by ";
  for (const Column* column : source.table->select) {
    if (!is_key(*column)) continue;
    sql_.raw(joint);
    joint = ", ";
    write_reference(row, *column->column);
  }
  if (arguments.order_by != nullptr) {
    bool first = true;
    if (!write_order(*arguments.order_by, row, first)) return false;
  }
  if (!write_limit(arguments, false)) return false;
  sql_.raw(") as ");
  alias(outer);
  sql_.raw(")");
  return true;
}

}  // namespace trestle::graphql
