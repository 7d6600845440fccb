#include "rest/openapi_types.h"

#include <algorithm>

#include "base/text.h"

namespace trestle::rest {
namespace {

std::string_view without_length(std::string_view type) {
  // "character varying(20)[]" and "numeric(10,2)" as their families.
  return type.substr(0, type.find('('));
}

bool is_array(std::string_view type) { return type.ends_with("[]"); }

}  // namespace

std::string_view json_type(std::string_view type) {
  if (is_array(type)) return "array";
  std::string_view name = without_length(type);
  if (name == "boolean") return "boolean";
  if (name == "smallint" || name == "integer" || name == "bigint")
    return "integer";
  if (name == "numeric" || name == "real" || name == "double precision")
    return "number";
  if (name == "json" || name == "jsonb") return "";
  return "string";
}

std::string json_format(std::string_view type) {
  if (type == "smallint" || type == "integer") return "int32";
  if (type == "bigint") return "int64";
  return std::string(type);
}

Comment split_comment(const std::optional<std::string>& comment) {
  if (!comment) return {};
  std::size_t line = comment->find('\n');
  if (line == std::string::npos) return {*comment, {}};
  std::size_t rest = comment->find_first_not_of('\n', line);
  return {comment->substr(0, line),
          rest == std::string::npos ? std::string() : comment->substr(rest)};
}

std::string describe_column(const Catalog& catalog, const Relation& relation,
                            const catalog::Column& column) {
  std::string notes;
  if (relation.in_primary_key(column.name))
    notes += "\nThis is a Primary Key.<pk/>";
  for (const Relationship* r : catalog.relationships(relation)) {
    if (!r->refers || r->columns.size() != 1 ||
        r->columns[0].first != column.name || r->to->schema != relation.schema)
      continue;
    const std::string& target = r->columns[0].second;
    notes +=
        concat({"\nThis is a Foreign Key to `", r->to->name, ".", target,
                "`.<fk table='", r->to->name, "' column='", target, "'/>"});
    break;
  }
  std::string text = column.comment.value_or("");
  if (notes.empty()) return text;
  if (!text.empty()) text += "\n\n";
  return concat({text, "Note:", notes});
}

std::optional<std::string> json_default(const catalog::Column& column) {
  if (column.default_text.empty()) return std::nullopt;
  std::string_view value = column.default_text;
  std::size_t cast = value.find("::");
  std::string_view plain = value.substr(0, cast);
  std::string out;
  if (json_type(column.type_text) == "string") {
    if (plain.size() < 2 || plain.front() != '\'' || plain.back() != '\'')
      plain = value;
    else
      plain = plain.substr(1, plain.size() - 2);
    append_json_string(out, plain);
    return out;
  }
  if (plain.size() >= 2 && plain.front() == '\'' && plain.back() == '\'')
    plain = plain.substr(1, plain.size() - 2);
  if (!parse_json(plain).ok()) return std::nullopt;
  return std::string(plain);
}

void write_type(JsonWriter& json, std::string_view type,
                std::string_view format) {
  json.key("format").string(format);
  std::string_view name = json_type(type);
  if (name.empty()) return;
  json.key("type").string(name);
  if (name != "array") return;
  std::string_view element = json_type(type.substr(0, type.size() - 2));
  json.key("items").begin_object();
  if (!element.empty()) json.key("type").string(element);
  json.end_object();
}

void write_property(JsonWriter& json, const Catalog& catalog,
                    const Relation& relation, const catalog::Column& column) {
  json.begin_object();
  if (std::optional<std::string> value = json_default(column))
    json.key("default").raw(*value);
  if (std::string text = describe_column(catalog, relation, column);
      !text.empty())
    json.key("description").string(text);
  const catalog::Type* type = catalog.type(catalog.base_type(column.type));
  if (type != nullptr && !type->labels.empty()) {
    json.key("enum").begin_array();
    for (const std::string& label : type->labels) json.string(label);
    json.end_array();
  }
  if (column.max_length) json.key("maxLength").number(*column.max_length);
  write_type(json, column.type_name, json_format(column.type_name));
  json.end_object();
}

std::string parameter_format(const Catalog& catalog,
                             const catalog::Parameter& parameter) {
  const catalog::Type* type = catalog.type(parameter.type);
  if (type != nullptr && type->schema != "pg_catalog" &&
      type->kind != catalog::Type::Kind::base)
    return type->name;
  return json_format(parameter.type_text);
}

Usable::Usable(const RequestState& state, const std::vector<std::string>& rows)
    : state_(state), rows_(rows.begin(), rows.end()) {}

bool Usable::has(char kind, Oid oid) const {
  if (state_.config->openapi == OpenApiMode::ignore_privileges) return true;
  std::string key(1, kind);
  append_number(key, oid);
  return rows_.contains(key);
}

std::vector<const Relation*> Usable::relations() const {
  std::vector<const Relation*> found;
  for (const Relation& relation : state_.shape->catalog->relations())
    if (relation.schema == state_.shape->request.schema &&
        !relation.is_partition && has('r', relation.oid))
      found.push_back(&relation);
  std::sort(
      found.begin(), found.end(),
      [](const Relation* a, const Relation* b) { return a->name < b->name; });
  return found;
}

std::vector<const Function*> Usable::functions() const {
  std::vector<const Function*> found;
  for (const Function& function : state_.shape->catalog->functions())
    if (function.schema == state_.shape->request.schema &&
        has('f', function.oid))
      found.push_back(&function);
  std::stable_sort(
      found.begin(), found.end(),
      [](const Function* a, const Function* b) { return a->name < b->name; });
  auto twice = std::unique(
      found.begin(), found.end(),
      [](const Function* a, const Function* b) { return a->name == b->name; });
  found.erase(twice, found.end());
  return found;
}

Address address_of(const RequestState& state) {
  Address address{std::string(state.scheme), std::string(state.host),
                  state.config->base_path};
  std::string_view outside = state.config->openapi_proxy_uri;
  std::size_t colon = outside.find("://");
  if (colon == std::string_view::npos) return address;
  address.scheme = outside.substr(0, colon);
  std::string_view rest = outside.substr(colon + 3);
  std::size_t slash = rest.find('/');
  address.host = rest.substr(0, slash);
  address.path =
      slash == std::string_view::npos ? "/" : std::string(rest.substr(slash));
  // Both parts of an address are written, as in host:443.
  if (address.host.find(':') == std::string::npos)
    address.host += address.scheme == "https" ? ":443" : ":80";
  return address;
}

Comment describe_api(const RequestState& state) {
  Comment comment;
  if (const std::string* text =
          state.shape->catalog->schema_comment(state.shape->request.schema))
    comment = split_comment(*text);
  if (comment.summary.empty()) comment.summary = "PostgREST API";
  if (comment.description.empty())
    comment.description = "This is a dynamic API generated by PostgREST";
  return comment;
}

}  // namespace trestle::rest
