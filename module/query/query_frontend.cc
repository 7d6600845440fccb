#include "query/query_frontend.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "frontend/errors.h"
#include "frontend/judge.h"
#include "frontend/request_values.h"
#include "frontend/settings.h"
#include "query/answer.h"
#include "query/errors.h"
#include "query/media.h"
#include "query/statement_forms.h"
#include "sql/handler_file.h"

namespace trestle::query {

namespace {

constexpr int kNoContent = 204;

bool is_read(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

void append_item(std::string& list, std::string_view item) {
  list.append(list.empty() ? "" : ", ").append(item);
}

// A section with the SQL of its statements.
struct Handler {
  const FileSection* section;
  std::vector<std::unique_ptr<StatementForms>> forms;
};

class QueryFrontend final : public Frontend {
 public:
  QueryFrontend(QueryOptions options, HandlerFile file)
      : options_(std::move(options)), file_(std::move(file)) {
    for (const FileSection& section : file_.sections) {
      Handler& handler = handlers_.emplace_back(Handler{&section, {}});
      for (const FileStatement& statement : section.statements)
        handler.forms.push_back(std::make_unique<StatementForms>(statement));
    }
    for (std::string_view method : file_.methods()) {
      if (!is_allowed(method)) continue;
      append_item(allow_, method);
      if (!is_read(method)) append_item(writing_methods_, method);
    }
  }

  [[nodiscard]] bool can_be_live() const override { return true; }
  [[nodiscard]] bool reads_cookies() const override { return true; }
  [[nodiscard]] std::optional<Work> begin(
      const Exchange& exchange) const override {
    const Request& request = exchange.request;
    const Handler* handler = find(request.method);
    if (handler == nullptr) return refuse_method(exchange);
    const FileSection& section = *handler->section;

    std::vector<Format> formats = formats_of(section);
    std::optional<Format> format = Format::json;
    if (!formats.empty())
      format = choose_format(request.header("accept").value_or(""), formats);
    if (!format) return refuse_accept(exchange, formats);

    Result<std::vector<Param>> values = request_values(section, exchange);
    if (!values.ok()) return refused(exchange, values.error());

    Work work = plan(*handler, *format, *values, exchange);
    if (!section.statements.empty()) return work;
    work.answer->on_done();
    return work.continuation == nullptr ? std::nullopt
                                        : work.continuation->take_next();
  }

  [[nodiscard]] std::vector<std::string> variables() const override {
    std::vector<std::string> names;
    for (const FileSection& section : file_.sections)
      for (const FileParam& param : section.params) {
        bool counts = param.source == ParamSource::named ||
                      param.source == ParamSource::variable;
        if (counts && std::ranges::find(names, param.name) == names.end())
          names.push_back(param.name);
      }
    return names;
  }

  [[nodiscard]] std::vector<NeededVariable> needed_variables() const override {
    std::vector<NeededVariable> needed;
    for (const FileParam& param : variable_params(file_))
      needed.push_back({param.name, file_.path, param.line});
    return needed;
  }

 private:
  bool is_allowed(std::string_view method) const {
    return options_.methods.empty() ||
           std::ranges::find(options_.methods, method) !=
               options_.methods.end();
  }

  const Handler* find(std::string_view method) const {
    if (!is_allowed(method)) return nullptr;
    const FileSection* section = file_.find(method);
    if (section == nullptr) return nullptr;
    return &handlers_[static_cast<std::size_t>(section -
                                               file_.sections.data())];
  }

  // None: there is nothing to format.
  static std::vector<Format> formats_of(const FileSection& section) {
    if (section.result_count() == 0 || section.begins_session) return {};
    bool is_object = section.result_count() > 1 || section.token_s;
    if (is_object) return {Format::json};
    return {Format::json, Format::csv, Format::ndjson};
  }

  Work plan(const Handler& handler, Format format,
            const std::vector<Param>& values, const Exchange& exchange) const {
    const FileSection& section = *handler.section;
    Work work;
    std::vector<std::shared_ptr<const RowForm>> running;
    std::vector<const StatementFacts*> known;
    const std::uint64_t generation =
        exchange.catalog == nullptr ? 0 : exchange.catalog->generation();
    for (std::size_t i = 0; i < section.statements.size(); i++) {
      const FileStatement& statement = section.statements[i];
      const StatementForms& forms = *handler.forms[i];
      running.push_back(format == Format::csv ? forms.text_form()
                                              : forms.json_form(generation));
      std::vector<Param> params;
      params.reserve(statement.params.size());
      for (std::size_t index : statement.params)
        params.push_back(values[index]);
      work.plan.statements.push_back(
          {.sql = running.back()->sql, .params = std::move(params)});
      known.push_back(&statement.facts);
    }
    Judgement judgement = judge(exchange, work.plan, known);
    bool reads = is_read(exchange.request.method) || judgement.is_clean_read();
    if (!reads && format != Format::csv) {
      for (std::size_t i = 0; i < running.size(); i++) {
        running[i] = handler.forms[i]->safe_json_form();
        work.plan.statements[i].sql = running[i]->sql;
      }
      judgement = judge(exchange, work.plan, known);
    }
    work.plan.access = reads ? Access::read : Access::write;
    work.plan.effects = judgement.effects;
    work.settings = request_settings(exchange, judgement);
    auto answer = std::make_unique<Answer>(
        AnswerContext{.section = section,
                      .forms = handler.forms,
                      .generation = generation,
                      .sessions = options_.sessions,
                      .held_limit_bytes = options_.held_limit_bytes,
                      .writing_methods = writing_methods_},
        exchange, format, work.plan.access, std::move(running));
    if (section.begins_session || section.ends_session)
      work.continuation = answer.get();
    work.answer = std::move(answer);
    return work;
  }

  std::optional<Work> refused(const Exchange& exchange,
                              const Error& error) const {
    refuse(exchange.request, error, exchange.response);
    return std::nullopt;
  }

  std::optional<Work> refuse_method(const Exchange& exchange) const {
    std::string allow = concat({allow_, allow_.empty() ? "" : ", ", "OPTIONS"});
    ResponseHead head;
    std::string body;
    if (exchange.request.method == "OPTIONS") {
      head.status = kNoContent;
    } else {
      Error error = errors::wrong_method(exchange.request.method, allow);
      head = error_head(error);
      body = error_body(error);
      head.content_length = body.size();
    }
    head.headers.push_back({.name = "Allow", .value = std::move(allow)});
    exchange.response.head(std::move(head));
    if (!body.empty()) static_cast<void>(exchange.response.body(body));
    exchange.response.end();
    return std::nullopt;
  }

  std::optional<Work> refuse_accept(const Exchange& exchange,
                                    std::span<const Format> formats) const {
    std::string offered;
    for (Format format : formats) append_item(offered, media_type_of(format));
    return refused(exchange, errors::not_acceptable(offered));
  }

  const QueryOptions options_;
  const HandlerFile file_;
  // By section. What StatementForms learn of types is a cache of this process,
  // touched from its event loop alone.
  std::vector<Handler> handlers_;
  std::string allow_;
  std::string writing_methods_;
};

Error load_error(const HandlerFile& file, int line, std::string_view message) {
  return {
      .code = "TRS021",
      .message = concat({file.path, ":", std::to_string(line), ": ", message})};
}

Result<void> check_signing(const HandlerFile& file,
                           const auth::Authenticator* authenticator) {
  for (const FileSection& section : file.sections) {
    if (section.token_s &&
        (authenticator == nullptr || !authenticator->can_sign()))
      return load_error(file, section.line,
                        "\"@token\" needs a jwt_secret to sign with");
    bool needs_sessions = section.begins_session || section.ends_session;
    if (needs_sessions &&
        (authenticator == nullptr || !authenticator->has_sessions()))
      return load_error(
          file, section.line,
          "\"@session\" needs a session_key_file or a session_table");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Frontend>> make_query_frontend(QueryOptions options) {
  Result<HandlerFile> file = parse_handler_file(options.path, options.text);
  if (!file.ok()) return std::move(file).error();
  Result<void> checked = check_signing(*file, options.sessions.authenticator);
  if (!checked.ok()) return std::move(checked).error();
  return std::unique_ptr<Frontend>(std::make_unique<QueryFrontend>(
      std::move(options), std::move(file).value()));
}

}  // namespace trestle::query
