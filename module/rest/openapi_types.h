// What OpenAPI says of columns and parameters: JSON Schema type, format,
// default. Shared by the versions of the document.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "catalog/catalog.h"
#include "rest/answer.h"

namespace trestle::rest {

// "string", "integer", ...; empty: any.
[[nodiscard]] std::string_view json_type(std::string_view type_text);
// "int32", "text", ...: PostgreSQL's own name where JSON Schema has none.
[[nodiscard]] std::string json_format(std::string_view type_text);

// The text of a comment: its first line, and what follows.
struct Comment {
  std::string summary;
  std::string description;
};
[[nodiscard]] Comment split_comment(const std::optional<std::string>& comment);

// Notes of keys behind a column's comment; empty when there is nothing to say.
[[nodiscard]] std::string describe_column(const Catalog& catalog,
                                          const Relation& relation,
                                          const catalog::Column& column);

// A column's default as JSON text, when it is a plain value.
[[nodiscard]] std::optional<std::string> json_default(
    const catalog::Column& column);

// "type", "format", "items" of a value, into an open object.
void write_type(JsonWriter& json, std::string_view type_text,
                std::string_view format);
// A column as a property: an object of its own.
void write_property(JsonWriter& json, const Catalog& catalog,
                    const Relation& relation, const catalog::Column& column);

// A parameter's format: without the schema of a user's type.
[[nodiscard]] std::string parameter_format(const Catalog& catalog,
                                           const catalog::Parameter& parameter);

// What a role may use, as write_description() lists it.
class Usable {
 public:
  Usable(const RequestState& state, const std::vector<std::string>& rows);
  [[nodiscard]] std::vector<const Relation*> relations() const;
  // The first of each name.
  [[nodiscard]] std::vector<const Function*> functions() const;

 private:
  [[nodiscard]] bool has(char kind, Oid oid) const;

  const RequestState& state_;
  std::set<std::string> rows_;
};

// Scheme, host and path of the API as seen from outside.
struct Address {
  std::string scheme;
  std::string host;
  std::string path;
};
[[nodiscard]] Address address_of(const RequestState& state);

// The document's title, description.
[[nodiscard]] Comment describe_api(const RequestState& state);

[[nodiscard]] std::string write_openapi_2(const RequestState& state,
                                          const Usable& usable);
[[nodiscard]] std::string write_openapi_3(const RequestState& state,
                                          const Usable& usable);

}  // namespace trestle::rest
