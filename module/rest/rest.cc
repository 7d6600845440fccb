#include "rest/rest.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "frontend/settings.h"
#include "rest/answer.h"
#include "rest/errors.h"
#include "rest/openapi.h"
#include "rest/sql.h"
#include "sql/sql_writer.h"

namespace trestle::rest {
namespace {

bool is_hoisted(const RestConfig& config, std::string_view name) {
  return std::find(config.hoisted_settings.begin(),
                   config.hoisted_settings.end(),
                   name) != config.hoisted_settings.end();
}

// The statements' own names are qualified: search_path is for what runs behind
// them, and for names that clients write in values.
bool uses_path(const Shape& shape) {
  constexpr std::string_view kName = "search_path";
  return shape.judgement.uses_path || shape.judgement.settings.reads(kName) ||
         shape.catalog->reach().settings_read().reads(kName);
}

Settings make_settings(const Exchange& exchange, const RestConfig& config,
                       const RequestState& state) {
  Settings settings = request_settings(exchange, state.shape->judgement);
  // SQL sees the path below the location, wherever the API is mounted.
  for (Setting& setting : settings)
    if (setting.name == "request.path" &&
        setting.value.starts_with(config.base_path))
      setting.value.erase(0, config.base_path.size() - 1);
  const auto add = [&](std::string name, std::string value) {
    settings.push_back({std::move(name), std::move(value)});
  };
  if (uses_path(*state.shape)) add("search_path", state.shape->search_path);
  if (const catalog::RoleSettings* role =
          state.shape->catalog->role_settings(exchange.identity.role))
    for (const auto& [name, value] : role->settings)
      if (name != "default_transaction_isolation") add(name, value);
  if (state.shape->plan.call)
    for (const auto& [name, value] : state.shape->plan.call->function->settings)
      if (is_hoisted(config, name) && name != "default_transaction_isolation")
        add(name, value);
  if (state.shape->request.preferences.timezone)
    add("timezone", *state.shape->request.preferences.timezone);
  for (const Setting& setting : config.app_settings)
    settings.push_back(setting);
  return settings;
}

// SQL instead of its result, for developers.
Answer show_sql(const Plan& plan) {
  Answer answer;
  answer.head.content_type = "application/sql; charset=utf-8";
  for (const Statement& statement : plan.statements) {
    answer.body += statement.sql->text;
    answer.body += ";\n";
    for (std::size_t i = 0; i < statement.params.size(); ++i) {
      answer.body += "-- $";
      append_number(answer.body, static_cast<std::int64_t>(i + 1));
      answer.body += " = ";
      append_json_string_or_null(answer.body, statement.params[i]);
      answer.body += "\n";
    }
  }
  return answer;
}

// A preflight asks the server, not the resource (Fetch Standard 3.2.2).
bool is_preflight(const Request& request) {
  return request.method == "OPTIONS" && request.header("Origin") &&
         request.header("Access-Control-Request-Method");
}

Result<Answer> answer_at_once(RequestState& state) {
  if (state.shape->request.action == Action::info) return make_info(state);
  if (state.shape->request.action != Action::root) return Answer{};
  if (state.config->openapi == OpenApiMode::disabled)
    return errors::no_openapi();
  return Answer{};
}

}  // namespace

// Those that are read anywhere in this folder.
bool RestFrontend::reads_header(std::string_view name) const {
  constexpr std::string_view kRead[] = {
      "Accept", "Accept-Profile", "Content-Profile", "Content-Type", "Origin",
      "Prefer", "Range"};
  const auto is_it = [&](std::string_view each) {
    return ascii_iequals(name, each);
  };
  return std::ranges::any_of(kRead, is_it) || is_it(config_.trace_header);
}

Result<ShapeRef> RestFrontend::shape_of(const Exchange& exchange,
                                        ApiRequest begun, RequestParts parts,
                                        const ShapeKey& key,
                                        Timing& timing) const {
  Result<ApiRequest> request = finish_request(
      exchange.request, config_, std::move(begun), std::move(parts));
  if (!request.ok()) return std::move(request).error();
  timing.mark(timing.parsed_us);
  Result<ShapeRef> shape = make_shape(
      exchange.catalog, config_, exchange.identity.role, std::move(*request));
  if (shape.ok() && (*shape)->main_statement >= 0) shapes_.put(key, *shape);
  return shape;
}

// The stages request, plan and sql, or what a request of the same shape has
// left of them.
Result<Plan> RestFrontend::plan(const Exchange& exchange,
                                RequestState& state) const {
  const Request& message = exchange.request;
  Result<ApiRequest> begun = begin_request(message, config_);
  if (!begun.ok()) return std::move(begun).error();
  Result<RequestParts> parts = take_apart(message, *begun);
  if (!parts.ok()) return std::move(parts).error();
  ShapeKey key =
      make_shape_key(message, config_, exchange.identity.role, *begun, *parts);
  state.shape = shapes_.find(exchange.catalog, key);
  if (state.shape == nullptr) {
    state.parameters = parts->query;
    Result<ShapeRef> made = shape_of(exchange, std::move(*begun),
                                     std::move(*parts), key, state.timing);
    if (!made.ok()) return std::move(made).error();
    state.shape = std::move(*made);
  } else {
    state.parameters = std::move(parts->query);
    state.timing.mark(state.timing.parsed_us);
  }
  state.range = state.shape->window(key);
  return state.shape->bind(key);
}

std::optional<Work> RestFrontend::begin(const Exchange& exchange) const {
  auto state = std::make_unique<RequestState>();
  state->config = &config_;
  state->catalog = exchange.catalog;
  state->query = exchange.request.query;
  state->authenticated = exchange.identity.authenticated() &&
                         exchange.identity.role != config_.anonymous_role;
  state->scheme = exchange.request.scheme;
  state->host = exchange.request.host;
  state->extra_headers = request_headers(exchange.request, config_);
  if (config_.server_timing) state->timing.clock = exchange.clock;
  state->timing.identity_us = exchange.identity_us;
  state->timing.mark(state->timing.begun_us);
  const bool head = exchange.request.method == "HEAD";
  auto send = [&](Answer answer) -> std::optional<Work> {
    if (std::string timing = server_timing(state->timing); !timing.empty())
      answer.head.headers.push_back({"Server-Timing", std::move(timing)});
    for (const Header& header : state->extra_headers)
      answer.head.headers.push_back(header);
    send_answer(head, std::move(answer), exchange.response);
    return std::nullopt;
  };
  if (is_preflight(exchange.request)) return send({});
  Result<Plan> planned = plan(exchange, *state);
  if (!planned.ok()) return send(make_error(config_, planned.error()));
  const Action action = state->shape->request.action;
  if (action == Action::info ||
      (action == Action::root && config_.openapi == OpenApiMode::disabled)) {
    Result<Answer> answer = answer_at_once(*state);
    return send(answer.ok() ? std::move(*answer)
                            : make_error(config_, answer.error()));
  }
  Work work;
  work.plan = std::move(*planned);
  if (state->shape->request.shows_sql) return send(show_sql(work.plan));
  work.settings = make_settings(exchange, config_, *state);
  state->timing.mark(state->timing.planned_us);
  work.answer =
      std::make_unique<AnswerSink>(std::move(state), exchange.response);
  return work;
}

void RestFrontend::refuse(const Request& request, const Error& error,
                          ResponseSink& response) const {
  Answer answer = make_error(config_, error);
  for (Header& header : request_headers(request, config_))
    answer.head.headers.push_back(std::move(header));
  send_answer(request.method == "HEAD", std::move(answer), response);
}

}  // namespace trestle::rest
