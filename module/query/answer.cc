#include "query/answer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "encode/csv.h"
#include "frontend/errors.h"
#include "query/errors.h"

namespace trestle::query {

namespace {

constexpr std::size_t kFlushBytes = 64 * 1024;
constexpr int kNoContent = 204;
constexpr int kNotModified = 304;
constexpr int kMethodNotAllowed = 405;
constexpr std::string_view kNotSupported = "0A000";
constexpr std::string_view kTooManyRows = "21000";

// Whether a mixed form's run says enough of each column: it has JSON of its
// own, whatever the type has become, or its type has a direct form.
bool fits(const RowForm& form, std::span<const ResultColumn> columns) {
  auto extras = static_cast<std::size_t>(std::ranges::count_if(
      form.json_at, [](int place) { return place >= 0; }));
  if (columns.size() != form.json_at.size() + extras) return false;
  for (std::size_t i = 0; i < form.json_at.size(); i++)
    if (form.json_at[i] < 0 && !encode::can_encode(columns[i].type))
      return false;
  return true;
}

void send_whole(ResponseSink& response, ResponseHead head,
                std::string_view body) {
  response.head(std::move(head));
  if (!body.empty()) static_cast<void>(response.body(body));
  response.end();
}

// The answer to a login or logout, given when the session table knows of it.
class LoginAnswer final : public SessionAnswer {
 public:
  LoginAnswer(const Exchange& exchange, ResponseHead head, std::string body)
      : exchange_(exchange), head_(std::move(head)), body_(std::move(body)) {}

  void on_done() override {
    send_whole(exchange_.response, std::move(head_), body_);
  }
  void on_error(const RunError& error) override {
    answer_error(
        exchange_.response,
        error_of(error, Access::write, exchange_.identity.authenticated()));
  }

