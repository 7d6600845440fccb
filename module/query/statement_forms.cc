#include "query/statement_forms.h"

#include <algorithm>

#include "base/text.h"
#include "encode/type_kind.h"
#include "sql/row_wrap.h"
#include "sql/sql_writer.h"

namespace trestle::query {

namespace {

constexpr std::string_view kAllColumns = "trestle_row.*";
constexpr std::string_view kProbeColumns =
    "trestle_row.*, pg_catalog.row_to_json(trestle_row.*)";

std::shared_ptr<const RowForm> make_form(RowForm::Kind kind, std::string text,
                                         bool is_wrapped) {
  RowForm form{
      .kind = kind, .sql = make_sql(std::move(text)), .is_wrapped = is_wrapped};
  return std::make_shared<const RowForm>(std::move(form));
}

bool names_are_unique(std::span<const ResultColumn> columns) {
  std::vector<std::string_view> names;
  for (const ResultColumn& column : columns) names.push_back(column.name);
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) == names.end();
}

bool is_limited(const FileStatement& statement) {
  return statement.facts.access == Access::write &&
         (statement.shape == ResultShape::one ||
          statement.shape == ResultShape::value);
}

}  // namespace

StatementForms::StatementForms(const FileStatement& statement)
    : text_(statement.text), single_row_(is_limited(statement)) {
  std::optional<std::string> limited;
  if (single_row_) limited = wrap_rows(text_, kAllColumns, true);
  bool is_wrapped = limited.has_value();
  plain_ = make_form(RowForm::Kind::plain, is_wrapped ? *limited : text_,
                     is_wrapped);
  json_ = plain_;
  if (statement.shape == ResultShape::exec) return;
  std::optional<std::string> probe =
      wrap_rows(text_, kProbeColumns, single_row_);
  if (!probe) return;
  probe_ = make_form(RowForm::Kind::probe, *std::move(probe), true);
  json_ = probe_;
}

void StatementForms::learn(std::span<const ResultColumn> columns,
                           std::uint64_t generation) {
  if (json_ != probe_ && learnt_generation_ == generation) return;
  learnt_generation_ = generation;
  columns = columns.first(columns.size() - 1);
  bool all_direct = std::ranges::all_of(columns, [](const ResultColumn& c) {
    return encode::can_encode(c.type);
  });
  if (all_direct) {
    json_ = plain_;
    return;
  }
  if (!names_are_unique(columns)) return;  // the probe is always right
  RowForm form{.kind = RowForm::Kind::mixed, .is_wrapped = true};
  std::string list(kAllColumns);
  int next = static_cast<int>(columns.size());
  for (const ResultColumn& column : columns) {
    bool direct = encode::can_encode(column.type);
    form.types.push_back(column.type);
    form.json_at.push_back(direct ? -1 : next++);
    if (direct) continue;
    list.append(", pg_catalog.to_json(trestle_row.");
    append_identifier(list, column.name);
    list.push_back(')');
  }
  std::optional<std::string> text = wrap_rows(text_, list, single_row_);
  if (!text) return;
  form.sql = make_sql(*std::move(text));
  json_ = std::make_shared<const RowForm>(std::move(form));
}

void StatementForms::forget() {
  if (probe_) json_ = probe_;
}

void StatementForms::unwrap() {
  plain_ = make_form(RowForm::Kind::plain, text_, false);
  probe_ = nullptr;
  json_ = plain_;
}

}  // namespace trestle::query
