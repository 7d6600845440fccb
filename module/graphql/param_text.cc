#include "graphql/param_text.h"

#include <algorithm>
#include <charconv>

#include "graphql/geojson.h"
#include "sql/row_limit.h"

namespace trestle::graphql {
namespace {

using Family = Scalar::Family;
using Form = ValueSource::Form;

bool is_json(const Scalar& scalar) {
  return scalar.family == Family::json || scalar.family == Family::jsonb;
}

// An element of an array literal (PostgreSQL manual 8.15.2).
void append_array_element(std::string& out, std::string_view text) {
  out.push_back('"');
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

class ParamText {
 public:
  explicit ParamText(const Variables& variables) : variables_(variables) {}

  Param scalar(const Value& value, const Scalar& type) {
    if (value.is(ValueKind::null)) return std::nullopt;
    if (!is_json(type) && !value.is(ValueKind::list) &&
        !value.is(ValueKind::object))
      return std::string(value.text);
    std::string text;
    append_value(text, expand(value));
    return text;
  }

  Param array(const Value& value, const Scalar& type) {
    if (value.is(ValueKind::null)) return std::nullopt;
    if (value.is(ValueKind::string) && value.text.starts_with("{"))
      return std::string(value.text);
    return elements(value, type);
  }

  std::string elements(const Value& list, const Scalar& type) {
    Slice<Value> items = list.items;
    if (!list.is(ValueKind::list)) items = {&list, 1};
    std::string out = "{";
    for (const Value& given : items) {
      const Value* item = variables_.resolve(given);
      if (item == nullptr) continue;
      if (out.size() > 1) out.push_back(',');
      if (item->is(ValueKind::list) && !is_json(type)) {
        out.append(elements(*item, type));
        continue;
      }
      Param text = scalar(*item, type);
      if (text)
        append_array_element(out, *text);
      else
        out.append("NULL");
    }
    out.push_back('}');
    return out;
  }

 private:
  // The value with what its variables hold in their places.
  Value expand(const Value& value) {
    const Value* known = variables_.resolve(value);
    if (known == nullptr) return Value{.kind = ValueKind::null, .text = "null"};
    if (known->leaf != 0 || (known->items.empty() && known->members.empty()))
      return *known;
    Value copy = *known;
    std::vector<Value> list;
    for (const Value& item : known->items) list.push_back(expand(item));
    std::vector<ObjectField> members;
    for (const ObjectField& member : known->members)
      members.push_back({.name = member.name, .value = expand(member.value)});
    copy.items = arena_.copy(list);
    copy.members = arena_.copy(members);
    return copy;
  }

  const Variables& variables_;
  Arena arena_;
};

GraphqlError refused(std::string message, std::string_view code) {
  return {.message = std::move(message), .path = "", .code = code};
}

// Below 0: none.
std::int64_t number_of(const Value& value) {
  std::int64_t number = -1;
  std::from_chars(value.text.data(), value.text.data() + value.text.size(),
                  number);
  return number;
}

Outcome<Param> row_count(const Value& value, std::uint64_t most) {
  std::int64_t number = number_of(value);
  if (number < 0)
    return refused(
        "expected a non-negative 32-bit integer for type 'Int', but found an "
        "integer",
        code::kValidation);
  auto count = static_cast<std::uint64_t>(number);
  return Param(std::to_string(most > 0 ? std::min(count, most) : count));
}

}  // namespace

bool depends_on_variables(const Value& value) {
  if (value.leaf != 0 || value.is(ValueKind::variable)) return true;
  for (const Value& item : value.items)
    if (depends_on_variables(item)) return true;
  for (const ObjectField& member : value.members)
    if (depends_on_variables(member.value)) return true;
  return false;
}

std::optional<std::int64_t> usual_limit(const Value& limit) {
  std::int64_t number = number_of(limit);
  return is_usual_limit(number) ? std::optional(number) : std::nullopt;
}

Outcome<Param> param_of(const ValueSource& source, const Variables& variables) {
  const Value& value =
      source.value.leaf != 0 ? variables.leaf(source.value.leaf) : source.value;
  if (source.form == Form::row_count) return row_count(value, source.most);
  if (source.form == Form::geojson)
    if (std::optional<std::string> wrong = find_geojson_mistake(value))
      return refused(std::move(*wrong), code::kParse);
  ParamText text(variables);
  const Scalar& type = *source.scalar;
  Param param = source.form == Form::array  ? text.array(value, type)
                : source.form == Form::list ? text.elements(value, type)
                                            : text.scalar(value, type);
  if (param && param->find('\0') != std::string::npos)
    return refused("a text must not contain a NUL character",
                   code::kBadRequest);
  return param;
}

}  // namespace trestle::graphql
