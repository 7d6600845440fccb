// Values as parameters, each with the type of the column it meets.
#include "base/text.h"
#include "graphql/geojson.h"
#include "graphql/planner.h"
#include "graphql/validator.h"

namespace trestle::graphql {
namespace {

using Family = Scalar::Family;

constexpr Oid kMoney = 790;
constexpr Oid kNumeric = 1700;

// An element of an array literal (PostgreSQL manual 8.15.2).
void append_array_element(std::string& out, std::string_view text) {
  out.push_back('"');
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

}  // namespace

void Planner::write_type(const catalog::Type& type) {
  sql_.qualified(type.schema, type.name);
}

Param Planner::param_text(const Value& value, const Scalar& scalar) {
  if (value.is(ValueKind::null)) return std::nullopt;
  bool json = scalar.family == Family::json || scalar.family == Family::jsonb;
  if (!json && !value.is(ValueKind::list) && !value.is(ValueKind::object))
    return std::string(value.text);
  // Variables inside of a literal are put in their places first.
  std::string text;
  std::function<Value(const Value&)> expand = [&](const Value& v) {
    const Value* known = resolve(v);
    if (known == nullptr) return Value{.kind = ValueKind::null, .text = "null"};
    if (known->items.empty() && known->members.empty()) return *known;
    Value copy = *known;
    std::vector<Value> list;
    for (const Value& item : known->items) list.push_back(expand(item));
    std::vector<ObjectField> members;
    for (const ObjectField& member : known->members)
      members.push_back({.name = member.name, .value = expand(member.value)});
    copy.items = values_.copy(list);
    copy.members = values_.copy(members);
    return copy;
  };
  append_value(text, expand(value));
  return text;
}

std::string Planner::array_text(const Value& list, const Scalar& scalar) {
  std::string out = "{";
  for (const Value& item : items(list)) {
    if (out.size() > 1) out.push_back(',');
    if (item.is(ValueKind::list) && scalar.family != Family::json &&
        scalar.family != Family::jsonb) {
      out.append(array_text(item, scalar));
      continue;
    }
    Param text = param_text(item, scalar);
    if (text)
      append_array_element(out, *text);
    else
      out.append("NULL");
  }
  out.push_back('}');
  return out;
}

bool Planner::write_value(const Value& value, const Scalar& scalar,
                          bool array) {
  if (array) {
    // A string is an array as PostgreSQL writes it.
    Param text = value.is(ValueKind::null)     ? Param()
                 : value.is(ValueKind::string) ? Param(value.text)
                                               : array_text(value, scalar);
    if (value.is(ValueKind::string) && !value.text.starts_with("{"))
      text = array_text(value, scalar);
    if (text && text->find('\0') != std::string::npos)
      return fail("a text must not contain a NUL character", code::kBadRequest);
    sql_.param(std::move(text), scalar.array);
    return true;
  }
  Param text = param_text(value, scalar);
  if (text && text->find('\0') != std::string::npos)
    return fail("a text must not contain a NUL character", code::kBadRequest);
  bool structured = value.is(ValueKind::object) || value.is(ValueKind::list);
  switch (scalar.family) {
    case Family::geometry:
    case Family::geography:
      if (structured) {
        if (std::optional<std::string> wrong = find_geojson_mistake(value))
          return fail(std::move(*wrong), code::kParse);
        sql_.qualified(scalar.type->schema, "st_geomfromgeojson").raw("(");
        sql_.param(std::move(text), catalog::oid::kText);
        sql_.raw(scalar.family == Family::geography ? Literal(")::")
                                                    : Literal(")"));
        if (scalar.family == Family::geography) write_type(*scalar.type);
        return true;
      }
      break;
    case Family::composite:
      if (structured) {
        sql_.raw("json_populate_record(null::");
        write_type(*scalar.type);
        sql_.raw(", ");
        sql_.param(std::move(text), catalog::oid::kJson);
        sql_.raw(")");
        return true;
      }
      break;
    default:
      if (structured && scalar.family != Family::json &&
          scalar.family != Family::jsonb)
        return fail(concat({"expected a value for type '", scalar.name,
                            "', but found ", kind_text(value)}),
                    code::kParse);
  }
  if (scalar.oid == kMoney) {
    // As money a number could have neither an exponent nor more digits.
    sql_.param(std::move(text),
               value.is(ValueKind::string) ? kMoney : kNumeric);
    if (!value.is(ValueKind::string)) sql_.raw("::money");
    return true;
  }
  sql_.param(std::move(text), scalar.oid);
  return true;
}

bool Planner::write_column_value(const Value& value, const Column& column) {
  return write_value(value, *column.scalar, column.array);
}

}  // namespace trestle::graphql
