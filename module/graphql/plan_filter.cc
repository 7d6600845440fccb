// where: a condition for each member of a bool_exp, joined by AND.
#include "base/text.h"
#include "graphql/planner.h"

namespace trestle::graphql {

bool Planner::write_where(const Value& where, const Row& row,
                          std::size_t depth) {
  if (depth > options_.limits.max_where_depth)
    return fail_at(concat({path_, ".args.where"}),
                   "the filter is nested too deeply", code::kLimit);
  const Type& type =
      *context_.schema.find(concat({row.table->table->name, "_bool_exp"}));
  bool first = true;
  sql_.raw("(");
  for (const ObjectField& member : where.members) {
    const InputValue* input = type.input(member.name);
    const Value* value = resolve(member.value);
    if (input == nullptr || value == nullptr) continue;
    if (value->is(ValueKind::null))
      return fail_at(concat({path_, ".args.where.", member.name}),
                     concat({"unexpected null value for type '",
                             input->type.text(), "'"}));
    if (!first) sql_.raw(" and ");
    first = false;
    if (!write_where_member(member, *input, *value, row, depth)) return false;
  }
  if (first) sql_.raw("true");
  sql_.raw(")");
  return true;
}

bool Planner::write_where_member(const ObjectField& member,
                                 const InputValue& input, const Value& value,
                                 const Row& row, std::size_t depth) {
  const Type& type = *input.type.named();
  switch (input.binding.kind) {
    case bind::logic:
      return write_logic(member.name, value, row, depth);
    case bind::column: {
      const auto& column = *static_cast<const Column*>(input.binding.target);
      return write_comparison(type, value, *column.scalar, column.array,
                              [this, row, &column] {
                                write_reference(row, *column.column);
                                return true;
                              });
    }
    case bind::relationship:
      return write_exists(
          relationship_source(
              *static_cast<const Relationship*>(input.binding.target), row),
          value, depth);
    case bind::relationship_aggregate:
      return write_aggregate_condition(
          *static_cast<const Relationship*>(input.binding.target), value, row,
          depth);
    case bind::computed: {
      const Function& function =
          static_cast<const Computed*>(input.binding.target)->function;
      if (function.returns != nullptr)
        return write_exists(function_source(function, nullptr, row), value,
                            depth);
      return write_comparison(type, value, *function.scalar,
                              function.scalar_array, [this, &function, row] {
                                return write_call(function, nullptr, row);
                              });
    }
    default:
      return fail("unknown filter", code::kUnexpected);
  }
}

// {} is true, so is an empty _and; an empty _or is false.
bool Planner::write_logic(std::string_view name, const Value& value,
                          const Row& row, std::size_t depth) {
  if (name == "_not") {
    sql_.raw("not ");
    return write_where(value, row, depth + 1);
  }
  std::vector<Value> parts = items(value);
  bool any = name == "_or";
  if (parts.empty()) {
    sql_.raw(any ? Literal("false") : Literal("true"));
    return true;
  }
  sql_.raw("(");
  for (std::size_t i = 0; i < parts.size(); i++) {
    if (i > 0) sql_.raw(any ? Literal(" or ") : Literal(" and "));
    if (!write_where(parts[i], row, depth + 1)) return false;
  }
  sql_.raw(")");
  return true;
}

bool Planner::write_exists(const Source& source, const Value& where,
                           std::size_t depth) {
  Row row{.alias = ++aliases_, .table = source.table, .whole = source.whole};
  sql_.raw("exists (select 1 from ");
  if (!source.from()) return false;
  sql_.raw(" as ");
  alias(row.alias);
  sql_.raw(" where ");
  if (source.condition) {
    if (!source.condition(row)) return false;
    sql_.raw(" and ");
  }
  if (!write_where(where, row, depth + 1)) return false;
  sql_.raw(")");
  return true;
}

// articles_aggregate: {count: {predicate, filter, arguments, distinct}}, and
// the same with bool_and and bool_or over one column.
bool Planner::write_aggregate_condition(const Relationship& relationship,
                                        const Value& value, const Row& row,
                                        std::size_t depth) {
  bool first = true;
  for (const ObjectField& member : value.members) {
    const Value* given = resolve(member.value);
    if (given == nullptr || given->is(ValueKind::null)) continue;
    auto part = [&](std::string_view name) -> const Value* {
      const Value* found = given->member(name);
      if (found != nullptr) found = resolve(*found);
      return found == nullptr || found->is(ValueKind::null) ? nullptr : found;
    };
    const Value* predicate = part("predicate");
    const Value* filter = part("filter");
    const Value* columns = part("arguments");
    const Value* distinct = part("distinct");
    if (predicate == nullptr) continue;
    bool count = member.name == "count";
    Write left = [&] {
      Source source = relationship_source(relationship, row);
      Row there{.alias = ++aliases_, .table = source.table, .whole = true};
      sql_.raw("(select ");
      if (count)
        sql_.raw("count(");
      else
        sql_.raw(member.name == "bool_and" ? Literal("bool_and(")
                                           : Literal("bool_or("));
      if (distinct != nullptr && distinct->text == "true")
        sql_.raw("distinct ");
      std::vector<Value> names =
          columns != nullptr ? items(*columns) : std::vector<Value>();
      if (names.empty()) sql_.raw("*");
      if (names.size() > 1) sql_.raw("(");
      for (std::size_t i = 0; i < names.size(); i++) {
        if (i > 0) sql_.raw(", ");
        for (const Column* column : source.table->select)
          if (column->name == names[i].text)
            write_reference(there, *column->column);
      }
      if (names.size() > 1) sql_.raw(")");
      sql_.raw(") from ");
      if (!source.from()) return false;
      sql_.raw(" as ");
      alias(there.alias);
      sql_.raw(" where ");
      if (!source.condition(there)) return false;
      if (filter != nullptr) {
        sql_.raw(" and ");
        if (!write_where(*filter, there, depth + 1)) return false;
      }
      sql_.raw(")");
      return true;
    };
    if (!first) sql_.raw(" and ");
    first = false;
    const char* type = count ? "Int_comparison_exp" : "Boolean_comparison_exp";
    static const Scalar kCount{
        .name = "bigint", .oid = catalog::oid::kInt8, .array = 1016};
    static const Scalar kBool{
        .name = "Boolean", .oid = catalog::oid::kBool, .array = 1000};
    if (!write_comparison(*context_.schema.find(type), *predicate,
                          count ? kCount : kBool, false, left))
      return false;
  }
  if (first) sql_.raw("true");
  return true;
}

}  // namespace trestle::graphql
