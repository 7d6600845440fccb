// Comparison operators: {_eq: 1, _in: [..]} over one expression.
#include "base/text.h"
#include "graphql/planner.h"

namespace trestle::graphql {
namespace {

using Family = Scalar::Family;

struct BinaryOperator {
  std::string_view name;
  Literal sql;
};

// Operators whose operand is a value of the column's own type.
constexpr BinaryOperator kOperators[] = {
    {"_eq", " = "},        {"_neq", " <> "},
    {"_gt", " > "},        {"_gte", " >= "},
    {"_lt", " < "},        {"_lte", " <= "},
    {"_contains", " @> "}, {"_contained_in", " <@ "},
    {"_ancestor", " @> "}, {"_descendant", " <@ "}};

// Operators whose operand is text.
constexpr BinaryOperator kTextOperators[] = {{"_like", " like "},
                                             {"_nlike", " not like "},
                                             {"_ilike", " ilike "},
                                             {"_nilike", " not ilike "},
                                             {"_similar", " similar to "},
                                             {"_nsimilar", " not similar to "},
                                             {"_regex", " ~ "},
                                             {"_iregex", " ~* "},
                                             {"_nregex", " !~ "},
                                             {"_niregex", " !~* "},
                                             {"_has_key", " ? "}};

}  // namespace

bool Planner::write_comparison(const Type& type, const Value& value,
                               const Scalar& scalar, bool array,
                               const Write& left) {
  bool first = true;
  for (const ObjectField& member : value.members) {
    const Value* operand = resolve(member.value);
    if (operand == nullptr) continue;
    if (operand->is(ValueKind::null)) {
      const InputValue* input = type.input(member.name);
      return fail_at(concat({path_, ".args.where.", member.name}),
                     concat({"unexpected null value for type '",
                             input != nullptr ? input->type.text() : "", "'"}));
    }
    if (!first) sql_.raw(" and ");
    first = false;
    if (!write_operator(member.name, *operand, scalar, array, left))
      return false;
  }
  if (first) sql_.raw("true");
  return true;
}

bool Planner::write_operator(std::string_view op, const Value& operand,
                             const Scalar& scalar, bool array,
                             const Write& left) {
  if (op == "_cast") return write_cast_comparison(operand, scalar, left);
  if (op.starts_with("_st_")) return write_spatial(op, operand, scalar, left);
  if (!left()) return false;
  if (op == "_is_null") {
    sql_.raw(operand.text == "true" ? Literal(" is null")
                                    : Literal(" is not null"));
    return true;
  }
  if (op == "_in" || op == "_nin") {
    sql_.raw(op == "_in" ? Literal(" = any(") : Literal(" <> all("));
    if (!array && scalar.array != 0) {
      if (!write_value(operand, scalar, true)) return false;
    } else {
      // No array type holds such values: an array of parameters.
      plan_.reusable = plan_.reusable && operand.leaf == 0;
      sql_.raw("array[");
      std::vector<Value> values = items(operand);
      for (std::size_t i = 0; i < values.size(); i++) {
        if (i > 0) sql_.raw(", ");
        if (!write_value(values[i], scalar, array)) return false;
      }
      sql_.raw("]");
      if (scalar.type != nullptr && values.empty()) {
        sql_.raw("::");
        write_type(*scalar.type);
        sql_.raw("[]");
      }
    }
    sql_.raw(")");
    return true;
  }
  for (const BinaryOperator& known : kOperators)
    if (known.name == op) {
      sql_.raw(known.sql);
      return write_value(operand, scalar, array);
    }
  for (const BinaryOperator& known : kTextOperators)
    if (known.name == op) {
      sql_.raw(known.sql);
      return write_value(operand, kTextScalar, false);
    }
  if (op == "_has_keys_any" || op == "_has_keys_all") {
    sql_.raw(op == "_has_keys_any" ? Literal(" ?| ") : Literal(" ?& "));
    return write_text_array(operand);
  }
  if (op == "_fts") {
    sql_.raw(" @@ websearch_to_tsquery(");
    if (!write_value(operand, kTextScalar, false)) return false;
    sql_.raw(")");
    return true;
  }
  if (op == "_ancestor_any" || op == "_descendant_any") {
    sql_.raw(op == "_ancestor_any" ? Literal(" @> ") : Literal(" <@ "));
    return write_value(operand, scalar, true);
  }
  // The query types of ltree, which no column need have.
  sql_.raw(op == "_matches"       ? Literal(" ~ cast(")
           : op == "_matches_any" ? Literal(" ? cast(")
                                  : Literal(" @ cast("));
  bool any = op == "_matches_any";
  if (!(any ? write_text_array(operand)
            : write_value(operand, kTextScalar, false)))
    return false;
  sql_.raw(" as ").qualified(
      scalar.type->schema, op == "_matches_fulltext" ? "ltxtquery" : "lquery");
  if (any) sql_.raw("[]");
  sql_.raw(")");
  return true;
}

// {geography: {_st_d_within: ..}}, {String: {_like: ..}}
bool Planner::write_cast_comparison(const Value& operand, const Scalar& scalar,
                                    const Write& left) {
  bool first = true;
  const Type* cast = context_.schema.find(concat({scalar.name, "_cast_exp"}));
  for (const ObjectField& member : operand.members) {
    const Value* value = resolve(member.value);
    const InputValue* input = cast->input(member.name);
    if (value == nullptr || input == nullptr) continue;
    if (!first) sql_.raw(" and ");
    first = false;
    const auto* to = static_cast<const Scalar*>(input->binding.target);
    if (to == nullptr || member.name == "String") to = &kTextScalar;
    Write left_cast = [&] {
      sql_.raw("cast(");
      if (!left()) return false;
      sql_.raw(" as ");
      if (to == &kTextScalar)
        sql_.raw("text");
      else
        write_type(*to->type);
      sql_.raw(")");
      return true;
    };
    if (!write_comparison(*input->type.named(), *value, *to, false, left_cast))
      return false;
  }
  if (first) sql_.raw("true");
  return true;
}

bool Planner::write_spatial(std::string_view op, const Value& operand,
                            const Scalar& scalar, const Write& left) {
  constexpr std::pair<std::string_view, std::string_view> kFunctions[] = {
      {"_st_contains", "st_contains"},
      {"_st_crosses", "st_crosses"},
      {"_st_equals", "st_equals"},
      {"_st_intersects", "st_intersects"},
      {"_st_3d_intersects", "st_3dintersects"},
      {"_st_overlaps", "st_overlaps"},
      {"_st_touches", "st_touches"},
      {"_st_within", "st_within"},
      {"_st_d_within", "st_dwithin"},
      {"_st_3d_d_within", "st_3ddwithin"},
      {"_st_intersects_rast", "st_intersects"},
      {"_st_intersects_nband_geom", "st_intersects"},
      {"_st_intersects_geom_nband", "st_intersects"}};
  std::string_view function;
  for (auto [name, sql] : kFunctions)
    if (name == op) function = sql;
  sql_.qualified(scalar.type->schema, function).raw("(");
  if (!left()) return false;
  auto member = [&](std::string_view name) -> const Value* {
    const Value* found = operand.member(name);
    if (found != nullptr) found = resolve(*found);
    return found == nullptr || found->is(ValueKind::null) ? nullptr : found;
  };
  static const Scalar kInt{.name = "Int", .oid = catalog::oid::kInt4};
  static const Scalar kFloat{.name = "float8", .oid = 701};
  static const Scalar kBool{.name = "Boolean", .oid = catalog::oid::kBool};
  const Scalar* geometry = role_.model().scalar_named("geometry");
  auto write = [&](const Value* value, const Scalar& type) {
    if (value == nullptr) return true;
    sql_.raw(", ");
    return write_value(*value, type, false);
  };
  bool ok = true;
  if (op.ends_with("d_within"))
    ok = write(member("from"), scalar) && write(member("distance"), kFloat) &&
         write(member("use_spheroid"), kBool);
  else if (op == "_st_intersects_nband_geom")
    ok = write(member("nband"), kInt) && write(member("geommin"), *geometry);
  else if (op == "_st_intersects_geom_nband")
    ok = write(member("geommin"), *geometry) && write(member("nband"), kInt);
  else
    ok = write(&operand, scalar);
  sql_.raw(")");
  return ok;
}

}  // namespace trestle::graphql
