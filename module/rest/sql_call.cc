// A function's call as the WITH query "trestle_called".
#include "base/text.h"
#include "rest/sql.h"

namespace trestle::rest {
namespace {

namespace oid = catalog::oid;

// A bytea parameter takes the body's bytes; libpq sends text, so as hex.
std::string body_parameter(const Body& body, Oid type) {
  if (type != oid::kBytea) return body.text;
  return "\\x" + hex_encode(body.text);
}

void write_argument(SqlWriter& sql, const CallPlan& call,
                    const CallArgument& argument) {
  const catalog::Parameter& parameter = *argument.parameter;
  if (parameter.variadic) sql.raw("variadic ");
  sql.ident(parameter.name).raw(" := ");
  if (call.body != nullptr) {
    sql.ident("trestle_body").raw(".").ident(parameter.name);
    return;
  }
  if (parameter.variadic)
    sql.param(array_literal(argument.values), parameter.type, kOnce);
  else
    sql.param(argument.values.back(), parameter.type, kOnce);
}

void write_arguments(SqlWriter& sql, const CallPlan& call) {
  sql.qualified(call.function->schema, call.function->name).raw("(");
  if (call.whole_body && call.body != nullptr) {
    const Oid type = call.function->parameters[0].type;
    sql.param(body_parameter(*call.body, type), type,
              type == oid::kBytea ? kOnce : call.body->slot);
  } else {
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
      if (i > 0) sql.raw(", ");
      write_argument(sql, call, call.arguments[i]);
    }
  }
  sql.raw(")");
}

// A parameter's type has no length, yet a column of type bit has one: of 1.
std::string unbounded_type(std::string_view type) {
  for (std::string_view name : {"bit", "character"})
    if (type == name ||
        (type.starts_with(name) && type.substr(name.size()) == "[]"))
      return concat({name, " varying", type.substr(name.size())});
  return std::string(type);
}

// The body's row of arguments; of an array the first.
void write_body_row(SqlWriter& sql, const CallPlan& call) {
  bool array = call.body->kind == Body::Kind::json_array;
  sql.raw("(select * from ");
  sql.raw(array ? Literal("json_to_recordset(") : Literal("json_to_record("));
  sql.param(call.body->text, oid::kJson, call.body->slot)
      .raw(") as ")
      .ident("_")
      .raw("(");
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const catalog::Parameter& parameter = *call.arguments[i].parameter;
    if (i > 0) sql.raw(", ");
    sql.ident(parameter.name).raw(" ");
    sql.catalog_text(unbounded_type(parameter.type_text));
  }
  sql.raw(") limit 1) as ").ident("trestle_body");
}

}  // namespace

void write_called(SqlWriter& sql, const CallPlan& call) {
  bool rows = call.body != nullptr && !call.arguments.empty();
  sql.raw("with ").ident("trestle_called").raw(" as (select ");
  if (call.scalar) {
    write_arguments(sql, call);
    sql.raw(" as ").ident("trestle_scalar");
    if (rows) {
      sql.raw(" from ");
      write_body_row(sql, call);
    }
  } else {
    sql.ident("trestle_call").raw(".* from ");
    if (rows) {
      write_body_row(sql, call);
      sql.raw(", lateral ");
    }
    write_arguments(sql, call);
    sql.raw(" as ").ident("trestle_call");
  }
  sql.raw(")");
}

}  // namespace trestle::rest
