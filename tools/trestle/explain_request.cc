// A request as trestle_rest runs it.
#include "base/json.h"
#include "base/text.h"
#include "catalog/effects.h"
#include "frontend/answer_buffer.h"
#include "frontend/no_facts.h"
#include "rest/rest.h"
#include "tools/trestle/explain.h"

namespace trestle::tools {

namespace {

// A message with what its views look at.
struct Message {
  std::string path;
  std::vector<HeaderView> headers;
  Request request;
};

Error wrong(std::string message) {
  return {.code = "TRS001", .message = std::move(message)};
}

Result<void> fill(const ExplainRequest& asked, Message& message) {
  std::string_view target = asked.target;
  if (std::size_t at = target.find("://"); at != std::string_view::npos) {
    target.remove_prefix(at + 3);
    std::size_t slash = target.find('/');
    message.request.host = target.substr(0, slash);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  const std::size_t mark = target.find('?');
  if (mark != std::string_view::npos)
    message.request.query = target.substr(mark + 1);
  std::optional<std::string> path = url_decode(target.substr(0, mark), false);
  if (!path) return wrong("the URL's path is not encoded rightly");
  message.path = std::move(*path);
  if (!message.path.starts_with('/')) message.path.insert(0, 1, '/');
  for (std::string_view line : asked.headers) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos)
      return wrong(concat({"\"--header ", line, "\": expected NAME: VALUE"}));
    message.headers.push_back(
        {trim(line.substr(0, colon)), trim(line.substr(colon + 1))});
  }
  message.request.method = asked.method;
  message.request.path = message.path;
  message.request.scheme = "http";
  message.request.headers = message.headers;
  message.request.body = asked.body;
  return {};
}

void append_statement(std::string& out, const Statement& statement,
                      const ExplainPlace& place) {
  const StatementFacts& facts =
      place.catalog->effects().judge(*statement.sql).facts;
  out += facts.effects == Effects::clean       ? "\n  clean"
         : facts.effects == Effects::sequences ? "\n  moves sequences"
                                               : "\n  not clean";
  append_reason(out, facts);
  out += "\n";
  append_sql(out, statement.sql->text);
  const DescribedStatement described = describe(
      place.connection, statement.sql->text, statement.sql->param_types);
  for (std::size_t i = 0; i < statement.params.size(); i++) {
    out += concat({"    $", std::to_string(i + 1), " = "});
    append_json_string_or_null(out, statement.params[i]);
    if (i < described.params.size())
      out += concat({"  ", type_text(*place.catalog, described.params[i])});
    out += "\n";
  }
  append_columns(out, described, *place.catalog);
}

}  // namespace

Result<std::string> explain_request(const ExplainRequest& asked,
                                    const ExplainPlace& place) {
  Message message;
  if (Result<void> filled = fill(asked, message); !filled.ok())
    return std::move(filled).error();
  rest::RestConfig config;
  config.base_path = asked.base.ends_with('/') ? asked.base : asked.base + "/";
  config.schemas = asked.schemas;
  config.aggregates = true;
  config.plan = true;
  const rest::RestFrontend frontend(std::move(config));
  const auth::Identity identity{.role = asked.role};
  const NoFacts facts;
  AnswerBuffer answer;
  std::optional<Work> work = frontend.begin({.request = message.request,
                                             .identity = identity,
                                             .facts = facts,
                                             .catalog = place.catalog,
                                             .response = answer});
  if (!work) {
    std::string refusal = concat({std::to_string(answer.status()),
                                  " without "
                                  "a statement: ",
                                  answer.body()});
    if (answer.status() >= 400) return wrong(std::move(refusal));
    return refusal + "\n";
  }
  std::string out =
      concat({asked.method, " ", message.path, " as ", asked.role, ": "});
  append_manner(out, work->plan.access, work->plan.effects);
  if (!work->plan.isolation.empty())
    out += concat({", isolation level ", work->plan.isolation});
  out += "\n";
  append_keeping(out, *work, place);
  for (const Setting& setting : work->settings) {
    out += concat({"  ", setting.name, " = ", setting.value, "\n"});
    if (setting.name == "search_path")
      if (Result<void> done = set(place.connection, setting); !done.ok())
        return std::move(done).error();
  }
  for (const Statement& statement : work->plan.statements)
    append_statement(out, statement, place);
  return out;
}

}  // namespace trestle::tools