 private:
  const Exchange exchange_;
  ResponseHead head_;
  std::string body_;
};

}  // namespace

Answer::Answer(const AnswerContext& context, const Exchange& exchange,
               Format format, Access access,
               std::vector<std::shared_ptr<const RowForm>> running)
    : context_(context),
      exchange_(exchange),
      format_(format),
      access_(access),
      is_object_(context.section.result_count() > 1),
      running_(std::move(running)) {
  for (const HeaderTemplate& header : context_.section.headers)
    for (const TemplatePiece& piece : header.value)
      if (piece.statement)
        wanted_.push_back({.statement = *piece.statement,
                           .header = header.name,
                           .column = piece.column,
                           .value = std::nullopt});
}

// --- rows
// ---------------------------------------------------------------------

void Answer::on_columns(std::size_t statement,
                        std::span<const ResultColumn> columns) {
  if (at(statement).shape == ResultShape::exec || failure_) return;
  if (!accept_columns(statement, columns)) return;
  columns = columns.first(columns_);
  find_wanted(statement, columns);
  if (failure_) return;
  if (at(statement).shape == ResultShape::value && columns_ != 1)
    return fail(errors::not_a_value(columns_));
  if (format_ == Format::csv)
    encode::append_csv_header(body_, columns);
  else
    json_ = encode::JsonRows(columns);
  open_result(statement);
}

// Compares what came with what the form expects, and learns from a probe. False
// after a failure.
bool Answer::accept_columns(std::size_t statement,
                            std::span<const ResultColumn> columns) {
  const RowForm& form = *running_[statement];
  StatementForms& forms = *context_.forms[statement];
  columns_ = columns.size();
  if (form.kind == RowForm::Kind::probe && columns_ > 0) {
    columns_--;
    forms.learn(columns);
    first_name_ = columns.front().name;
    return true;
  }
  if (format_ == Format::csv) return true;
  if (form.kind == RowForm::Kind::mixed) {
    columns_ = form.types.size();
    if (fits(form, columns)) {
      bool is_known = std::ranges::equal(form.types, columns.first(columns_),
                                         {}, {}, &ResultColumn::type);
      if (!is_known) forms.forget();
      return true;
    }
  } else {
    auto strange = std::ranges::find_if(columns, [](const ResultColumn& c) {
      return !encode::can_encode(c.type);
    });
    if (strange == columns.end()) return true;
    if (!forms.can_probe()) {
      fail(errors::no_json_form(strange->name));
      return false;
    }
  }
  forms.forget();
  fail(errors::types_changed(has_written()));
  return false;
}

void Answer::find_wanted(std::size_t statement,
                         std::span<const ResultColumn> columns) {
  for (Wanted& cell : wanted_) {
    if (cell.statement != statement || cell.column.empty()) continue;
    auto found = std::ranges::find(columns, cell.column, &ResultColumn::name);
    if (found == columns.end())
      return fail(trestle::errors::no_header_column(cell.header, cell.column));
    cell.index = static_cast<std::size_t>(found - columns.begin());
  }
}

void Answer::keep_wanted(std::size_t statement, std::span<const Cell> cells) {
  for (Wanted& cell : wanted_)
    if (cell.statement == statement && cell.index < cells.size() &&
        !is_null(cells[cell.index]))
      cell.value = std::string(cells[cell.index]);
}

void Answer::open_result(std::size_t statement) {
  if (open_ == statement) return;
  open_ = statement;
  rows_ = 0;
  if (format_ != Format::json) return;
  if (is_object_) {
    body_.push_back(body_.empty() && !head_sent_ ? '{' : ',');
    append_json_string(body_, at(statement).name);
    body_.push_back(':');
  }
  if (is_list(statement)) body_.push_back('[');
}

bool Answer::on_row(std::size_t statement, std::span<const Cell> cells) {
  if (at(statement).shape == ResultShape::exec || failure_) return true;
  rows_++;
  if (rows_ > 1 && !is_list(statement)) {
    fail(errors::many_rows(at(statement).name));
    return true;
  }
  if (rows_ == 1) keep_wanted(statement, cells);
  write_row(statement, cells);
  if (body_.size() < kFlushBytes) return true;
  return send_full_buffer(statement);
}

void Answer::write_row(std::size_t statement, std::span<const Cell> cells) {
  switch (format_) {
    case Format::csv:
      encode::append_csv_row(body_, cells.first(columns_));
      return;
    case Format::ndjson:
      write_json_row(statement, cells);
      body_.push_back('\n');
      return;
    case Format::json:
      if (rows_ > 1) body_.push_back(',');
      write_json_row(statement, cells);
      return;
  }
}

void Answer::write_json_row(std::size_t statement,
                            std::span<const Cell> cells) {
  const RowForm& form = *running_[statement];
  bool is_value = at(statement).shape == ResultShape::value;
  if (form.kind == RowForm::Kind::plain) {
    if (is_value)
      json_.append_value(body_, 0, cells[0]);
    else
      json_.append_object(body_, cells);
  } else if (form.kind == RowForm::Kind::mixed) {
    if (is_value)
      json_.append_mixed_value(body_, cells, form.json_at, 0);
    else
      json_.append_mixed(body_, cells, form.json_at);
  } else if (is_value) {
    write_probed_value(cells);
  } else {
    body_.append(cells.back());
  }
}

// The row is {"name":VALUE}.
void Answer::write_probed_value(std::span<const Cell> cells) {
  std::string key = "{";
  append_json_string(key, first_name_);
  key.push_back(':');
  std::string_view object = cells.back();
  body_.append(object.substr(key.size(), object.size() - key.size() - 1));
}

void Answer::on_statement_done(std::size_t statement, std::uint64_t affected) {
  static_cast<void>(affected);
  const FileStatement& done = at(statement);
  if (done.shape == ResultShape::exec || failure_) return;
  open_result(statement);
  if (rows_ == 0 && done.shape == ResultShape::one) {
    bool is_login = context_.section.token_s || context_.section.begins_session;
    return fail(is_login ? errors::nobody() : errors::no_row(done.name));
  }
  close_result(statement);
}

void Answer::close_result(std::size_t statement) {
  if (format_ != Format::json) return;
  if (is_list(statement))
    body_.push_back(']');
  else if (rows_ == 0)
    body_.append("null");
}

// --- the answer
// ---------------------------------------------------------------

void Answer::fail(Error error) {
  if (failure_) return;
  failure_ = std::move(error);
  body_.clear();
  if (!take_back()) exchange_.response.abort();
}

// Nothing of the answer has reached the client: an error can still be told.
bool Answer::take_back() {
  if (head_sent_ && exchange_.response.restart()) head_sent_ = false;
  return !head_sent_;
}

// A read may be sent as soon as nothing can turn it into an error page any more
// but the database itself.
bool Answer::may_send(std::size_t statement) const {
  if (access_ == Access::write) return false;
  const std::vector<FileStatement>& all = context_.section.statements;
  return std::none_of(all.begin() + static_cast<std::ptrdiff_t>(statement),
                      all.end(), [](const FileStatement& each) {
                        return each.shape == ResultShape::one ||
                               each.shape == ResultShape::value;
                      });
}

bool Answer::send_full_buffer(std::size_t statement) {
  if (!may_send(statement)) {
    if (body_.size() > context_.held_limit_bytes)
      fail(errors::too_large(context_.held_limit_bytes, has_written()));
    return true;
  }
  if (!head_sent_) {
    Result<ResponseHead> head = make_head();
    if (!head.ok()) {
      fail(std::move(head).error());
      return true;
    }
    exchange_.response.head(std::move(head).value());
    head_sent_ = true;
  }
  bool is_fast = exchange_.response.body(body_);
  body_.clear();
  return is_fast;
}

const Answer::Wanted* Answer::wanted(std::size_t statement,
                                     std::string_view column) const {
  auto found = std::ranges::find_if(wanted_, [&](const Wanted& cell) {
    return cell.statement == statement && cell.column == column;
  });
  return found == wanted_.end() ? nullptr : &*found;
}

Result<Param> Answer::cell(const HeaderTemplate&,
                           const TemplatePiece& piece) const {
  const Wanted* found = wanted(*piece.statement, piece.column);
  return found == nullptr ? Param() : found->value;
}

Result<ResponseHead> Answer::make_head() const {
  ResponseHead head;
  bool is_empty = context_.section.result_count() == 0;
  if (context_.section.status != 0)
    head.status = context_.section.status;
  else if (is_empty)
    head.status = kNoContent;
  if (!is_empty) {
    head.content_type = content_type_of(format_);
    head.headers.push_back({.name = "Vary", .value = "Accept"});
  }
  Result<void> added = add_headers(context_.section, *this, head.headers);
  if (!added.ok()) return std::move(added).error();
  return head;
}

// Makes the claims in body_ a token, a session cookie, or both.
Result<void> Answer::finish_login(ResponseHead& head) {
  const FileSection& section = context_.section;
  if (!section.ends_session && !section.token_s && !section.begins_session)
    return {};
  std::string claims;
  if (section.token_s || section.begins_session) {
    head.headers.push_back({.name = "Cache-Control", .value = "no-store"});
    claims = std::exchange(body_, {});
  }
  Result<SessionChange> session =
      change_session(section, claims, exchange_, context_.sessions);
  if (!session.ok()) return std::move(session).error();
  std::ranges::move(session->cookies, std::back_inserter(head.headers));
  session_statements_ = std::move(session->statements);
  if (!section.token_s) {
    if (section.begins_session && section.status == 0) head.status = kNoContent;
    return {};
  }
  Result<std::string> token = context_.sessions.authenticator->sign_token(
      claims, *section.token_s, exchange_.now);
  if (!token.ok()) return std::move(token).error();
  JsonWriter(body_).begin_object().key("token").string(*token).end_object();
  return {};
}

void Answer::on_done() {
  ResponseSink& response = exchange_.response;
  if (failure_) {
    if (!head_sent_) answer_error(response, *failure_);
    return;
  }
  if (is_object_ && format_ == Format::json) body_.push_back('}');
  if (!head_sent_) {
    Result<ResponseHead> head = make_head();
    if (!head.ok()) return answer_error(response, head.error());
    Result<void> login = finish_login(*head);
    if (!login.ok()) return answer_error(response, login.error());
    return finish(std::move(head).value());
  }
  if (!body_.empty()) static_cast<void>(response.body(body_));
  response.end();
}

// Nothing has been sent yet, and the whole answer is known.
void Answer::finish(ResponseHead head) {
  if (body_.empty()) head.content_type.clear();
  if (head.status == kNoContent || head.status == kNotModified)
    body_.clear();
  else
    head.content_length = body_.size();
  if (session_statements_.empty())
    return send_whole(exchange_.response, std::move(head), body_);
  next_ = session_work(
      std::move(session_statements_), exchange_,
      std::make_unique<LoginAnswer>(exchange_, std::move(head), body_));
}

std::optional<Work> Answer::take_next() {
  return std::exchange(next_, std::nullopt);
}

void Answer::on_error(const RunError& error) {
  bool known = error.kind == RunError::Kind::database &&
               error.statement < running_.size();
  bool is_wrapped = known && running_[error.statement]->is_wrapped;
  if (is_wrapped && error.sqlstate == kNotSupported)
    context_.forms[error.statement]->unwrap();
  if (!take_back()) {
    if (!failure_) exchange_.response.abort();
    return;
  }
  bool is_second_row = is_wrapped && error.sqlstate == kTooManyRows &&
                       has_written() && !is_list(error.statement) &&
                       at(error.statement).shape != ResultShape::exec;
  answer_refusal(is_second_row ? errors::many_rows(at(error.statement).name)
                               : error_of(error, access_,
                                          exchange_.identity.authenticated()));
}

// answer_error(), and Allow where a 405 must have it (RFC 9110 15.5.6).
void Answer::answer_refusal(const Error& error) {
  std::string body = error_body(error);
  ResponseHead head = error_head(error);
  head.content_length = body.size();
  if (error.http_status == kMethodNotAllowed)
    head.headers.push_back(
        {.name = "Allow", .value = std::string(context_.writing_methods)});
  send_whole(exchange_.response, std::move(head), body);
}

}  // namespace trestle::query
