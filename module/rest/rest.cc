#include "rest/rest.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "frontend/settings.h"
#include "rest/answer.h"
#include "rest/effects.h"
#include "rest/errors.h"
#include "rest/openapi.h"
#include "rest/sql.h"
#include "sql/sql_writer.h"

namespace trestle::rest {
namespace {

// "schema", then the configured ones: where functions and types are found.
std::string search_path(const RestConfig& config, std::string_view schema) {
  std::string path;
  append_identifier(path, schema);
  for (const std::string& extra : config.extra_search_path) {
    path += ", ";
    append_identifier(path, extra);
  }
  return path;
}

bool is_hoisted(const RestConfig& config, std::string_view name) {
  return std::find(config.hoisted_settings.begin(),
                   config.hoisted_settings.end(),
                   name) != config.hoisted_settings.end();
}

Settings make_settings(const Exchange& exchange, const RestConfig& config,
                       const RequestState& state) {
  Settings settings = request_settings(exchange.identity, exchange.request);
  // SQL sees the path below the location, wherever the API is mounted.
  for (Setting& setting : settings)
    if (setting.name == "request.path" &&
        setting.value.starts_with(config.base_path))
      setting.value.erase(0, config.base_path.size() - 1);
  const auto add = [&](std::string name, std::string value) {
    settings.push_back({std::move(name), std::move(value)});
  };
  add("search_path", search_path(config, state.request.schema));
  if (const catalog::RoleSettings* role =
          state.catalog->role_settings(exchange.identity.role))
    for (const auto& [name, value] : role->settings)
      if (name != "default_transaction_isolation") add(name, value);
  if (state.plan.call)
    for (const auto& [name, value] : state.plan.call->function->settings)
      if (is_hoisted(config, name) && name != "default_transaction_isolation")
        add(name, value);
  if (state.request.preferences.timezone)
    add("timezone", *state.request.preferences.timezone);
  for (const Setting& setting : config.app_settings)
    settings.push_back(setting);
  return settings;
}

// Whether the transaction is to be undone when all has been answered.
bool rolls_back(const RestConfig& config, const Preferences& preferences) {
  using Tx = Preferences::Tx;
  switch (config.tx_end) {
    case TxEnd::commit:
      return false;
    case TxEnd::rollback:
      return true;
    case TxEnd::commit_allow_override:
      return preferences.tx == Tx::rollback;
    case TxEnd::rollback_allow_override:
      return preferences.tx != Tx::commit;
  }
  return false;
}

std::string_view isolation_level(const std::string& name) {
  std::string lower = ascii_lower(name);
  if (lower == "serializable") return "SERIALIZABLE";
  if (lower == "repeatable read") return "REPEATABLE READ";
  return {};
}

Access access_of(const RequestState& state) {
  const ApiRequest& request = state.request;
  if (request.read_only) return Access::read;
  if (request.action != Action::call) return Access::write;
  // A function that promises not to write is held to it.
  bool writes =
      state.plan.call->function->volatility == Function::Volatility::volatile_;
  return writes ? Access::write : Access::read;
}

// Names of prepared statements: a plan depends on the catalog, and on the role
// where policies are.
std::string scope_of(const Exchange& exchange, const RequestState& state) {
  std::string scope;
  append_number(scope, static_cast<std::int64_t>(state.catalog->generation()));
  return concat(
      {scope, "/", exchange.identity.role, "/", state.request.schema});
}

Statement finish(SqlWriter sql, const RestConfig& config,
                 std::string_view scope) {
  Statement statement = std::move(sql).finish(scope);
  if (config.prepared) return statement;
  Sql unnamed = *statement.sql;
  unnamed.name.clear();
  statement.sql = std::make_shared<const Sql>(std::move(unnamed));
  return statement;
}

// Statements in their order, with the places of those that the answer reads.
class PlanBuilder {
 public:
  PlanBuilder(const Exchange& exchange, const RestConfig& config,
              RequestState& state)
      : config_(config), state_(state), scope_(scope_of(exchange, state)) {}

  Plan build() {
    if (!config_.pre_request.empty())
      add(write_pre_request(config_.pre_request));
    if (state_.request.action == Action::root) {
      state_.description_statement = add(write_description(state_.request));
      state_.main_statement = -1;
      plan_.access = Access::read;
    } else {
      add_main();
    }
    state_.access = plan_.access;
    return std::move(plan_);
  }

