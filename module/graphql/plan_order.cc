// order_by, distinct_on, limit and offset.
#include <algorithm>

#include "base/text.h"
#include "graphql/planner.h"

namespace trestle::graphql {

bool Planner::write_order(const Value& order_by, const Row& row, bool& first) {
  const Type& type =
      *context_.schema.find(concat({row.table->table->name, "_order_by"}));
  for (const Value& item : items(order_by))
    for (const ObjectField& member : item.members)
      if (!write_order_member(type, member, row, nullptr, first)) return false;
  return true;
}

// `wrap` writes the object relationships that lead here around an expression;
// null on the outermost level.
bool Planner::write_order_member(const Type& type, const ObjectField& member,
                                 const Row& row, const Wrap& wrap,
                                 bool& first) {
  const InputValue* input = type.input(member.name);
  const Value* value = resolve(member.value);
  if (input == nullptr || value == nullptr || value->is(ValueKind::null))
    return true;
  auto item = [&](const Write& expression) {
    return write_order_item(
        *value, first, [&] { return wrap ? wrap(expression) : expression(); });
  };
  switch (input->binding.kind) {
    case bind::column: {
      const auto& column = *static_cast<const Column*>(input->binding.target);
      return item([&] {
        write_reference(row, *column.column);
        return true;
      });
    }
    case bind::computed: {
      const Function& function =
          static_cast<const Computed*>(input->binding.target)->function;
      return item([&] { return write_call(function, nullptr, row); });
    }
    case bind::relationship: {
      Source source = relationship_source(
          *static_cast<const Relationship*>(input->binding.target), row);
      Row there{.alias = ++aliases_, .table = source.table, .whole = true};
      Wrap through = [&](const Write& expression) {
        Write inner = [&] {
          sql_.raw("(select ");
          if (!expression()) return false;
          sql_.raw(" from ");
          if (!source.from()) return false;
          sql_.raw(" as ");
          alias(there.alias);
          sql_.raw(" where ");
          if (!source.condition(there)) return false;
          sql_.raw(" limit 1)");
          return true;
        };
        return wrap ? wrap(inner) : inner();
      };
      for (const ObjectField& inner : value->members)
        if (!write_order_member(*input->type.named(), inner, there, through,
                                first))
          return false;
      return true;
    }
    case bind::relationship_aggregate: {
      const auto& relationship =
          *static_cast<const Relationship*>(input->binding.target);
      return write_order_aggregate(relationship_source(relationship, row),
                                   *input->type.named(), *value, first, wrap);
    }
    case bind::computed_aggregate: {
      const Function& function =
          static_cast<const Computed*>(input->binding.target)->function;
      return write_order_aggregate(function_source(function, nullptr, row),
                                   *input->type.named(), *value, first, wrap);
    }
    default:
      return fail("unknown order", code::kUnexpected);
  }
}

bool Planner::write_order_item(const Value& direction, bool& first,
                               const Write& expression) {
  sql_.raw(first ? Literal(" order by ") : Literal(", "));
  first = false;
  if (!expression()) return false;
  struct Direction {
    std::string_view name;
    Literal sql;
  };
  constexpr Direction kDirections[] = {
      {"asc", " asc"},
      {"asc_nulls_first", " asc nulls first"},
      {"asc_nulls_last", " asc nulls last"},
      {"desc", " desc"},
      {"desc_nulls_first", " desc nulls first"},
      {"desc_nulls_last", " desc nulls last"}};
  for (const auto& [name, sql] : kDirections)
    if (name == direction.text) sql_.raw(sql);
  return true;
}

// articles_aggregate: {count: asc, max: {id: desc}}
bool Planner::write_order_aggregate(const Source& source, const Type& type,
                                    const Value& value, bool& first,
                                    const Wrap& wrap) {
  auto item = [&](const Value& direction, Literal function,
                  const Column* column) {
    Write expression = [&] {
      Row there{.alias = ++aliases_, .table = source.table, .whole = true};
      sql_.raw("(select ").raw(function).raw("(");
      if (column != nullptr)
        write_reference(there, *column->column);
      else
        sql_.raw("*");
      sql_.raw(") from ");
      if (!source.from()) return false;
      sql_.raw(" as ");
      alias(there.alias);
      if (source.condition) {
        sql_.raw(" where ");
        if (!source.condition(there)) return false;
      }
      sql_.raw(")");
      return true;
    };
    return write_order_item(direction, first, [&] {
      return wrap ? wrap(expression) : expression();
    });
  };
  for (const ObjectField& member : value.members) {
    const InputValue* input = type.input(member.name);
    const Value* given = resolve(member.value);
    if (input == nullptr || given == nullptr || given->is(ValueKind::null))
      continue;
    if (input->binding.kind == bind::count) {
      if (!item(*given, "count", nullptr)) return false;
      continue;
    }
    const auto& operation =
        *static_cast<const AggregateOperation*>(input->binding.second);
    for (const ObjectField& inner : given->members) {
      const InputValue* column = input->type.named()->input(inner.name);
      const Value* direction = resolve(inner.value);
      if (column == nullptr || direction == nullptr ||
          direction->is(ValueKind::null))
        continue;
      if (!item(*direction, operation.sql,
                static_cast<const Column*>(column->binding.target)))
        return false;
    }
  }
  return true;
}

// PostgreSQL wants the columns of DISTINCT ON at the head of ORDER BY.
bool Planner::check_distinct(const ListArguments& arguments,
                             const RoleTable& table) {
  static_cast<void>(table);
  if (arguments.order_by == nullptr) return true;
  std::vector<Value> columns = items(*arguments.distinct_on);
  std::size_t seen = 0;
  for (const Value& item : items(*arguments.order_by))
    for (const ObjectField& member : item.members) {
      if (seen >= columns.size()) return true;
      bool found = false;
      for (const Value& column : columns)
        found = found || column.text == member.name;
      if (!found)
        return fail_at(concat({path_, ".args"}),
                       "\"distinct_on\" columns must match initial "
                       "\"order_by\" columns");
      seen++;
    }
  return true;
}

bool Planner::write_limit(const ListArguments& arguments, bool single) {
  if (single) {
    sql_.raw(" limit 1");
    return true;
  }
  std::uint64_t most = options_.limits.max_rows;
  if (arguments.limit != nullptr) {
    if (!write_row_limit(*arguments.limit, most)) return false;
  } else if (most > 0) {
    sql_.raw(" limit ").number(static_cast<std::int64_t>(most));
  }
  if (arguments.offset == nullptr) return true;
  sql_.raw(" offset ");
  return write_param(
      {.value = *arguments.offset, .form = ValueSource::Form::row_count},
      catalog::oid::kInt8, ".args.offset");
}

bool Planner::write_row_limit(const Value& limit, std::uint64_t most) {
  sql_.raw(" limit ");
  bool is_variable = limit.leaf != 0;
  if (is_variable) plan_.limits.push_back(limit.leaf);
  std::optional<std::int64_t> usual =
      usual_limit(is_variable ? context_.variables.leaf(limit.leaf) : limit);
  if (!usual)
    return write_param(
        {.value = limit, .form = ValueSource::Form::row_count, .most = most},
        catalog::oid::kInt8, ".args.limit");
  auto cap = static_cast<std::int64_t>(most);
  sql_.number(cap > 0 ? std::min(*usual, cap) : *usual);
  return true;
}

}  // namespace trestle::graphql
