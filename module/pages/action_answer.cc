#include "pages/action_answer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "frontend/answer_headers.h"
#include "frontend/errors.h"
#include "frontend/judge.h"
#include "frontend/session_change.h"
#include "frontend/settings.h"
#include "pages/error_page.h"
#include "pages/errors.h"
#include "pages/facts.h"
#include "pages/page_answer.h"
#include "pages/send.h"
#include "sql/annotations.h"

namespace trestle::pages {

namespace {

constexpr int kUnprocessable = 422;

// A path of this site and nothing that a browser takes for another's.
bool is_local(std::string_view path) {
  return path.starts_with('/') && !path.starts_with("//") &&
         path.find('\\') == std::string_view::npos && !has_control(path);
}

// What a violated constraint says when it has no comment.
std::string_view violation_message(std::string_view sqlstate) {
  if (sqlstate == "23502") return "This field is required";
  if (sqlstate == "23505") return "This is taken already";
  if (sqlstate == "23503") return "This refers to what is not there";
  return "This value is not allowed";
}

bool is_violation(std::string_view sqlstate) {
  return sqlstate == "23502" || sqlstate == "23503" || sqlstate == "23505" ||
         sqlstate == "23514" || sqlstate == "23P01";
}

// Shows the page again; a client that wants JSON, and a form without a page of
// its own, get the errors alone.
std::optional<Work> show_again(
    const std::shared_ptr<Visit>& visit,
    std::optional<Violation> violation = std::nullopt) {
  visit->status = kUnprocessable;
  if (visit->page->program != nullptr)
    return show_page(visit, std::move(violation));
  std::string message =
      violation ? violation->fallback : visit->form_errors.front().second;
  answer_error_page(*visit, {.code = "PT422",
                             .http_status = kUnprocessable,
                             .message = std::move(message)});
  return std::nullopt;
}

// Leads on when the session table has learned who logs in or out.
class RedirectAnswer final : public SessionAnswer {
 public:
  RedirectAnswer(std::shared_ptr<Visit> visit, std::string location,
                 std::vector<Header> headers)
      : visit_(std::move(visit)),
        location_(std::move(location)),
        headers_(std::move(headers)) {}

  void on_done() override {
    answer_redirect(*visit_, std::move(location_), std::move(headers_));
  }
  void on_error(const RunError& error) override {
    answer_run_error(*visit_, error, Access::write, nullptr, 0, {});
  }

 private:
  std::shared_ptr<Visit> visit_;
  std::string location_;
  std::vector<Header> headers_;
};

class ActionAnswer final : public RowSink, public Continuation {
 public:
  ActionAnswer(std::shared_ptr<Visit> visit, const PageSection& section,
               std::vector<Param> values)
      : visit_(std::move(visit)),
        section_(section),
        values_(std::move(values)),
        results_(section.statements.size()) {}

  void on_columns(std::size_t statement,
                  std::span<const ResultColumn> columns) override {
    results_.on_columns(statement, columns);
  }

  bool on_row(std::size_t statement, std::span<const Cell> cells) override {
    bool keeps = at(statement).shape != ResultShape::exec &&
                 results_.count(statement) == 0;
    if (keeps) results_.on_row(statement, cells);
    return true;
  }

  void on_statement_done(std::size_t statement, std::uint64_t) override {
    if (at(statement).shape == ResultShape::one &&
        results_.count(statement) == 0)
      is_missing_ = true;
  }

  void on_done() override {
    if (is_missing_) return on_missing();
    std::vector<Header> headers;
    Result<void> added = add_headers(results_, section_, headers);
    if (!added.ok()) return answer_error_page(*visit_, added.error());
    Result<SessionChange> session = change_session(
        *section_.file, claims(), visit_->exchange, visit_->place->sessions);
    if (!session.ok()) return answer_error_page(*visit_, session.error());
    std::ranges::move(session->cookies, std::back_inserter(headers));
    add_flashes(headers);
    if (session->statements.empty())
      return answer_redirect(*visit_, location(), std::move(headers));
    next_ = session_work(std::move(session->statements), visit_->exchange,
                         std::make_unique<RedirectAnswer>(visit_, location(),
                                                          std::move(headers)));
  }

  void on_error(const RunError& error) override {
    bool is_database = error.kind == RunError::Kind::database;
    bool shows_page = visit_->page->program != nullptr || visit_->wants_json;
    if (is_database && shows_page && is_violation(error.sqlstate)) {
      if (!error.column.empty())
        return refill(error.column, violation_message(error.sqlstate));
      violation_ =
          Violation{.constraint = error.constraint,
                    .table = error.table,
                    .fallback = std::string(violation_message(error.sqlstate))};
      is_refused_ = true;
      return;
    }
    if (is_database && shows_page && error.sqlstate == "PT422")
      return refill(
          error.column.empty() ? std::string(kWholeForm) : error.column,
          error.message);
    // A value that is no number, no date, too large ...: class 22.
    if (is_database && shows_page && error.sqlstate.starts_with("22"))
      return refill(std::string(kWholeForm), error.message);
    answer_run_error(*visit_, error, Access::write, &section_, error.statement,
                     values_);
  }

  std::optional<Work> take_next() override {
    if (next_) return std::exchange(next_, std::nullopt);
    if (!is_refused_) return std::nullopt;
    is_refused_ = false;
    return show_again(visit_, std::move(violation_));
  }

 private:
  [[nodiscard]] const FileStatement& at(std::size_t statement) const {
    return section_.file->statements[statement];
  }

