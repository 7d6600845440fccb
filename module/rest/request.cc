#include "rest/request.h"

#include <algorithm>

#include "rest/errors.h"
#include "rest/range.h"

namespace trestle::rest {
namespace {

// /, /relation, /rpc/function
Result<void> read_path(const Request& message, const RestConfig& config,
                       ApiRequest& request) {
  std::string_view path = message.path;
  std::string_view base = config.base_path;
  if (path.starts_with(base))
    path.remove_prefix(base.size());
  else if (path.size() + 1 == base.size() && base.starts_with(path))
    path = {};
  if (path.ends_with('/')) path.remove_suffix(1);
  std::vector<std::string_view> parts = split(path, '/');
  if (parts.size() == 1) {
    request.name = std::string(parts[0]);
    return {};
  }
  if (parts.size() == 2 && parts[0] == "rpc") {
    request.function = true;
    request.name = std::string(parts[1]);
    return {};
  }
  return errors::bad_path();
}

Result<void> read_schema(const Request& message, const RestConfig& config,
                         ApiRequest& request) {
  const bool reading = request.read_only;
  std::optional<std::string_view> profile =
      message.header(reading ? "Accept-Profile" : "Content-Profile");
  request.schema = config.schemas.front();
  if (!profile) return {};
  if (std::find(config.schemas.begin(), config.schemas.end(), *profile) ==
      config.schemas.end())
    return errors::unknown_schema(*profile, config.schemas);
  request.schema = std::string(*profile);
  request.profile_given = true;
  return {};
}

Result<void> read_action(ApiRequest& request, const RestConfig& config) {
  const std::string& method = request.method;
  request.head = method == "HEAD";
  request.read_only = method == "GET" || request.head;
  if (method == "OPTIONS") {
    request.action = Action::info;
    return {};
  }
  if (request.function) {
    if (!request.read_only && method != "POST")
      return errors::rpc_method(method);
    request.action = Action::call;
    return {};
  }
  if (request.name.empty()) {
    if (!request.read_only) return errors::unsupported_method(method);
    request.action = Action::root;
    if (config.root_function.empty()) return {};
    request.action = Action::call;
    request.function = true;
    request.name = config.root_function;
    return {};
  }
  if (request.read_only)
    request.action = Action::read;
  else if (method == "POST")
    request.action = Action::insert;
  else if (method == "PATCH")
    request.action = Action::update;
  else if (method == "PUT")
    request.action = Action::put;
  else if (method == "DELETE")
    request.action = Action::remove;
  else
    return errors::unsupported_method(method);
  return {};
}

Result<Range> read_range(const Request& message, ApiRequest& request) {
  Range range;
  for (const At<Range>& at : request.query.ranges) {
    if (at.what.limit && *at.what.limit < 0) return errors::negative_limit();
    if (at.path.empty()) range = at.what;
  }
  if (request.method != "GET") return range;
  Result<std::optional<Range>> header =
      parse_range_header(message.header("Range"));
  if (!header.ok()) return std::move(header).error();
  if (*header) return intersect(**header, range);
  return range;
}

Result<Body> read_body(const Request& message, const MediaType& content_type,
                       bool call, bool names_columns) {
  using Kind = MediaType::Kind;
  switch (content_type.kind) {
    case Kind::json:
    case Kind::array:
    case Kind::object:
      if (message.body.empty() && call) {
        Body body;
        body.kind = Body::Kind::json_object;
        body.text = "{}";
        return body;
      }
      return parse_json_body(message.body, names_columns || call);
    case Kind::csv:
      return parse_csv_body(message.body);
    case Kind::form:
      return parse_form_body(message.body);
    case Kind::text:
    case Kind::xml:
    case Kind::octets:
      if (call) {
        Body body;
        body.kind = Body::Kind::raw;
        body.text = std::string(message.body);
        return body;
      }
      [[fallthrough]];
    default:
      return errors::bad_content_type(media_name(content_type));
  }
}

bool takes_body(const ApiRequest& request) {
  return request.action == Action::insert || request.action == Action::update ||
         request.action == Action::put ||
         (request.action == Action::call && !request.read_only);
}

}  // namespace

Result<ApiRequest> begin_request(const Request& message,
                                 const RestConfig& config) {
  ApiRequest request;
  request.method = std::string(message.method);
  Result<void> path = read_path(message, config, request);
  if (!path.ok()) return std::move(path).error();
  Result<void> action = read_action(request, config);
  if (!action.ok()) return std::move(action).error();
  if (!is_utf8(request.name)) return errors::bad_path();
  if (config.etag && !request.function && !request.name.empty())
    request.precondition = read_precondition(message);
  return request;
}

Result<RequestParts> take_apart(const Request& message,
                                const ApiRequest& begun) {
  Result<QueryParameters> query = split_query(message.query);
  if (!query.ok()) return std::move(query).error();
  RequestParts parts;
  parts.query = std::move(*query);
  static const MediaType kUsual = parse_media_type("application/json");
  const auto content_type = message.header("Content-Type");
  parts.content_type = content_type ? parse_media_type(*content_type) : kUsual;
  if (!takes_body(begun)) return parts;
  bool names_columns =
      std::any_of(parts.query.begin(), parts.query.end(),
                  [](const QueryParameter& p) { return p.name == "columns"; });
  parts.body = read_body(message, parts.content_type,
                         begun.action == Action::call, names_columns);
  return parts;
}

Result<ApiRequest> finish_request(const Request& message,
                                  const RestConfig& config, ApiRequest begun,
                                  RequestParts parts) {
  ApiRequest request = std::move(begun);
  Result<Query> query = parse_query(
      parts.query, request.action == Action::call && request.read_only);
  if (!query.ok()) return std::move(query).error();
  request.query = std::move(*query);
  Result<void> schema = read_schema(message, config, request);
  if (!schema.ok()) return std::move(schema).error();

  bool tx_allowed = config.tx_end == TxEnd::commit_allow_override ||
                    config.tx_end == TxEnd::rollback_allow_override;
  if (request.action == Action::call && request.name == config.root_function)
    if (std::size_t dot = request.name.find('.'); dot != std::string::npos) {
      request.schema = request.name.substr(0, dot);
      request.name.erase(0, dot + 1);
    }

  Result<Preferences> preferences = parse_preferences(message, tx_allowed);
  if (!preferences.ok()) return std::move(preferences).error();
  request.preferences = std::move(*preferences);

  Result<Range> range = read_range(message, request);
  if (!range.ok()) return std::move(range).error();
  request.range = *range;

  request.accept = parse_accept(message.header("Accept"));
  request.shows_sql = config.show_sql && message.is_local &&
                      !request.accept.empty() &&
                      request.accept[0].kind == MediaType::Kind::sql;
  request.content_type = std::move(parts.content_type);
  if (parts.body) {
    if (!parts.body->ok()) return std::move(*parts.body).error();
    request.body = std::move(**parts.body);
  }
  return request;
}

}  // namespace trestle::rest
