// Lists and objects as JSON that PostgreSQL makes: each list is json_agg over a
// subselect whose columns are the fields in their order; relationships are
// correlated subselects in its column list.
#include <utility>

#include "base/text.h"
#include "graphql/planner.h"

namespace trestle::graphql {
namespace {

using Family = Scalar::Family;

// PostgreSQL cuts longer names off.
constexpr std::size_t kMaxName = 63;

// The keys of a JSON path as Hasura writes it: $.a.b[0]["c d"].
std::vector<std::string> path_keys(std::string_view path) {
  std::vector<std::string> keys;
  if (path.starts_with("$")) path.remove_prefix(1);
  while (!path.empty()) {
    if (path.front() == '.') path.remove_prefix(1);
    std::string_view key;
    if (path.starts_with("[")) {
      std::size_t end = path.find(']');
      key = path.substr(1, end == std::string_view::npos ? end : end - 1);
      path = end == std::string_view::npos ? std::string_view()
                                           : path.substr(end + 1);
      if (key.size() >= 2 && (key.front() == '"' || key.front() == '\''))
        key = key.substr(1, key.size() - 2);
    } else {
      std::size_t end = path.find_first_of(".[");
      key = path.substr(0, end);
      path =
          end == std::string_view::npos ? std::string_view() : path.substr(end);
    }
    if (!key.empty()) keys.emplace_back(key);
  }
  return keys;
}

}  // namespace

Planner::Source Planner::table_source(const Table* table) {
  return {.table = &of(table),
          .whole = true,
          .from =
              [this, table] {
                sql_.qualified(table->relation->schema, table->relation->name);
                return true;
              },
          .condition = nullptr};
}

Planner::Source Planner::relationship_source(const Relationship& relationship,
                                             const Row& row) {
  Source source = table_source(relationship.to);
  source.condition = [this, &relationship, row](const Row& there_row) {
    for (const auto& [here, there] : relationship.columns) {
      if (here != relationship.columns.front().first) sql_.raw(" and ");
      write_reference(there_row, *there);
      sql_.raw(" = ");
      write_reference(row, *here);
    }
    return true;
  };
  return source;
}

void Planner::write_reference(const Row& row, const catalog::Column& column) {
  alias(row.alias);
  sql_.raw(".").ident(column.name);
}

bool Planner::open_select() {
  bool alone = std::exchange(alone_, false);
  sql_.raw(alone ? Literal("select ") : Literal("(select "));
  return alone;
}

void Planner::close_select(bool alone) {
  if (!alone) sql_.raw(")");
}

bool Planner::write_list(const Source& source, const ListArguments& arguments,
                         const Fields& fields) {
  int outer = ++aliases_;
  bool alone = open_select();
  sql_.raw("coalesce(json_agg(");
  alias(outer);
  sql_.raw("), '[]') from (");
  if (!in_list(arguments, [&] {
        return write_row_query(source, arguments, fields, false);
      }))
    return false;
  sql_.raw(") as ");
  alias(outer);
  close_select(alone);
  return true;
}

bool Planner::write_object(const Source& source, const Fields& fields) {
  int outer = ++aliases_;
  bool alone = open_select();
  sql_.raw("row_to_json(");
  alias(outer);
  sql_.raw(") from (");
  if (!write_row_query(source, {}, fields, true)) return false;
  sql_.raw(") as ");
  alias(outer);
  close_select(alone);
  return true;
}

bool Planner::write_row_query(const Source& source,
                              const ListArguments& arguments,
                              const Fields& fields, bool single) {
  Row row{.alias = ++aliases_, .table = source.table, .whole = source.whole};
  sql_.raw("select ");
  if (!write_distinct(arguments, row)) return false;
  if (!write_members(fields, row)) return false;
  return write_tail(source, arguments, row, single);
}

bool Planner::write_distinct(const ListArguments& arguments, const Row& row) {
  if (arguments.distinct_on == nullptr) return true;
  if (!check_distinct(arguments, *row.table)) return false;
  sql_.raw("distinct on (");
  bool first = true;
  for (const Value& name : items(*arguments.distinct_on)) {
    for (const Column* column : row.table->select) {
      if (column->name != name.text) continue;
      if (!first) sql_.raw(", ");
      first = false;
      write_reference(row, *column->column);
    }
  }
  sql_.raw(") ");
  return true;
}

// FROM, WHERE, ORDER BY, LIMIT.
bool Planner::write_tail(const Source& source, const ListArguments& arguments,
                         const Row& row, bool single) {
  sql_.raw(" from ");
  if (!source.from()) return false;
  sql_.raw(" as ");
  alias(row.alias);
  if (source.joins) source.joins();
  if (source.condition || arguments.where != nullptr) sql_.raw(" where ");
  if (source.condition && !source.condition(row)) return false;
  if (source.condition && arguments.where != nullptr) sql_.raw(" and ");
  if (arguments.where != nullptr && !write_where(*arguments.where, row, 1))
    return false;
  if (arguments.order_by != nullptr) {
    bool first = true;
    if (source.grouped_by != nullptr) {
      first = false;
      sql_.raw(" order by ");
      write_reference(row, *source.grouped_by);
    }
    if (!write_order(*arguments.order_by, row, first)) return false;
  }
  return write_limit(arguments, single);
}

bool Planner::check_keys(const Fields& fields) {
  for (const CollectedField& field : fields)
    if (field.key.size() > kMaxName)
      return fail(
          concat({"the name '", field.key, "' is longer than 63 characters"}),
          code::kNotSupported);
  return true;
}

bool Planner::write_members(const Fields& fields, const Row& row) {
  if (!check_keys(fields)) return false;
  for (const CollectedField& field : fields) {
    if (&field != &fields.front()) sql_.raw(", ");
    if (!write_member(field, row)) return false;
    sql_.raw(" as ").ident(field.key);
  }
  return true;
}

bool Planner::write_member(const CollectedField& field, const Row& row) {
  ListArguments arguments = list_arguments(*field.node);
  switch (field.field->binding.kind) {
    case Schema::kTypename:
      sql_.constant(row.table->table->name).raw("::text");
      return true;
    case bind::column:
      return write_column(field, row);
    case bind::computed:
      return write_computed(field, row);
    case bind::relationship: {
      const auto& relationship = target<Relationship>(field);
      Source source = relationship_source(relationship, row);
      return relationship.to_many
                 ? write_list(source, arguments, collect(field))
                 : write_object(source, collect(field));
    }
    case bind::relationship_aggregate:
      return write_aggregate(
          relationship_source(target<Relationship>(field), row), arguments,
          collect(field));
    default:
      return fail("unknown field", code::kUnexpected);
  }
}

void Planner::write_output(const Scalar& scalar, bool array,
                           const Write& value) {
  bool spatial =
      scalar.family == Family::geometry || scalar.family == Family::geography;
  if (spatial && !array) {
    // The long form of the reference system, as Hasura answers it.
    sql_.qualified(scalar.type->schema, "st_asgeojson").raw("(");
    value();
    sql_.raw(", 15, 4)::json");
    return;
  }
  value();
  if (is_shown_as_text(scalar, array)) sql_.raw("::text");
}

bool Planner::is_shown_as_text(const Scalar& scalar, bool array) const {
  bool number = scalar.name == "bigint" || scalar.name == "numeric";
  return !array && (scalar.family == Family::raster ||
                    (options_.stringify_numbers && number));
}

bool Planner::write_column(const CollectedField& field, const Row& row) {
  const auto& column = target<Column>(field);
  const Value* path = argument(*field.node, "path");
  if (path != nullptr) {
    write_reference(row, *column.column);
    std::vector<Value> keys;
    std::vector<std::string> names = path_keys(path->text);
    for (const std::string& name : names)
      keys.push_back({.kind = ValueKind::string, .text = name});
    plan_.reusable = plan_.reusable && path->leaf == 0;
    sql_.raw(" #> ");
    return write_text_array(
        {.kind = ValueKind::list, .items = {keys.data(), keys.size()}});
  }
  write_output(*column.scalar, column.array, [&] {
    write_reference(row, *column.column);
    return true;
  });
  return true;
}

bool Planner::write_key_condition(const CollectedField& field, const Row& row) {
  bool first = true;
  for (const InputValue& input : field.field->arguments) {
    if (input.binding.kind != bind::column) continue;
    const auto& column = *static_cast<const Column*>(input.binding.target);
    const Value* value = argument(*field.node, input.name);
    if (value == nullptr) continue;
    if (!first) sql_.raw(" and ");
    first = false;
    write_reference(row, *column.column);
    sql_.raw(" = ");
    if (!write_column_value(*value, column)) return false;
  }
  return true;
}

}  // namespace trestle::graphql