  void refill(std::string field, std::string_view message) {
    visit_->form_errors.emplace_back(std::move(field), message);
    is_refused_ = true;
  }

  // No row to log in with, or to change.
  void on_missing() {
    const std::string& told = section_.rules.refusal;
    if (told.empty() && !section_.file->begins_session)
      return answer_error_page(*visit_, errors::no_row());
    refill(std::string(kWholeForm),
           told.empty() ? "This was not accepted" : std::string_view(told));
  }

  // The row that logs in, as JSON; empty when nobody does.
  [[nodiscard]] std::string claims() const {
    std::string text;
    for (std::size_t i = 0; i < section_.statements.size(); i++)
      if (section_.file->begins_session && at(i).shape == ResultShape::one)
        results_.append_json(text, i, ResultShape::one);
    return text;
  }

  void add_flashes(std::vector<Header>& cookies) {
    if (section_.rules.flashes.empty()) return;
    Flashes flashes;
    for (const FlashRule& rule : section_.rules.flashes)
      flashes.emplace_back(rule.category, filled(rule.text, false));
    if (auto cookie = flash_cookie(*visit_->place->sessions.authenticator,
                                   flashes, visit_->is_secure()))
      cookies.push_back({.name = "Set-Cookie", .value = *std::move(cookie)});
  }

  // A cell, else a parameter of the section, the route or the form.
  [[nodiscard]] std::string piece_value(const TemplatePiece& piece) const {
    if (piece.statement && *piece.statement != kUnresolved)
      return results_.cell(*piece.statement, piece.column).value_or("");
    const std::vector<FileParam>& params = section_.file->params;
    for (std::size_t i = 0; i < params.size(); i++)
      if (params[i].spelling() == piece.text) return values_[i].value_or("");
    for (const auto& [name, value] : visit_->params)
      if (name == piece.text) return value;
    const Param* sent = visit_->form.find(piece.text);
    return sent == nullptr ? "" : sent->value_or("");
  }

  [[nodiscard]] std::string filled(const std::vector<TemplatePiece>& pieces,
                                   bool encode) const {
    std::string text;
    for (const TemplatePiece& piece : pieces) {
      if (!piece.statement)
        text.append(piece.text);
      else
        text.append(encode ? url_encode(piece_value(piece))
                           : piece_value(piece));
    }
    return text;
  }

  // Where to go on: what the file says, else the page itself. A value that is
  // the whole address must be a path of ours.
  [[nodiscard]] std::string location() const {
    const std::vector<TemplatePiece>& pieces = section_.rules.redirect;
    if (pieces.empty()) {
      std::string_view path = visit_->request().path;
      return is_local(path) ? url_path(path) : visit_->place->base;
    }
    if (pieces[0].statement) {
      std::string whole = filled(pieces, false);
      return is_local(whole) ? whole : visit_->place->base;
    }
    std::string text = filled(pieces, true);
    return text.starts_with('/') ? visit_->path(text) : text;
  }

  static std::string url_path(std::string_view path) {
    std::string text;
    for (std::string_view segment : split(path, '/'))
      text.append("/").append(url_encode(segment));
    return text.substr(1);
  }

  std::shared_ptr<Visit> visit_;
  const PageSection& section_;
  std::vector<Param> values_;
  Results results_;
  bool is_missing_ = false;
  bool is_refused_ = false;
  std::optional<Violation> violation_;
  std::optional<Work> next_;  // what the session table is to learn
};

// A required parameter that nobody brings is a field left empty.
void check_required(const PageSection& section, Visit& visit,
                    const RequestFacts& facts) {
  for (const FileParam& param : section.file->params) {
    if (!param.required || param.source != ParamSource::named) continue;
    const Param* sent = visit.form.find(param.name);
    bool is_there = facts.param(param.name) || facts.capture(param.name) ||
                    (sent != nullptr && sent->has_value());
    bool is_told = std::ranges::any_of(
        visit.form_errors,
        [&](const auto& error) { return error.first == param.name; });
    if (!is_there && !is_told)
      visit.form_errors.emplace_back(param.name, "This field is required");
  }
}

}  // namespace

std::optional<Work> run_action(const std::shared_ptr<Visit>& visit,
                               const PageSection& section) {
  RouteFacts facts(visit->exchange.facts, visit->params);
  visit->form_errors = check_form(section.rules, visit->form);
  check_required(section, *visit, facts);
  if (!visit->form_errors.empty()) return show_again(visit);

  Result<std::vector<Param>> values =
      action_values(*section.file, *visit, facts);
  if (!values.ok()) {
    answer_error_page(*visit, values.error());
    return std::nullopt;
  }
  Work work;
  std::vector<const StatementFacts*> known;
  for (std::size_t i = 0; i < section.statements.size(); i++) {
    const FileStatement& statement = section.file->statements[i];
    work.plan.statements.push_back(
        {.sql = section.statements[i],
         .params = statement_params(statement, *values)});
    known.push_back(&statement.facts);
  }
  const Judgement judgement = judge(visit->exchange, work.plan, known);
  work.plan.access = judgement.is_clean_read() ? Access::read : Access::write;
  work.plan.effects = judgement.effects;
  work.settings = request_settings(visit->exchange, judgement);
  auto answer = std::make_unique<ActionAnswer>(visit, section, *values);
  if (work.plan.statements.empty()) {
    answer->on_done();
    return answer->take_next();
  }
  work.continuation = answer.get();
  work.answer = std::move(answer);
  return work;
}

}  // namespace trestle::pages
