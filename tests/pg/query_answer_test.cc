// SQL files against a real PostgreSQL: request in, answer out. Each request is
// sent three times over, so that the run that learns the result's types and the
// runs that use what was learnt must answer the same. Changes are rolled back.
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "frontend/no_facts.h"
#include "query/query_frontend.h"
#include "support/golden.h"
#include "support/postgres_cluster.h"

namespace trestle::testing {
namespace {

constexpr std::string_view kSchema = R"sql(
create type mood as enum ('sad', 'ok');
create type pair as (a int, b text);
create domain cents as int check (value >= 0);
create table product (id int primary key, name text not null, price cents,
                      moods mood[], spot pair, made timestamptz);
insert into product values
  (1, 'Chair', 4999, '{sad,ok}', '(1,"a ""b""")', '2026-01-02 03:04:05+00'),
  (2, 'Ta"ble', null, '{}', null, null);
create sequence numbers;
create function touch() returns int language sql as
  'update product set name = name where id = 1 returning id';
create table ruled (id int);
create rule also as on insert to ruled do also notify ruled;
create function fail(code text, message text) returns int language plpgsql as
  $$ begin raise sqlstate 'PT402' using message = $2, hint = $1; end $$;
)sql";

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

class Recorder final : public ResponseSink {
 public:
  void head(ResponseHead head) override {
    out = concat({std::to_string(head.status), " ", head.content_type, "\n"});
    for (const Header& header : head.headers)
      out.append(concat({header.name, ": ", header.value, "\n"}));
  }
  [[nodiscard]] bool body(std::string_view bytes) override {
    out.append(bytes);
    return true;
  }
  void end() override {}
  void abort() override { out.append("ABORT"); }

  std::string out;
};

// A request as a case writes it: "GET a=1", "Name: value" lines, an empty line,
// the body.
struct SentRequest {
  explicit SentRequest(const std::string& text) {
    std::size_t end = std::min(text.find("\n\n"), text.size());
    body = text.substr(std::min(end + 2, text.size()));
    head = text.substr(0, end);
    std::vector<std::string_view> lines = split(head, '\n');
    std::size_t blank = std::min(lines[0].find(' '), lines[0].size());
    request.method = lines[0].substr(0, blank);
    request.query = lines[0].substr(std::min(blank + 1, lines[0].size()));
    request.path = "/";
    for (std::size_t i = 1; i < lines.size(); i++) {
      std::size_t colon = lines[i].find(": ");
      headers.push_back(
          {lines[i].substr(0, colon), lines[i].substr(colon + 2)});
    }
    request.headers = headers;
    request.body = body;
  }

  std::string head, body;
  std::vector<HeaderView> headers;
  Request request;
};

class Database {
 public:
  Database() : connection_(PQconnectdb(cluster_.conninfo().c_str())) {
    exec(std::string(kSchema));
  }
  ~Database() { PQfinish(connection_); }

  ResultPtr exec(const std::string& sql) {
    return ResultPtr(PQexec(connection_, sql.c_str()));
  }

  // What the pool does with a request's work, one statement after another.
  void run(const Work& work) {
    exec(work.plan.access == Access::read ? "begin read only" : "begin");
    RunError error;
    bool failed = false;
    for (std::size_t i = 0; !failed && i < work.plan.statements.size(); i++)
      failed = !run_statement(work, i, error);
    exec("rollback");
    if (failed)
      work.answer->on_error(error);
    else
      work.answer->on_done();
  }

 private:
  bool run_statement(const Work& work, std::size_t index, RunError& error) {
    const Statement& statement = work.plan.statements[index];
    std::vector<const char*> values;
    for (const Param& param : statement.params)
      values.push_back(param ? param->c_str() : nullptr);
    ResultPtr result(PQexecParams(connection_, statement.sql->text.c_str(),
                                  static_cast<int>(values.size()), nullptr,
                                  values.data(), nullptr, nullptr, 0));
    ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
      error.sqlstate = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
      error.message = PQresultErrorField(result.get(), PG_DIAG_MESSAGE_PRIMARY);
      if (const char* hint =
              PQresultErrorField(result.get(), PG_DIAG_MESSAGE_HINT))
        error.hint = hint;
      error.statement = index;
      return false;
    }
    if (status == PGRES_TUPLES_OK) give_rows(*work.answer, index, *result);
    work.answer->on_statement_done(index, 0);
    return true;
  }

  static void give_rows(RowSink& sink, std::size_t index, PGresult& result) {
    std::vector<ResultColumn> columns;
    for (int c = 0; c < PQnfields(&result); c++)
      columns.push_back({PQfname(&result, c), PQftype(&result, c)});
    sink.on_columns(index, columns);
    for (int r = 0; r < PQntuples(&result); r++) {
      std::vector<Cell> cells;
      for (int c = 0; c < PQnfields(&result); c++)
        cells.push_back(
            PQgetisnull(&result, r, c) != 0
                ? Cell()
                : Cell(PQgetvalue(&result, r, c),
                       static_cast<std::size_t>(PQgetlength(&result, r, c))));
      static_cast<void>(sink.on_row(index, cells));
    }
  }

  PostgresCluster cluster_;
  PGconn* connection_;
};

Database& database() {
  static Database shared;
  return shared;
}

class QueryAnswerCase : public ::testing::TestWithParam<std::string> {};

TEST_P(QueryAnswerCase, MatchesGolden) {
  GoldenCase golden(GetParam());
  auto frontend = query::make_query_frontend(
      {.path = "x.sql", .text = golden.text("file")});
  ASSERT_TRUE(frontend.ok()) << frontend.error().message;
  SentRequest sent(golden.text("request"));
  auth::Identity identity;
  NoFacts facts;
  for (int run = 0; run < 3; run++) {
    Recorder response;
    Exchange exchange{.request = sent.request,
                      .identity = identity,
                      .facts = facts,
                      .catalog = nullptr,
                      .now = 0,
                      .response = response};
    std::optional<Work> work = (*frontend)->begin(exchange);
    if (work) database().run(*work);
    // A case may tell that only the runs after the first can answer.
    bool is_first = run == 0 && golden.has("expect first");
    golden.expect(is_first ? "expect first" : "expect", response.out);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, QueryAnswerCase,
                         ::testing::ValuesIn(golden_cases("query_answer")),
                         golden_name);

}  // namespace
}  // namespace trestle::testing
