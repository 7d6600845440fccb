// Lists and objects: each list is json_agg over a subselect whose columns are
// the fields in their order; relationships are correlated subselects in its
// column list.
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

Planner::Source Planner::function_source(const Function& function,
                                         const Value* args,
                                         std::optional<Row> row) {
  return {.table = &of(function.returns),
          .whole = true,
          .from = [this, &function, args,
                   row] { return write_call(function, args, row); },
          .condition = nullptr};
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
  if (arguments.distinct_on != nullptr) {
    if (!check_distinct(arguments, *source.table)) return false;
    sql_.raw("distinct on (");
    bool first = true;
    for (const Value& name : items(*arguments.distinct_on)) {
      for (const Column* column : source.table->select) {
        if (column->name != name.text) continue;
        if (!first) sql_.raw(", ");
        first = false;
        write_reference(row, *column->column);
      }
    }
    sql_.raw(") ");
  }
  if (!write_members(fields, row)) return false;
  return write_tail(source, arguments, row, single);
}

// FROM, WHERE, ORDER BY, LIMIT.
bool Planner::write_tail(const Source& source, const ListArguments& arguments,
                         const Row& row, bool single) {
  sql_.raw(" from ");
  if (!source.from()) return false;
  sql_.raw(" as ");
  alias(row.alias);
  if (source.condition || arguments.where != nullptr) sql_.raw(" where ");
  if (source.condition && !source.condition(row)) return false;
  if (source.condition && arguments.where != nullptr) sql_.raw(" and ");
  if (arguments.where != nullptr && !write_where(*arguments.where, row, 1))
    return false;
  if (arguments.order_by != nullptr) {
    bool first = true;
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
  if (array) return;
  if (scalar.family == Family::raster) sql_.raw("::text");
  if (options_.stringify_numbers &&
      (scalar.name == "bigint" || scalar.name == "numeric"))
    sql_.raw("::text");
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

bool Planner::write_computed(const CollectedField& field, const Row& row) {
  const auto& computed = target<Computed>(field);
  const Function& function = computed.function;
  const Value* args = argument(*field.node, "args");
  if (function.returns == nullptr) {
    bool ok = true;
    write_output(*function.scalar, function.scalar_array,
                 [&] { return ok = write_call(function, args, row); });
    return ok;
  }
  Source source = function_source(function, args, row);
  return function.function->returns_set
             ? write_list(source, list_arguments(*field.node), collect(field))
             : write_object(source, collect(field));
}

// schema.function(a, b, name => c). Arguments without a value have a default
// in PostgreSQL; behind the first of them all others need names.
bool Planner::write_call(const Function& function, const Value* args,
                         std::optional<Row> row) {
  sql_.qualified(function.function->schema, function.function->name).raw("(");
  bool first = true;
  bool by_name = false;
  for (const FunctionArgument& argument : function.arguments) {
    const Value* value = nullptr;
    if (argument.kind == FunctionArgument::Kind::value) {
      if (args != nullptr) value = args->member(argument.name);
      if (value != nullptr) value = resolve(*value);
      if (value == nullptr) {
        if (!argument.parameter->has_default)
          return fail_at(
              concat({path_, ".args.args.", argument.name}),
              concat({"missing required field '", argument.name, "'"}));
        by_name = true;
        continue;
      }
    }
    if (!first) sql_.raw(", ");
    first = false;
    if (by_name) {
      if (argument.parameter->name.empty())
        return fail_at(concat({path_, ".args.args"}),
                       "Only last set of positional arguments can be omitted",
                       code::kNotSupported);
      sql_.ident(argument.parameter->name).raw(" => ");
    }
    switch (argument.kind) {
      case FunctionArgument::Kind::row:
        write_whole_row(*row);
        break;
      case FunctionArgument::Kind::session:
        sql_.raw(
            "coalesce(nullif(current_setting('request.jwt.claims', true), "
            "''), '{}')::");
        sql_.raw(argument.parameter->type == catalog::oid::kJsonb
                     ? Literal("jsonb")
                     : Literal("json"));
        break;
      case FunctionArgument::Kind::value:
        if (!write_value(*value, *argument.scalar, argument.array))
          return false;
    }
  }
  sql_.raw(")");
  return true;
}

// The row as a value of its relation's type. A whole-row reference needs the
// right to read every column, so where one is missing the row is built of those
// that may be read.
void Planner::write_whole_row(const Row& row) {
  const catalog::Relation& relation = *row.table->table->relation;
  bool all = row.table->select.size() == relation.columns.size();
  if (row.whole && all) {
    alias(row.alias);
    return;
  }
  sql_.raw("row(");
  for (const catalog::Column& column : relation.columns) {
    if (&column != &relation.columns.front()) sql_.raw(", ");
    if (row.table->may_select(&column))
      write_reference(row, column);
    else
      sql_.raw("null");
  }
  sql_.raw(")::").qualified(relation.schema, relation.name);
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

// <table>_stream: the rows behind a cursor, in its order. Each run moves the
// cursor on; whoever runs it gives the last row as the next initial value.
bool Planner::write_stream(const CollectedField& field, const Fields& fields) {
  const RoleTable& table = of(&target<Table>(field));
  const Value* cursor = argument(*field.node, "cursor");
  std::vector<Value> cursors =
      cursor == nullptr ? std::vector<Value>() : items(*cursor);
  if (cursors.size() != 1 || !cursors[0].is(ValueKind::object))
    return fail("a stream takes exactly one cursor");
  const Value* initial = cursors[0].member("initial_value");
  const Value* ordering = cursors[0].member("ordering");
  if (ordering != nullptr) ordering = resolve(*ordering);
  if (initial != nullptr) initial = resolve(*initial);
  if (initial == nullptr || initial->members.size() != 1)
    return fail("a cursor takes exactly one column");
  const ObjectField& member = initial->members[0];
  const Column* column = nullptr;
  for (const Column* known : table.select)
    if (known->name == member.name) column = known;
  const Value* from = resolve(member.value);
  if (column == nullptr || from == nullptr)
    return fail("a cursor needs an initial value");
  bool descending = ordering != nullptr && ordering->text == "DESC";
  Value resumed{.kind = ValueKind::string};
  if (options_.cursor != nullptr) {
    resumed.text = *options_.cursor;
    from = &resumed;
  }
  Source source = table_source(table.table);
  source.condition = [&](const Row& row) {
    if (from->is(ValueKind::null)) {
      sql_.raw("true");
      return true;
    }
    write_reference(row, *column->column);
    sql_.raw(descending ? Literal(" < ") : Literal(" > "));
    return write_column_value(*from, *column);
  };
  Value direction{.kind = ValueKind::enumeration,
                  .text = descending ? "desc" : "asc"};
  ObjectField order_member{.name = column->name, .value = direction};
  Value order{.kind = ValueKind::object, .members = {&order_member, 1}};
  ListArguments arguments{.where = argument(*field.node, "where"),
                          .order_by = &order,
                          .limit = argument(*field.node, "batch_size")};
  return write_list(source, arguments, fields) &&
         write_cursor(source, arguments, *column, descending);
}

// The cursor's value in the last row of the same batch, as a further column:
// the rows of one statement are those of one snapshot.
bool Planner::write_cursor(const Source& source, const ListArguments& arguments,
                           const Column& column, bool descending) {
  const int outer = ++aliases_;
  Row row{.alias = ++aliases_, .table = source.table, .whole = source.whole};
  sql_.raw(", (select ");
  alias(outer);
  sql_.raw(".x::text from (select ");
  write_reference(row, *column.column);
  sql_.raw(" as x");
  if (!write_tail(source, arguments, row, false)) return false;
  sql_.raw(") as ");
  alias(outer);
  sql_.raw(" order by ");
  alias(outer);
  sql_.raw(descending ? Literal(".x limit 1)") : Literal(".x desc limit 1)"));
  return true;
}

}  // namespace trestle::graphql
