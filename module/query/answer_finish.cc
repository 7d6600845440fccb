// The second half of an answer: its head, logins, the end and errors.
#include <algorithm>
#include <iterator>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "frontend/errors.h"
#include "query/answer.h"
#include "query/errors.h"

namespace trestle::query {

namespace {

constexpr int kNoContent = 204;
constexpr int kNotModified = 304;
constexpr int kMethodNotAllowed = 405;
constexpr std::string_view kNotSupported = "0A000";
constexpr std::string_view kTooManyRows = "21000";

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
