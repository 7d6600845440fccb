#include "query/answer.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "encode/csv.h"
#include "query/errors.h"

namespace trestle::query {

namespace {

constexpr std::size_t kFlushBytes = 64 * 1024;

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
    forms.learn(columns, context_.generation);
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
  if (!exchange_.response.plan_again(Outdated::form))
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

}  // namespace trestle::query
