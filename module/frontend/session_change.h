// What `@session` and `@session end` of a SQL file do, for every front-end that
// is made of such files.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "auth/authenticator.h"
#include "base/http_message.h"
#include "base/result.h"
#include "frontend/frontend.h"
#include "frontend/session_table.h"
#include "sql/handler_file.h"

namespace trestle {

// Who makes and keeps the sessions of a database. Both outlive the front-end.
struct SessionKeeper {
  const auth::Authenticator* authenticator = nullptr;  // null: nobody
  const SessionTable* table = nullptr;  // null: sessions are in their cookies
};

struct SessionChange {
  std::vector<Header> cookies;  // Set-Cookie
  // What the table is to learn before the answer may be given, in a transaction
  // of its own; empty: nothing.
  std::vector<Statement> statements;
};

// `claims` is the JSON object of the row that logs in. Errors: TRS305.
[[nodiscard]] Result<SessionChange> change_session(const FileSection& section,
                                                   std::string_view claims,
                                                   const Exchange& exchange,
                                                   const SessionKeeper& keeper);

// Runs the statements of a change, as no visitor; `answer` learns how it went.
[[nodiscard]] Work session_work(std::vector<Statement> statements,
                                const Exchange& exchange,
                                std::unique_ptr<RowSink> answer);

// The answer that waits for session_work(): it has no rows.
class SessionAnswer : public RowSink {
 public:
  void on_columns(std::size_t, std::span<const ResultColumn>) final {}
  bool on_row(std::size_t, std::span<const Cell>) final { return true; }
  void on_statement_done(std::size_t, std::uint64_t) final {}
};

}  // namespace trestle