 private:
  int add(SqlWriter sql) {
    plan_.statements.push_back(finish(std::move(sql), config_, scope_));
    return static_cast<int>(plan_.statements.size()) - 1;
  }

  void add_main() {
    RestPlan& plan = state_.plan;
    bool clean = is_clean_read(plan, config_, *state_.catalog);
    if (clean) plan_.effects = Effects::clean;
    plan_.access = access_of(state_);
    plan_flat(*state_.catalog, plan_.access, plan);
    if (!plan.flat) {
      state_.main_statement = add(write_main(plan));
      add_guess();
      return;
    }
    // What the head of a long answer needs comes before its rows.
    if (!config_.pre_request.empty())
      state_.early_settings_statement = add(write_response_settings());
    add_guess();
    state_.main_statement = add(write_flat(plan));
    if (!clean) state_.late_settings_statement = add(write_response_settings());
  }

  // The planner's number of rows.
  void add_guess() {
    using Count = Preferences::Count;
    const RestPlan& plan = state_.plan;
    bool guesses =
        plan.count == Count::planned || plan.count == Count::estimated;
    if (guesses && plan.action == Action::read && !plan.format.explain)
      state_.count_statement = add(write_explained_count(plan));
  }

  const RestConfig& config_;
  RequestState& state_;
  std::string scope_;
  Plan plan_;
};

Plan make_plan(const Exchange& exchange, const RestConfig& config,
               RequestState& state) {
  Plan plan = PlanBuilder(exchange, config, state).build();
  std::string isolation = state.plan.isolation;
  if (isolation.empty())
    if (const catalog::RoleSettings* role =
            state.catalog->role_settings(exchange.identity.role))
      for (const auto& [name, value] : role->settings)
        if (name == "default_transaction_isolation") isolation = value;
  plan.isolation = isolation_level(isolation);
  if (rolls_back(config, state.request.preferences))
    plan.end = Plan::End::rollback;
  return plan;
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

bool asks_for_sql(const ApiRequest& request) {
  return !request.accept.empty() &&
         request.accept[0].kind == MediaType::Kind::sql;
}

// A preflight asks the server, not the resource (Fetch Standard 3.2.2).
bool is_preflight(const Request& request) {
  return request.method == "OPTIONS" && request.header("Origin") &&
         request.header("Access-Control-Request-Method");
}

Result<Answer> answer_at_once(RequestState& state) {
  if (state.request.action == Action::info) return make_info(state);
  if (state.request.action != Action::root) return Answer{};
  if (state.config->openapi == OpenApiMode::disabled)
    return errors::no_openapi();
  return Answer{};
}

// Request and plan. The state's parts point to one another, so they are made
// where they stay.
Result<void> prepare(const Exchange& exchange, RequestState& state) {
  Result<ApiRequest> request = parse_request(exchange.request, *state.config);
  if (!request.ok()) return std::move(request).error();
  state.request = std::move(*request);
  state.timing.mark(state.timing.parsed_us);
  if (state.request.action == Action::info ||
      state.request.action == Action::root)
    return {};
  Result<RestPlan> plan =
      plan_request({*state.catalog, *state.config, state.request});
  if (!plan.ok()) return std::move(plan).error();
  state.plan = std::move(*plan);
  return {};
}

}  // namespace

std::optional<Work> RestFrontend::begin(const Exchange& exchange) const {
  auto state = std::make_unique<RequestState>();
  state->config = &config_;
  state->catalog = exchange.catalog;
  state->authenticated = exchange.identity.authenticated() &&
                         exchange.identity.role != config_.anonymous_role;
  state->scheme = std::string(exchange.request.scheme);
  state->host = std::string(exchange.request.host);
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
  Result<void> prepared = prepare(exchange, *state);
  if (!prepared.ok()) return send(make_error(config_, prepared.error()));
  if (state->request.action == Action::info ||
      (state->request.action == Action::root &&
       config_.openapi == OpenApiMode::disabled)) {
    Result<Answer> answer = answer_at_once(*state);
    return send(answer.ok() ? std::move(*answer)
                            : make_error(config_, answer.error()));
  }
  Work work;
  work.plan = make_plan(exchange, config_, *state);
  if (config_.show_sql && asks_for_sql(state->request))
    return send(show_sql(work.plan));
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
