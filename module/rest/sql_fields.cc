#include <array>

#include "base/text.h"
#include "rest/sql.h"

namespace trestle::rest {
namespace {

// Names of types that the SQL standard writes without quotes and pg_type knows
// under others (PostgreSQL manual, table 8.1).
struct TypeName {
  std::string_view written;
  std::string_view stored;
};
constexpr std::array<TypeName, 24> kTypeNames = {{
    {"bigint", "int8"},
    {"bit varying", "varbit"},
    {"boolean", "bool"},
    {"char", "bpchar"},
    {"character", "bpchar"},
    {"character varying", "varchar"},
    {"dec", "numeric"},
    {"decimal", "numeric"},
    {"double precision", "float8"},
    {"float", "float8"},
    {"int", "int4"},
    {"integer", "int4"},
    {"national character", "bpchar"},
    {"national character varying", "varchar"},
    {"nchar", "bpchar"},
    {"real", "float4"},
    {"smallint", "int2"},
    {"time with time zone", "timetz"},
    {"time without time zone", "time"},
    {"timestamp with time zone", "timestamptz"},
    {"timestamp without time zone", "timestamp"},
    {"bit", "bit"},
    {"interval", "interval"},
    {"numeric", "numeric"},
}};

}  // namespace

void write_call_of(SqlWriter& sql, const Representation& representation) {
  sql.qualified(representation.function_schema, representation.function);
}

void write_cast_type(SqlWriter& sql, std::string_view type) {
  std::string lower = ascii_lower(type);
  for (const TypeName& name : kTypeNames)
    if (name.written == lower) {
      sql.qualified("pg_catalog", name.stored);
      return;
    }
  // Unquoted names fold to lower case.
  sql.ident(lower);
}

void write_field(SqlWriter& sql, std::string_view alias,
                 const PlanField& field) {
  if (field.to_json) sql.raw("to_jsonb(");
  sql.ident(alias).raw(".").ident(field.name);
  if (field.to_json) sql.raw(")");
  for (const JsonStep& step : field.path) {
    if (step.as_text)
      sql.raw("->>");
    else
      sql.raw("->");
    if (!step.is_index)
      sql.param(step.key);
    else if (step.index < 0)
      sql.raw("(").number(step.index).raw(")");
    else
      sql.number(step.index);
  }
}

}  // namespace trestle::rest
