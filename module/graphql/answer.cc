#include "graphql/answer.h"

#include <algorithm>

#include "base/text.h"
#include "encode/type_kind.h"
#include "graphql/run_errors.h"

namespace trestle::graphql {

void send_json(ResponseSink& response, Media media, int status,
               std::string_view body, std::string_view error_code) {
  response.head(
      {.status = status,
       .content_type = media == Media::json
                           ? "application/json; charset=utf-8"
                           : "application/graphql-response+json; charset=utf-8",
       .headers = {{"Vary", "Accept"}},
       .content_length = body.size(),
       .error_code = std::string(error_code)});
  static_cast<void>(response.body(body));
  response.end();
}

void refuse_graphql(const Request& request, const Error& error,
                    ResponseSink& response) {
  Media media = negotiate(request.header("accept")).value_or(Media::json);
  std::string_view code = error.http_status == 401   ? "invalid-jwt"
                          : error.http_status == 403 ? "access-denied"
                                                     : code::kUnexpected;
  send_json(response, media, error.http_status,
            error_document({{.message = error.message, .code = code}}), code);
}

GraphqlAnswer::GraphqlAnswer(ResponseSink& response, Media media, bool batch,
                             bool write, std::vector<Part> parts,
                             std::size_t statements, LiveState* live,
                             std::optional<std::size_t> cursor_column)
    : response_(response),
      media_(media),
      batch_(batch),
      write_(write),
      live_(live),
      cursor_column_(cursor_column),
      parts_(std::move(parts)),
      cells_(statements),
      trees_(statements) {
  for (const Part& part : parts_)
    if (part.rows != nullptr)
      trees_[part.first_statement] = std::make_unique<RowTree>(part.rows);
}

void GraphqlAnswer::on_columns(std::size_t statement,
                               std::span<const ResultColumn> columns) {
  if (trees_[statement] == nullptr) return;
  trees_[statement]->on_columns(columns);
  // Whose text says too little has got another type since the plan was made.
  const bool fits = std::ranges::all_of(columns, [](const ResultColumn& each) {
    return encode::can_encode(each.type);
  });
  if (!fits) outdated_ |= !response_.plan_again(Outdated::catalog);
}

// A statement without a tree answers one row; a row that is missing is null.
bool GraphqlAnswer::on_row(std::size_t statement, std::span<const Cell> cells) {
  if (trees_[statement] != nullptr) {
    trees_[statement]->on_row(cells);
    return true;
  }
  std::vector<std::string>& kept = cells_[statement];
  kept.clear();
  for (Cell cell : cells)
    kept.emplace_back(is_null(cell) ? std::string_view("null") : cell);
  if (cursor_column_ && statement == 0) take_cursor(cells);
  return true;
}

// An empty batch leaves the stream where it was.
void GraphqlAnswer::take_cursor(std::span<const Cell> cells) {
  if (live_ == nullptr || *cursor_column_ >= cells.size()) return;
  const Cell cursor = cells[*cursor_column_];
  live_->nothing_new = is_null(cursor);
  if (!live_->nothing_new) live_->cursor = std::string(cursor);
}

void GraphqlAnswer::on_statement_done(std::size_t statement,
                                      std::uint64_t affected) {
  static_cast<void>(statement);
  static_cast<void>(affected);
}

void GraphqlAnswer::append_part(std::string& out, const Part& part) {
  if (!part.ready.empty()) {
    out.append(part.ready);
    return;
  }
  out.append("{\"data\":");
  for (const Piece& piece : part.pieces) {
    out.append(piece.text);
    if (piece.statement < 0) continue;
    std::size_t statement =
        part.first_statement + static_cast<std::size_t>(piece.statement);
    if (trees_[statement] != nullptr) {
      trees_[statement]->append_to(out);
      continue;
    }
    const std::vector<std::string>& cells = cells_[statement];
    auto column = static_cast<std::size_t>(piece.column);
    out.append(column < cells.size() ? std::string_view(cells[column])
                                     : std::string_view("null"));
  }
  out.push_back('}');
}

std::string_view GraphqlAnswer::first_error() const {
  for (const Part& part : parts_)
    if (!part.error_code.empty()) return part.error_code;
  return {};
}

void GraphqlAnswer::on_done() {
  if (outdated_) {
    RunError error;
    error.sqlstate = "0A000";
    error.message = "the types of a result have changed";
    return on_error(error);
  }
  std::string body;
  if (batch_) body.push_back('[');
  for (const Part& part : parts_) {
    if (&part != &parts_.front()) body.push_back(',');
    append_part(body, part);
  }
  if (batch_) body.push_back(']');
  send_json(response_, media_, 200, body, first_error());
}

// The requests of a batch are one transaction: where one fails, none holds.
std::string GraphqlAnswer::failure_of(std::size_t index, std::size_t failed,
                                      const GraphqlError& error,
                                      bool executed) const {
  if (index != failed && !parts_[index].ready.empty())
    return parts_[index].ready;
  GraphqlError shown = error;
  if (index != failed)
    shown = {.message = "another request of the batch has failed",
             .code = code::kUnexpected};
  std::string out = executed ? "{\"data\":null,\"errors\":[" : "{\"errors\":[";
  append_error(out, shown);
  out.append("]}");
  return out;
}

void GraphqlAnswer::on_error(const RunError& error) {
  std::size_t failed = 0;
  for (std::size_t i = 0; i < parts_.size(); i++)
    if (parts_[i].ready.empty() && parts_[i].first_statement <= error.statement)
      failed = i;
  FailurePlace place{.path = "$", .field = {}};
  const Part& part = parts_[failed];
  if (error.statement >= part.first_statement &&
      error.statement - part.first_statement < part.places.size())
    place = part.places[error.statement - part.first_statement];
  RunFailure failure = describe(error, std::move(place.path), write_);
  if (failure.executed) failure.error.field = std::move(place.field);
  std::string body;
  if (batch_) body.push_back('[');
  for (std::size_t i = 0; i < parts_.size(); i++) {
    if (i > 0) body.push_back(',');
    body.append(failure_of(i, failed, failure.error, failure.executed));
  }
  if (batch_) body.push_back(']');
  send_json(response_, media_, failure.http_status, body, failure.error.code);
}

}  // namespace trestle::graphql
