#include "graphql/request.h"

#include <charconv>

#include "base/text.h"

namespace trestle::graphql {
namespace {

using Read = std::variant<RequestBody, HttpRefusal>;

HttpRefusal refusal(int status, std::string message,
                    std::string_view code = code::kBadRequest) {
  return {.status = status,
          .error = {.message = std::move(message), .code = code}};
}

// The quality that one element of Accept gives ("type/*;q=0.5").
double quality(std::string_view parameters) {
  for (std::string_view part : split(parameters, ';')) {
    part = trim(part);
    if (!part.starts_with("q=") && !part.starts_with("Q=")) continue;
    double q = 0;
    part.remove_prefix(2);
    std::from_chars(part.data(), part.data() + part.size(), q);
    return q;
  }
  return 1;
}

// A member that must be a string or null.
bool read_string(const Value& object, std::string_view name,
                 std::string_view& out) {
  const Value* value = object.member(name);
  if (value == nullptr || value->is(ValueKind::null)) return true;
  out = value->text;
  return value->is(ValueKind::string);
}

// A member that must be an object or null.
bool read_object(const Value& object, std::string_view name,
                 const Value*& out) {
  const Value* value = object.member(name);
  if (value == nullptr || value->is(ValueKind::null)) return true;
  out = value;
  return value->is(ValueKind::object);
}

std::optional<HttpRefusal> read_one(const Value& object, GraphqlRequest& out) {
  const Value* extensions = nullptr;
  if (!object.is(ValueKind::object))
    return refusal(400, "a request must be a JSON object");
  if (!read_string(object, "query", out.query))
    return refusal(400, "\"query\" must be a string");
  if (!read_string(object, "operationName", out.operation_name))
    return refusal(400, "\"operationName\" must be a string");
  if (!read_object(object, "variables", out.variables))
    return refusal(400, "\"variables\" must be an object");
  if (!read_object(object, "extensions", extensions))
    return refusal(400, "\"extensions\" must be an object");
  if (extensions != nullptr)
    if (const Value* persisted = extensions->member("persistedQuery"))
      if (const Value* hash = persisted->member("sha256Hash"))
        out.sha256 = hash->text;
  if (object.member("query") == nullptr && out.sha256.empty())
    return refusal(400, "\"query\" is missing");
  return std::nullopt;
}

Read read_get(const Request& request, Arena& arena) {
  std::vector<ObjectField> members;
  for (std::string_view pair : split(request.query, '&')) {
    std::size_t equal = pair.find('=');
    if (equal == std::string_view::npos) continue;
    std::optional<std::string> name = url_decode(pair.substr(0, equal), true);
    std::optional<std::string> text = url_decode(pair.substr(equal + 1), true);
    if (!name || !text || !is_utf8(*text))
      return refusal(400, "the query string is not well-formed");
    Value value{.kind = ValueKind::string,
                .text = arena.copy(std::string_view(*text))};
    if (*name == "variables" || *name == "extensions") {
      Outcome<Value> json = parse_json_value(*text, arena);
      if (!json.ok()) return HttpRefusal{.status = 400, .error = json.error()};
      value = *json;
    }
    members.push_back(
        {.name = arena.copy(std::string_view(*name)), .value = value});
  }
  Value object{.kind = ValueKind::object, .members = arena.copy(members)};
  RequestBody body;
  body.requests.emplace_back();
  if (auto refused = read_one(object, body.requests[0])) return *refused;
  return body;
}

// JSON only: a page of another origin cannot send that type without asking.
bool is_json(std::optional<std::string_view> content_type) {
  if (!content_type) return false;
  std::vector<std::string_view> parts = split(*content_type, ';');
  if (!ascii_iequals(trim(parts[0]), "application/json")) return false;
  for (std::size_t i = 1; i < parts.size(); i++) {
    std::string_view part = trim(parts[i]);
    if (!ascii_iequals(part.substr(0, 8), "charset=")) continue;
    std::string_view charset = part.substr(8);
    if (charset.size() > 1 && charset.front() == '"')
      charset = charset.substr(1, charset.size() - 2);
    if (!ascii_iequals(charset, "utf-8") && !ascii_iequals(charset, "utf8"))
      return false;
  }
  return true;
}

Read read_post(const Request& request, const Limits& limits, Arena& arena) {
  if (!is_json(request.header("content-type")))
    return refusal(415, "the content type must be application/json");
  if (request.body.size() > limits.max_batch * (limits.max_document_bytes +
                                                limits.max_variables_bytes))
    return refusal(413, "the request is too large", code::kLimit);
  Outcome<Value> json = parse_json_value(request.body, arena);
  if (!json.ok()) return HttpRefusal{.status = 400, .error = json.error()};
  RequestBody body;
  body.batch = json->is(ValueKind::list);
  std::size_t count = body.batch ? json->items.size() : 1;
  if (count == 0) return refusal(400, "the batch is empty");
  if (count > limits.max_batch)
    return refusal(400, "the batch has too many requests", code::kLimit);
  body.requests.resize(count);
  for (std::size_t i = 0; i < count; i++) {
    const Value& one = body.batch ? json->items[i] : json.value();
    if (auto refused = read_one(one, body.requests[i])) return *refused;
  }
  return body;
}

}  // namespace

std::optional<Media> negotiate(std::optional<std::string_view> accept) {
  if (!accept || trim(*accept).empty()) return Media::json;
  double json = 0;
  double response = 0;
  for (std::string_view element : split(*accept, ',')) {
    element = trim(element);
    std::string_view type = trim(element.substr(0, element.find(';')));
    double q = quality(element.substr(std::min(type.size(), element.size())));
    if (ascii_iequals(type, "application/graphql-response+json"))
      response = std::max(response, q);
    else if (ascii_iequals(type, "application/json"))
      json = std::max(json, q + 1e-6);
    else if (type == "*/*" || ascii_iequals(type, "application/*"))
      json = std::max(json, q);
  }
  if (json <= 0 && response <= 0) return std::nullopt;
  return response >= json - 1e-6 && response > 0 ? Media::graphql_response
                                                 : Media::json;
}

Read read_request(const Request& request, const Limits& limits, Arena& arena) {
  Read read = request.method == "POST" ? read_post(request, limits, arena)
                                       : read_get(request, arena);
  if (const auto* body = std::get_if<RequestBody>(&read))
    for (const GraphqlRequest& one : body->requests)
      if (one.query.size() > limits.max_document_bytes)
        return refusal(413, "the document is too large", code::kLimit);
  return read;
}

}  // namespace trestle::graphql
