// Refusals and failed runs as answers.
#include <charconv>

#include "auth/errors.h"
#include "base/json.h"
#include "rest/answer.h"
#include "rest/errors.h"
#include "rest/sql.h"
#include "sql/sqlstate.h"

namespace trestle::rest {
namespace {

// A check of ours speaks through a failed cast: "trestle-PGRST116-5" as an
// integer (sql.h).
std::optional<Error> check_error(const RunError& error) {
  if (error.sqlstate != "22P02") return std::nullopt;
  auto rows_behind =
      [&](std::string_view words) -> std::optional<std::int64_t> {
    std::size_t at = error.message.find(words);
    if (at == std::string::npos) return std::nullopt;
    const char* begin = error.message.data() + at + words.size();
    std::int64_t rows = 0;
    std::from_chars(begin, error.message.data() + error.message.size(), rows);
    return rows;
  };
  if (auto rows = rows_behind(kCheckSingular))
    return errors::not_singular(*rows);
  if (auto rows = rows_behind(kCheckAffected))
    return errors::max_affected_exceeded(*rows);
  if (rows_behind(kCheckNested)) return errors::nested_row_left_out();
  if (rows_behind(kCheckMatch)) return errors::precondition_failed();
  if (rows_behind(kCheckPut)) return errors::put_mismatch();
  if (rows_behind(kCheckHeaders)) return errors::bad_response_headers();
  if (rows_behind(kCheckStatus)) return errors::bad_response_status();
  return std::nullopt;
}

std::optional<std::string> member(const rapidjson::Value& object,
                                  const char* name) {
  auto found = object.FindMember(name);
  if (found == object.MemberEnd() || !found->value.IsString())
    return std::nullopt;
  return std::string(json_text(found->value));
}

// RAISE SQLSTATE 'PGRST': the message is the error's JSON, the detail says
// status and headers.
Result<Answer> raised_answer(const RestConfig& config, const RunError& error) {
  Result<rapidjson::Document> body = parse_json(error.message);
  if (!body.ok() || !body->IsObject() || !member(*body, "code") ||
      !member(*body, "message"))
    return errors::bad_raise_message(error.message);
  std::string detail = error.detail.value_or("");
  Result<rapidjson::Document> head = parse_json(detail);
  if (!head.ok() || !head->IsObject() || !head->HasMember("status") ||
      !(*head)["status"].IsInt() || !head->HasMember("headers") ||
      !(*head)["headers"].IsObject())
    return errors::bad_raise_detail(detail);
  Answer answer = make_error(config, {.code = *member(*body, "code"),
                                      .http_status = (*head)["status"].GetInt(),
                                      .message = *member(*body, "message"),
                                      .details = member(*body, "details"),
                                      .hint = member(*body, "hint")});
  if (auto reason = member(*head, "status_text"))
    answer.head.reason = std::move(*reason);
  for (const auto& header : (*head)["headers"].GetObject()) {
    if (!header.value.IsString()) return errors::bad_raise_detail(detail);
    answer.head.headers.push_back({std::string(json_text(header.name)),
                                   std::string(json_text(header.value))});
  }
  return answer;
}

Error unreachable(const RunError& error, Access access) {
  switch (error.kind) {
    case RunError::Kind::overload:
      return {.code = "PGRST003",
              .http_status = 503,
              .message =
                  "Timed out acquiring connection from connection "
                  "pool."};
    case RunError::Kind::timeout:
      return {.code = "57014",
              .http_status = 504,
              .message = "canceling statement due to statement timeout"};
    case RunError::Kind::lost:
      // Of a change nobody knows whether it was made.
      return {.code = "PGRST001",
              .http_status = access == Access::read ? 503 : 502,
              .message = "Database client error. Retrying the connection.",
              .details = "The connection was lost while the request ran."};
    default:
      return {.code = "PGRST000",
              .http_status = 503,
              .message =
                  "Database connection error. Retrying the "
                  "connection."};
  }
}

}  // namespace

Answer make_error(const RestConfig& config, const Error& error) {
  Answer answer;
  Error shown = error;
  // Identity is checked before a front-end is known.
  if (shown.code.starts_with("TRS30"))
    shown.code = concat({"PGRST", std::string_view(shown.code).substr(3)});
  if (shown.code == "TRS085") shown.code = "PGRST002";
  if (config.verbose_errors) {
    answer.body = error_body(shown);
  } else {
    JsonWriter json(answer.body);
    json.begin_object();
    json.key("code").string(shown.code).key("message").string(shown.message);
    json.end_object();
  }
  answer.head.status = shown.http_status;
  answer.head.error_code = shown.code;
  answer.head.content_type = "application/json; charset=utf-8";
  answer.head.headers.push_back(
      {"Proxy-Status", concat({"PostgREST; error=", shown.code})});
  if (std::optional<std::string> challenge = auth::challenge(error))
    answer.head.headers.push_back({"WWW-Authenticate", std::move(*challenge)});
  return answer;
}

Answer make_run_error(const RequestState& state, const RunError& error) {
  const RestConfig& config = *state.config;
  if (error.kind != RunError::Kind::database)
    return make_error(config, unreachable(error, state.shape->access));
  if (std::optional<Error> check = check_error(error))
    return make_error(config, *check);
  if (error.sqlstate == "PGRST") {
    Result<Answer> raised = raised_answer(config, error);
    return raised.ok() ? std::move(*raised)
                       : make_error(config, raised.error());
  }
  int status =
      http_status_of(error.sqlstate, error.message, state.authenticated);
  // What a media type handler cannot take is not acceptable as such.
  if (error.sqlstate == "42846" ||
      (error.sqlstate == "42883" &&
       state.shape->plan.format.kind == BodyFormat::Kind::handler))
    status = 406;
  Answer answer = make_error(config, {.code = error.sqlstate,
                                      .http_status = status,
                                      .message = error.message,
                                      .details = error.detail,
                                      .hint = error.hint});
  if (is_chosen_status(error.sqlstate)) answer.head.reason = error.message;
  if (error.sqlstate == "42501" && !state.authenticated)
    answer.head.headers.push_back({"WWW-Authenticate", "Bearer"});
  return answer;
}

}  // namespace trestle::rest
