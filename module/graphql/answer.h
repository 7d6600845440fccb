// Turns the rows of planned operations into the HTTP answer: the pieces of each
// plan with what its statements answer between them, cells of JSON or rows.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_message.h"
#include "base/result.h"
#include "frontend/frontend.h"
#include "graphql/planner.h"
#include "graphql/request.h"
#include "graphql/row_tree.h"
#include "sql/row_sink.h"

namespace trestle::graphql {

// One request of a batch: a plan, or an answer that needs no database.
struct Part {
  std::vector<Piece> pieces;
  std::vector<FailurePlace> places;
  std::shared_ptr<const RowShape> rows;
  std::size_t first_statement = 0;
  std::string ready;            // the whole answer, when nothing has to be run
  std::string_view error_code;  // of `ready`, a constant; empty: no error
};

// Sends one JSON text as the whole answer; `error_code` is that of its first
// error.
void send_json(ResponseSink& response, Media media, int status,
               std::string_view body, std::string_view error_code = {});

// Answers a request that was refused before its document could be read
// (Frontend::refuse()).
void refuse_graphql(const Request& request, const Error& error,
                    ResponseSink& response);

class GraphqlAnswer final : public RowSink {
 public:
  // `response` outlives it, and `live`, which may be null; `cursor_column` as
  // in OperationPlan.
  GraphqlAnswer(ResponseSink& response, Media media, bool batch, bool write,
                std::vector<Part> parts, std::size_t statements,
                LiveState* live = nullptr,
                std::optional<std::size_t> cursor_column = std::nullopt);

  void on_columns(std::size_t statement,
                  std::span<const ResultColumn> columns) override;
  bool on_row(std::size_t statement, std::span<const Cell> cells) override;
  void on_statement_done(std::size_t statement,
                         std::uint64_t affected) override;
  void on_done() override;
  void on_error(const RunError& error) override;

 private:
  void take_cursor(std::span<const Cell> cells);
  void append_part(std::string& out, const Part& part);
  // The code of the first part that was refused; empty: none was.
  [[nodiscard]] std::string_view first_error() const;
  [[nodiscard]] std::string failure_of(std::size_t index, std::size_t failed,
                                       const GraphqlError& error,
                                       bool executed) const;

  ResponseSink& response_;
  Media media_;
  bool batch_;
  bool write_;
  LiveState* live_;
  std::optional<std::size_t> cursor_column_;
  bool outdated_ = false;  // columns say less than JSON needs
  std::vector<Part> parts_;
  // By statement.
  std::vector<std::vector<std::string>> cells_;
  std::vector<std::unique_ptr<RowTree>> trees_;  // null: a row of cells
};

}  // namespace trestle::graphql
