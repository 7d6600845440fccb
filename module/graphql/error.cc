#include "graphql/error.h"

#include "base/json.h"

namespace trestle::graphql {

Location locate(std::string_view text, std::size_t offset) {
  Location at{.line = 1, .column = 1};
  for (std::size_t i = 0; i < offset && i < text.size(); i++) {
    bool crlf = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (text[i] == '\n' || (text[i] == '\r' && !crlf)) {
      at.line++;
      at.column = 1;
    } else {
      at.column++;
    }
  }
  return at;
}

void append_error(std::string& out, const GraphqlError& error) {
  JsonWriter json(out);
  json.begin_object().key("message").string(error.message);
  if (error.location) {
    json.key("locations").begin_array().begin_object();
    json.key("line").number(error.location->line);
    json.key("column").number(error.location->column);
    json.end_object().end_array();
  }
  if (!error.field.empty())
    json.key("path").begin_array().string(error.field).end_array();
  json.key("extensions").begin_object();
  json.key("path").string(error.path);
  json.key("code").string(error.code);
  json.end_object().end_object();
}

std::string error_document(const std::vector<GraphqlError>& errors) {
  std::string out = "{\"errors\":[";
  for (std::size_t i = 0; i < errors.size(); i++) {
    if (i > 0) out.push_back(',');
    append_error(out, errors[i]);
  }
  out.append("]}");
  return out;
}

}  // namespace trestle::graphql
