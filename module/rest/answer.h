// The last stage: from the rows of a run to status, headers and body.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/http_message.h"
#include "frontend/frontend.h"
#include "rest/flat_rows.h"
#include "rest/plan.h"
#include "rest/shape.h"
#include "sql/row_sink.h"

namespace trestle::rest {

// When each stage ended, for Server-Timing.
struct Timing {
  const Clock* clock = nullptr;  // null: nobody asks
  std::uint64_t identity_us = 0;
  std::uint64_t begun_us = 0;
  std::uint64_t parsed_us = 0;
  std::uint64_t planned_us = 0;
  std::uint64_t run_us = 0;

  void mark(std::uint64_t& stage) const {
    if (clock != nullptr) stage = clock->now_us();
  }
};

// All that one request's answer needs.
struct RequestState {
  ShapeRef shape;
  const RestConfig* config = nullptr;
  catalog::CatalogRef catalog;  // that it was planned by
  std::string_view query;       // as sent; lives as long as the request
  QueryParameters parameters;   // the same, taken apart
  Range range;                  // of the root level
  bool authenticated = false;
  std::vector<Header> extra_headers;  // CORS, trace
  Timing timing;
  // As seen from outside.
  std::string_view scheme;
  std::string_view host;
};

// What the main statement's row said.
struct MainRow {
  std::optional<std::int64_t> total;
  // Not known: more rows follow what is sent first.
  std::optional<std::int64_t> rows = 0;
  std::string body;
  std::optional<std::string> headers;
  std::optional<std::string> status;
  std::optional<std::int64_t> inserted;
  // Values of plan.location_columns.
  std::vector<std::optional<std::string>> location;
  // Values of plan.asides, of the last row; empty without rows.
  std::vector<std::optional<std::string>> asides;
};

// The answer that a row makes.
struct Answer {
  ResponseHead head;
  std::string body;
};
[[nodiscard]] Result<Answer> make_answer(const RequestState& state,
                                         MainRow row);

// The answer to a refusal: compact JSON, Proxy-Status. `authenticated` as in
// http_status_of().
[[nodiscard]] Answer make_error(const RestConfig& config, const Error& error);
// What a failed run is to the client.
[[nodiscard]] Answer make_run_error(const RequestState& state,
                                    const RunError& error);

// OPTIONS. Errors as for any request of the resource.
[[nodiscard]] Result<Answer> make_info(const RequestState& state);

// Preference-Applied, or "" when nothing had an effect.
[[nodiscard]] std::string preferences_applied(const RequestState& state);

// `head_only`: without its body.
void send_answer(bool head_only, Answer answer, ResponseSink& response);

// "jwt;dur=0.1, parse;dur=0.0, ...": milliseconds of the stages that were
// passed; "" when nobody asks.
[[nodiscard]] std::string server_timing(const Timing& timing);

// CORS and trace headers of a request.
[[nodiscard]] std::vector<Header> request_headers(const Request& request,
                                                  const RestConfig& config);

// Receives the rows of a run and answers once they hold. A flat read that is
// long is sent while it runs; an error that comes after its first byte breaks
// the connection.
class AnswerSink final : public RowSink {
 public:
  AnswerSink(std::unique_ptr<RequestState> state, ResponseSink& response);

  void on_columns(std::size_t statement,
                  std::span<const ResultColumn> columns) override;
  bool on_row(std::size_t statement, std::span<const Cell> cells) override;
  void on_statement_done(std::size_t statement,
                         std::uint64_t affected) override;
  void on_done() override;
  void on_error(const RunError& error) override;

 private:
  void check_types(std::span<const ResultColumn> columns);
  void read_main_row(std::span<const Cell> cells);
  void read_asides(Cell cell);
  void read_settings(std::span<const Cell> cells);
  [[nodiscard]] std::optional<std::int64_t> total() const;
  [[nodiscard]] std::optional<std::int64_t> rows_ahead() const;
  [[nodiscard]] bool send_begun();
  void finish_head(ResponseHead& head) const;
  void send(Answer answer);

  std::unique_ptr<RequestState> state_;
  ResponseSink& response_;
  MainRow row_;
  FlatRows flat_;
  std::int64_t affected_ = 0;  // of a flat change
  bool head_sent_ = false;
  bool outdated_ = false;        // the columns say less than JSON needs
  std::string explained_;        // lines of the main statement's EXPLAIN
  std::string explained_count_;  // of the count's
  std::vector<std::string> described_;
};

}  // namespace trestle::rest
