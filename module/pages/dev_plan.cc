#include "pages/dev_plan.h"

#include "base/text.h"
#include "frontend/settings.h"
#include "pages/dev_page.h"
#include "pages/error_page.h"
#include "pages/facts.h"
#include "pages/send.h"

namespace trestle::pages {

namespace {

constexpr std::string_view kPlan = "_plan";

class PlansAnswer final : public RowSink {
 public:
  PlansAnswer(std::shared_ptr<Visit> visit, const PageSection& section,
              std::vector<Param> values)
      : visit_(std::move(visit)),
        section_(section),
        values_(std::move(values)),
        plans_(section.statements.size()) {}

  void on_columns(std::size_t, std::span<const ResultColumn>) override {}
  bool on_row(std::size_t statement, std::span<const Cell> cells) override {
    plans_[statement].append(cells[0]).append("\n");
    return true;
  }
  void on_statement_done(std::size_t, std::uint64_t) override {}

  void on_done() override {
    DevPage page(concat({"Plans of ", visit_->request().path}));
    for (std::size_t i = 0; i < plans_.size(); i++) {
      const FileStatement& statement = section_.file->statements[i];
      page.block(concat({visit_->page->sql->path, ":",
                         std::to_string(statement.line)}),
                 trim(statement.text));
      page.block("Plan", plans_[i]);
    }
    ResponseHead head{.content_type = std::string(kHtml)};
    head.headers.push_back({.name = "Cache-Control", .value = "no-store"});
    send(visit_->exchange.response, std::move(head), std::move(page).close());
  }

  void on_error(const RunError& error) override {
    answer_run_error(*visit_, error, Access::read, &section_, error.statement,
                     values_);
  }

 private:
  std::shared_ptr<Visit> visit_;
  const PageSection& section_;
  const std::vector<Param> values_;
  std::vector<std::string> plans_;
};

}  // namespace

bool wants_plans(const Visit& visit) {
  if (!visit.is_developer()) return false;
  Result<NamedValues> query = NamedValues::from_form(visit.request().query);
  return query.ok() && query->find(kPlan) != nullptr;
}

std::optional<Work> show_plans(const std::shared_ptr<Visit>& visit) {
  const PageSection* section = visit->page->section("GET");
  if (section == nullptr || section->statements.empty()) {
    DevPage page("This page has no statements");
    send(visit->exchange.response,
         ResponseHead{.content_type = std::string(kHtml)},
         std::move(page).close());
    return std::nullopt;
  }
  RouteFacts facts(visit->exchange.facts, visit->params);
  Result<std::vector<Param>> values =
      page_values(*section->file, *visit, facts);
  if (!values.ok()) {
    answer_error_page(*visit, values.error());
    return std::nullopt;
  }
  Work work;
  work.plan.access = Access::read;
  for (std::size_t i = 0; i < section->statements.size(); i++) {
    const Sql& sql = *section->statements[i];
    Sql explain = *make_sql(concat({"explain ", sql.text}), sql.param_types);
    explain.name.clear();  // it will hardly come again
    work.plan.statements.push_back(
        {.sql = std::make_shared<const Sql>(std::move(explain)),
         .params = statement_params(section->file->statements[i], *values)});
  }
  work.settings = request_settings(visit->exchange.identity, visit->request());
  work.answer = std::make_unique<PlansAnswer>(visit, *section, *values);
  return work;
}

}  // namespace trestle::pages
