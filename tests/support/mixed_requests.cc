#include "support/mixed_requests.h"

#include "support/users.h"

namespace trestle::testing {
namespace {

std::vector<double> weights_of(const std::vector<RequestKind>& kinds) {
  std::vector<double> weights;
  for (const RequestKind& kind : kinds) weights.push_back(kind.weight);
  return weights;
}

bool is_error(const Response& response, ErrorForm form) {
  const std::string& body = response.body;
  switch (form) {
    case ErrorForm::graphql:
      return body.find("\"errors\":[{") != body.npos;
    case ErrorForm::page:
      return body.starts_with("<!doctype html>") || body.starts_with("<html>");
    case ErrorForm::none:
      return body.empty();
    case ErrorForm::json:
      break;
  }
  return body.starts_with("{\"code\":\"");
}

// 502 is an outcome that nobody knows: a read has none.
bool is_status_of_absence(int status, const RequestKind& kind) {
  return status == 503 || status == 504 || (status == 502 && kind.may_write) ||
         (status == 200 && kind.form == ErrorForm::graphql);
}

}  // namespace

MixedRequests::MixedRequests(const Away& away)
    : away_(away), kinds_(mixed_kinds()) {
  const std::vector<double> weights = weights_of(kinds_);
  choice_ = {weights.begin(), weights.end()};
}

std::string MixedRequests::next(int client) {
  const RequestKind& kind = kinds_[choice_(random_)];
  const Asked asked{&kind, {++last_id_, client % kUsers}};
  asked_[client] = asked;
  return kind.request(asked.ask);
}

bool MixedRequests::may_fail(const LoadResult& result,
                             const RequestKind& kind) const {
  const std::chrono::duration<double, std::milli> took(result.ms);
  const auto begun =
      Clock::now() - std::chrono::duration_cast<Clock::duration>(took);
  if (!away_.since(begun)) return false;
  if (result.outcome == Outcome::cut) return kind.streams;
  return result.outcome == Outcome::answered &&
         is_status_of_absence(result.response.status, kind) &&
         is_error(result.response, kind.form);
}

void MixedRequests::judge(const LoadResult& result) {
  const auto& [kind, ask] = asked_.at(result.client);
  const Response& response = result.response;
  const bool right =
      result.outcome == Outcome::answered && kind->is_right(response, ask);
  const bool left =
      result.outcome == Outcome::aborted || result.outcome == Outcome::stale;
  statuses_[kind->name][response.status]++;
  if (!right && !left && !may_fail(result, *kind))
    wrong_[kind->name + ": outcome " +
           std::to_string(static_cast<int>(result.outcome)) + ", status " +
           std::to_string(response.status) + ", " +
           response.body.substr(0, 300)]++;
  const std::string other = foreign_user(response.body, user_name(ask.user));
  if (!other.empty())
    wrong_[kind->name + ": " + other + " for " + user_name(ask.user)]++;
  // GraphQL says 200 to what has failed as well.
  if (kind->writes)
    writes_.note(ask.id, right                        ? Fate::once
                         : response.status / 100 == 2 ? Fate::unknown
                                                      : fate_of(result));
  done_++;
}

std::string MixedRequests::wrong() const {
  std::string text;
  for (const auto& [what, times] : wrong_)
    text += std::to_string(times) + " x " + what + "\n";
  return text;
}

std::string MixedRequests::statuses() const {
  std::string text;
  for (const auto& [kind, statuses] : statuses_) {
    text += kind + ":";
    for (const auto& [status, times] : statuses)
      text += " " + std::to_string(status) + "=" + std::to_string(times);
    text += "\n";
  }
  return text;
}

}  // namespace trestle::testing
