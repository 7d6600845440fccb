#include "frontend/session_change.h"

#include "frontend/judge.h"

namespace trestle {

Result<SessionChange> change_session(const FileSection& section,
                                     std::string_view claims,
                                     const Exchange& exchange,
                                     const SessionKeeper& keeper) {
  SessionChange change;
  const auth::Authenticator* auth = keeper.authenticator;
  const Request& request = exchange.request;
  const bool is_secure = request.scheme == "https";
  auto set = [&](std::string cookie) {
    change.cookies.push_back(
        {.name = "Set-Cookie", .value = std::move(cookie)});
  };
  if (section.ends_session && auth != nullptr) {
    set(auth->clear_session_cookie(is_secure));
    if (keeper.table != nullptr)
      if (Param row_id = auth->session_row(request))
        change.statements.push_back(keeper.table->end(*std::move(row_id)));
  }
  if (!section.begins_session) return change;
  if (keeper.table == nullptr) {
    Result<std::string> cookie =
        auth->session_cookie(claims, exchange.now, is_secure);
    if (!cookie.ok()) return std::move(cookie).error();
    set(std::move(cookie).value());
    return change;
  }
  // A new id with every login: one that was known before is worth nothing.
  Result<auth::NewSession> made = auth->new_session(claims, is_secure);
  if (!made.ok()) return std::move(made).error();
  change.statements.push_back(keeper.table->begin(
      std::move(made->row_id), std::string(claims),
      auth->config().session_lifetime_s, auth->session_row(request)));
  set(std::move(made->cookie));
  return change;
}

Work session_work(std::vector<Statement> statements, const Exchange& exchange,
                  std::unique_ptr<RowSink> answer) {
  Work work;
  work.plan.statements = std::move(statements);
  work.plan.access = Access::write;
  work.plan.effects = judge(exchange, work.plan).effects;
  work.answer = std::move(answer);
  return work;
}

}  // namespace trestle
