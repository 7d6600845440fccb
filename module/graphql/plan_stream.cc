// <table>_stream: the rows behind a cursor, and where they end.
#include "base/text.h"
#include "graphql/planner.h"

namespace trestle::graphql {

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
