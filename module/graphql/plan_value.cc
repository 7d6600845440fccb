// Values as parameters, each with the type of the column it meets.
#include "base/text.h"
#include "graphql/planner.h"
#include "graphql/validator.h"

namespace trestle::graphql {
namespace {

using Family = Scalar::Family;

constexpr Oid kMoney = 790;
constexpr Oid kNumeric = 1700;

}  // namespace

const Scalar kTextScalar{.name = "String",
                         .family = Family::text,
                         .oid = catalog::oid::kText,
                         .array = 1009};

void Planner::write_type(const catalog::Type& type) {
  sql_.qualified(type.schema, type.name);
}

bool Planner::write_param(const ValueSource& source, Oid type,
                          std::string_view argument) {
  Outcome<Param> text = param_of(source, context_.variables);
  if (!text.ok())
    return fail_at(concat({path_, argument}), text.error().message,
                   text.error().code);
  if (depends_on_variables(source.value))
    bindings_.push_back({.statement = plan_.plan.statements.size(),
                         .param = sql_.params().size(),
                         .source = source});
  sql_.param(*std::move(text), type);
  return true;
}

bool Planner::write_text_array(const Value& list) {
  return write_param(
      {.value = list, .scalar = &kTextScalar, .form = ValueSource::Form::list},
      kTextScalar.array);
}

bool Planner::write_value(const Value& value, const Scalar& scalar,
                          bool array) {
  using Form = ValueSource::Form;
  if (array)
    return write_param({.value = value, .scalar = &scalar, .form = Form::array},
                       scalar.array);
  auto param = [&](Oid type, Form form = Form::scalar) {
    return write_param({.value = value, .scalar = &scalar, .form = form}, type);
  };
  bool structured = value.is(ValueKind::object) || value.is(ValueKind::list);
  bool json = scalar.family == Family::json || scalar.family == Family::jsonb;
  if (structured && !json) return write_structured(value, scalar);
  if (scalar.oid == kMoney && !value.is(ValueKind::string)) {
    // As money a number could have neither an exponent nor more digits.
    if (!param(kNumeric)) return false;
    sql_.raw("::money");
    return true;
  }
  return param(scalar.oid);
}

// Objects and lists for columns that are no JSON.
bool Planner::write_structured(const Value& value, const Scalar& scalar) {
  switch (scalar.family) {
    case Family::geometry:
    case Family::geography:
      sql_.qualified(scalar.type->schema, "st_geomfromgeojson").raw("(");
      if (!write_param({.value = value,
                        .scalar = &scalar,
                        .form = ValueSource::Form::geojson},
                       catalog::oid::kText))
        return false;
      sql_.raw(")");
      if (scalar.family == Family::geometry) return true;
      sql_.raw("::");
      write_type(*scalar.type);
      return true;
    case Family::composite:
      sql_.raw("json_populate_record(null::");
      write_type(*scalar.type);
      sql_.raw(", ");
      if (!write_param({.value = value, .scalar = &scalar},
                       catalog::oid::kJson))
        return false;
      sql_.raw(")");
      return true;
    default:
      return fail(concat({"expected a value for type '", scalar.name,
                          "', but found ", kind_text(value)}),
                  code::kParse);
  }
}

bool Planner::write_column_value(const Value& value, const Column& column) {
  return write_value(value, *column.scalar, column.array);
}

}  // namespace trestle::graphql
