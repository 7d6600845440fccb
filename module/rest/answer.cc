#include "rest/answer.h"

#include <algorithm>
#include <charconv>

#include "base/json.h"
#include "frontend/direct_type.h"
#include "rest/errors.h"
#include "rest/openapi.h"
#include "rest/sql.h"

namespace trestle::rest {
namespace {

constexpr std::size_t kFlushBytes = 64 * 1024;
// Up to here an answer is held, so that it can tell how many rows it has.
constexpr std::size_t kHeldBytes = 256 * 1024;
constexpr int kRangeNotSatisfiable = 416;

std::optional<std::int64_t> to_number(Cell cell) {
  if (is_null(cell)) return std::nullopt;
  std::int64_t value = 0;
  std::from_chars(cell.data(), cell.data() + cell.size(), value);
  return value;
}

std::optional<std::string> to_text(Cell cell) {
  if (is_null(cell)) return std::nullopt;
  return std::string(cell);
}

// bytea in hex form, as bytes.
std::string decode_bytes(Cell cell) {
  if (!cell.starts_with("\\x")) return std::string(cell);
  auto digit = [](char c) {
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
  };
  std::string bytes;
  bytes.reserve(cell.size() / 2);
  for (std::size_t i = 2; i + 1 < cell.size(); i += 2)
    bytes.push_back(
        static_cast<char>(digit(cell[i]) << 4 | digit(cell[i + 1])));
  return bytes;
}

// "Plan Rows" of an EXPLAIN (FORMAT JSON): the planner's guess.
std::optional<std::int64_t> planned_rows(const std::string& json) {
  Result<rapidjson::Document> parsed = parse_json(json);
  if (!parsed.ok() || !parsed->IsArray() || parsed->Empty())
    return std::nullopt;
  const rapidjson::Value& first = (*parsed)[0];
  if (!first.IsObject() || !first.HasMember("Plan")) return std::nullopt;
  const rapidjson::Value& plan = first["Plan"];
  if (!plan.IsObject() || !plan.HasMember("Plan Rows")) return std::nullopt;
  const rapidjson::Value& rows = plan["Plan Rows"];
  if (rows.IsInt64()) return rows.GetInt64();
  if (rows.IsDouble()) return static_cast<std::int64_t>(rows.GetDouble());
  return std::nullopt;
}

}  // namespace

AnswerSink::AnswerSink(std::unique_ptr<RequestState> state,
                       ResponseSink& response)
    : state_(std::move(state)),
      response_(response),
      flat_(state_->shape->plan, state_->shape->request.head) {}

void AnswerSink::on_columns(std::size_t statement,
                            std::span<const ResultColumn> columns) {
  if (static_cast<int>(statement) == state_->shape->main_statement &&
      state_->shape->plan.flat) {
    flat_.on_columns(columns);
    check_types(columns);
  }
}

// Columns were asked for in forms that say enough, by their types in the
// catalog. Whose text no longer does has got another type since.
void AnswerSink::check_types(std::span<const ResultColumn> columns) {
  if (state_->shape->plan.format.kind == BodyFormat::Kind::csv ||
      std::ranges::all_of(columns, [&](const ResultColumn& column) {
        return is_direct(*state_->catalog, column.type);
      }))
    return;
  outdated_ = !response_.plan_again(Outdated::catalog);
}

bool AnswerSink::on_row(std::size_t statement, std::span<const Cell> cells) {
  if (outdated_) return true;
  int index = static_cast<int>(statement);
  if (index == state_->shape->description_statement) {
    if (!cells.empty()) described_.emplace_back(cells[0]);
  } else if (index == state_->shape->count_statement) {
    if (!cells.empty()) explained_count_ += cells[0];
  } else if (index == state_->shape->early_settings_statement ||
             index == state_->shape->late_settings_statement) {
    read_settings(cells);
  } else if (index == state_->shape->main_statement) {
    if (state_->shape->plan.flat) {
      flat_.on_row(cells);
      return flat_.body().size() < kFlushBytes || send_begun();
    }
    read_main_row(cells);
  }
  return true;
}

void AnswerSink::read_settings(std::span<const Cell> cells) {
  row_.headers = to_text(cells[0]);
  row_.status = to_text(cells[1]);
}

void AnswerSink::read_main_row(std::span<const Cell> cells) {
  if (state_->shape->plan.format.explain) {
    if (!explained_.empty()) explained_ += "\n";
    if (!cells.empty()) explained_ += cells[0];
    return;
  }
  auto cell = [&](ResultCell which) {
    return cells[static_cast<std::size_t>(which)];
  };
  row_.total = to_number(cell(ResultCell::total));
  row_.rows = to_number(cell(ResultCell::rows)).value_or(0);
  Cell body = cell(ResultCell::body);
  row_.body =
      state_->shape->plan.format.bytes ? decode_bytes(body) : std::string(body);
  if (state_->shape->plan.format.binary_json) row_.body.insert(0, 1, '\x01');
  row_.headers = to_text(cell(ResultCell::headers));
  row_.status = to_text(cell(ResultCell::status));
  row_.inserted = to_number(cell(ResultCell::inserted));
  if (!state_->shape->plan.asides.empty())
    return read_asides(cell(ResultCell::location));
  for (std::size_t i = static_cast<std::size_t>(ResultCell::location);
       i < cells.size(); ++i)
    row_.location.push_back(to_text(cells[i]));
}

// An array of texts, or NULL where there is no row.
void AnswerSink::read_asides(Cell cell) {
  if (is_null(cell)) return;
  Result<rapidjson::Document> list = parse_json(cell);
  if (!list.ok() || !list->IsArray()) return;
  for (const rapidjson::Value& value : list->GetArray()) {
    row_.asides.emplace_back();
    if (value.IsString()) row_.asides.back().emplace(json_text(value));
  }
}

void AnswerSink::on_statement_done(std::size_t statement,
                                   std::uint64_t affected) {
  const RestPlan& plan = state_->shape->plan;
  if (plan.flat && plan.write &&
      static_cast<int>(statement) == state_->shape->main_statement)
    affected_ = static_cast<std::int64_t>(affected);
}

// The rows of all pages, as the preference for a count asks.
std::optional<std::int64_t> AnswerSink::total() const {
  const RestPlan& plan = state_->shape->plan;
  std::optional<std::int64_t> counted = plan.flat ? flat_.total() : row_.total;
  if (plan.count == Preferences::Count::planned) {
    std::optional<std::int64_t> planned = planned_rows(explained_count_);
    return planned ? planned : counted;
  }
  if (plan.count == Preferences::Count::estimated) {
    std::optional<std::int64_t> planned = planned_rows(explained_count_);
    bool cut = !plan.max_rows || (counted && *counted > *plan.max_rows);
    if (cut && planned) return std::max(*planned, counted.value_or(0));
  }
  return counted;
}

// How many rows the whole answer will have, when an exact total tells.
std::optional<std::int64_t> AnswerSink::rows_ahead() const {
  const RestPlan& plan = state_->shape->plan;
  if (plan.count != Preferences::Count::exact || !flat_.total())
    return std::nullopt;
  const Range& range = state_->range;
  std::int64_t rows = std::max<std::int64_t>(*flat_.total() - range.offset, 0);
  return range.limit ? std::min(rows, *range.limit) : rows;
}

// Sends what has come together of a flat read; false asks for a pause. A short
// answer is held until its end, which tells the number of its rows, and that of
// a change until the change holds.
bool AnswerSink::send_begun() {
  if (!head_sent_) {
    std::optional<std::int64_t> rows = rows_ahead();
    const RestPlan& plan = state_->shape->plan;
    // The head may depend on the last row.
    if (plan.singular || plan.write || !plan.asides.empty() ||
        (!rows && flat_.body().size() < kHeldBytes))
      return true;
    MainRow row = row_;
    row.rows = rows;
    row.total = total();
    Result<Answer> answer = make_answer(*state_, std::move(row));
    // What is refused is told at the end.
    if (!answer.ok() || answer->head.status == kRangeNotSatisfiable)
      return true;
    finish_head(answer->head);
    head_sent_ = true;
    response_.head(std::move(answer->head));
  }
  bool is_fast = response_.body(flat_.body());
  flat_.body().clear();
  return is_fast;
}

void AnswerSink::on_done() {
  state_->timing.mark(state_->timing.run_us);
  const RestPlan& plan = state_->shape->plan;
  if (outdated_) return send(make_error(*state_->config, errors::outdated()));
  if (state_->shape->request.action == Action::root) {
    send(make_openapi(*state_, described_));
    return;
  }
  if (plan.flat) {
    flat_.finish();
    if (head_sent_) {
      if (!flat_.body().empty())
        static_cast<void>(response_.body(flat_.body()));
      response_.end();
      return;
    }
    row_.body = std::move(flat_.body());
    row_.rows = plan.write ? affected_ : flat_.rows();
    if (flat_.rows() > 0) row_.asides = flat_.asides();
  } else if (plan.format.explain) {
    row_.body = std::move(explained_);
  }
  row_.total = total();
  Result<Answer> answer = make_answer(*state_, std::move(row_));
  send(answer.ok() ? std::move(*answer)
                   : make_error(*state_->config, answer.error()));
}

void AnswerSink::on_error(const RunError& error) {
  if (head_sent_ && !response_.restart()) {
    response_.abort();
    return;
  }
  send(make_run_error(*state_, error));
}

void AnswerSink::finish_head(ResponseHead& head) const {
  if (std::string timing = server_timing(state_->timing); !timing.empty())
    head.headers.push_back({"Server-Timing", std::move(timing)});
  for (const Header& header : state_->extra_headers)
    head.headers.push_back(header);
}

void AnswerSink::send(Answer answer) {
  finish_head(answer.head);
  send_answer(state_->shape->request.head, std::move(answer), response_);
}

std::string server_timing(const Timing& timing) {
  if (timing.clock == nullptr) return {};
  std::string text;
  auto add = [&](std::string_view name, std::uint64_t us) {
    if (!text.empty()) text += ", ";
    text += name;
    text += ";dur=";
    append_number(text, static_cast<std::int64_t>(us / 1000));
    text += ".";
    std::string fraction;
    append_number(fraction, static_cast<std::int64_t>(us % 1000));
    text.append(3 - fraction.size(), '0').append(fraction);
  };
  add("jwt", timing.identity_us);
  std::uint64_t last = timing.begun_us;
  auto stage = [&](std::string_view name, std::uint64_t end) {
    if (end == 0) return;
    add(name, end - last);
    last = end;
  };
  stage("parse", timing.parsed_us);
  stage("plan", timing.planned_us);
  stage("transaction", timing.run_us);
  stage("response", timing.clock->now_us());
  return text;
}

void send_answer(bool head_only, Answer answer, ResponseSink& response) {
  bool bodyless = answer.head.status == 204 || answer.head.status == 304;
  if (!bodyless && !head_only) answer.head.content_length = answer.body.size();
  response.head(std::move(answer.head));
  if (!head_only && !answer.body.empty())
    static_cast<void>(response.body(answer.body));
  response.end();
}

}  // namespace trestle::rest
