#include "pages/page_answer.h"

#include <algorithm>

#include "base/text.h"
#include "frontend/errors.h"
#include "frontend/judge.h"
#include "frontend/request_values.h"
#include "frontend/settings.h"
#include "pages/error_page.h"
#include "pages/errors.h"
#include "pages/facts.h"
#include "pages/page_render.h"
#include "pages/page_stream.h"

namespace trestle::pages {

namespace {

constexpr std::size_t kNotRun = static_cast<std::size_t>(-1);

// Columns and comment of a constraint or unique index. As the visitor's role:
// the system catalogs are open to all.
const SqlRef& violation_query() {
  static const SqlRef query = make_sql(R"(
select pg_catalog.obj_description(c.oid, 'pg_constraint'),
  (select pg_catalog.string_agg(a.attname::text, ',') from pg_catalog.pg_attribute a
   where a.attrelid = c.conrelid and a.attnum = any(c.conkey))
from pg_catalog.pg_constraint c join pg_catalog.pg_class t on t.oid = c.conrelid
where c.conname = $1::text::name and t.relname = $2::text::name
union all
select pg_catalog.obj_description(i.indexrelid, 'pg_class'),
  (select pg_catalog.string_agg(a.attname::text, ',') from pg_catalog.pg_attribute a
   where a.attrelid = i.indrelid and a.attnum = any(i.indkey))
from pg_catalog.pg_index i
join pg_catalog.pg_class n on n.oid = i.indexrelid
join pg_catalog.pg_class t on t.oid = i.indrelid
where n.relname = $1::text::name and t.relname = $2::text::name
limit 1)");
  return query;
}

class PageAnswer final : public RowSink {
 public:
  // `running`: the section's statement that each of the plan's is; kNotRun for
  // the violation's query.
  PageAnswer(std::shared_ptr<Visit> visit, const PageSection* section,
             std::vector<std::size_t> running, std::vector<Param> values,
             std::optional<Violation> violation)
      : visit_(std::move(visit)),
        section_(section),
        running_(std::move(running)),
        values_(std::move(values)),
        violation_(std::move(violation)),
        results_(section == nullptr ? 0 : section->statements.size()) {
    if (streams())
      stream_ = std::make_unique<PageStream>(*visit_, results_, *section_);
  }

  void on_columns(std::size_t statement,
                  std::span<const ResultColumn> columns) override {
    std::size_t index = running_[statement];
    if (is_streamed(index)) return stream_->on_columns(columns);
    if (index != kNotRun && !failure_) results_.on_columns(index, columns);
  }

  bool on_row(std::size_t statement, std::span<const Cell> cells) override {
    std::size_t index = running_[statement];
    if (index == kNotRun) {
      learn(cells);
      return true;
    }
    if (is_streamed(index)) return failure_ || stream_->on_row(cells);
    const FileStatement& file = section_->file->statements[index];
    if (failure_ || file.shape == ResultShape::exec) return true;
    if (file.shape != ResultShape::many && results_.count(index) == 1)
      failure_ = errors::many_rows(file.name);
    else if (results_.bytes() > kMostResultBytes)
      failure_ = errors::too_large();
    else
      results_.on_row(index, cells);
    return true;
  }

  void on_statement_done(std::size_t statement, std::uint64_t) override {
    std::size_t index = running_[statement];
    if (index == kNotRun) return;
    const FileStatement& file = section_->file->statements[index];
    if (file.shape == ResultShape::one && results_.count(index) == 0 &&
        !failure_)
      failure_ = errors::no_row();
  }

  void on_done() override {
    if (failure_) return answer_error_page(*visit_, *failure_);
    if (violation_) blame();
    if (stream_ != nullptr) return stream_->finish();
    answer_page(*visit_, results_, section_);
  }

  void on_error(const RunError& error) override {
    if (stream_ != nullptr)
      return stream_->fail(error_of(error, Access::read,
                                    visit_->exchange.identity.authenticated()));
    std::size_t index =
        error.statement < running_.size() ? running_[error.statement] : kNotRun;
    answer_run_error(*visit_, error, Access::read, section_, index, values_);
  }

 private:
  // Whoever wants JSON, or a form's errors, gets the whole at once.
  [[nodiscard]] bool streams() const {
    return section_ != nullptr && section_->rules.stream &&
           !visit_->wants_json && !violation_ &&
           std::ranges::find(running_, *section_->rules.stream) !=
               running_.end();
  }
  [[nodiscard]] bool is_streamed(std::size_t index) const {
    return stream_ != nullptr && index == *section_->rules.stream;
  }

  void learn(std::span<const Cell> cells) {
    if (!is_null(cells[0])) violation_->fallback = cells[0];
    if (!is_null(cells[1])) columns_ = cells[1];
  }

  // The first of the constraint's columns that the form has a field of.
  void blame() {
    std::string field(kWholeForm);
    for (std::string_view column : split(columns_, ','))
      if (!column.empty() && visit_->form.find(column) != nullptr) {
        field = column;
        break;
      }
    visit_->form_errors.emplace_back(field, violation_->fallback);
  }

  std::shared_ptr<Visit> visit_;
  const PageSection* section_;
  const std::vector<std::size_t> running_;
  const std::vector<Param> values_;  // of the section's parameters
  std::optional<Violation> violation_;
  std::string columns_;
  Results results_;
  std::unique_ptr<PageStream> stream_;  // null: the page waits for all rows
  std::optional<Error> failure_;
};

// Which of the section's statements run: all, or those of the wanted blocks.
std::vector<std::size_t> wanted_statements(const Visit& visit,
                                           const PageSection& section) {
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < section.statements.size(); i++) {
    bool needed =
        visit.blocks.empty() ||
        section.file->statements[i].shape == ResultShape::one ||
        std::ranges::any_of(visit.blocks, [&](std::string_view name) {
          const BlockUse* use = visit.page->block(name);
          return use != nullptr &&
                 std::ranges::find(use->statements, i) != use->statements.end();
        });
    if (needed) wanted.push_back(i);
  }
  return wanted;
}

}  // namespace

std::optional<Work> show_page(const std::shared_ptr<Visit>& visit,
                              std::optional<Violation> violation) {
  const PageSection* section = visit->page->section("GET");
  Work work;
  work.plan.access = Access::read;
  std::vector<std::size_t> running;
  std::vector<Param> values;
  std::vector<const StatementFacts*> known;
  if (section != nullptr) {
    running = wanted_statements(*visit, *section);
    RouteFacts facts(visit->exchange.facts, visit->params);
    Result<std::vector<Param>> found =
        page_values(*section->file, *visit, facts);
    if (!found.ok()) {
      answer_error_page(*visit, found.error());
      return std::nullopt;
    }
    values = std::move(found).value();
    for (std::size_t index : running) {
      const FileStatement& statement = section->file->statements[index];
      work.plan.statements.push_back(
          {.sql = section->statements[index],
           .params = statement_params(statement, values)});
      known.push_back(&statement.facts);
    }
  }
  if (violation) {
    work.plan.statements.push_back(
        {.sql = violation_query(),
         .params = {violation->constraint, violation->table}});
    running.push_back(kNotRun);
  }
  const Judgement judgement = judge(visit->exchange, work.plan, known);
  work.plan.effects = judgement.effects;
  work.settings = request_settings(visit->exchange, judgement);
  work.answer = std::make_unique<PageAnswer>(
      visit, section, running, std::move(values), std::move(violation));
  if (!work.plan.statements.empty()) return work;
  work.answer->on_done();
  return std::nullopt;
}

}  // namespace trestle::pages
