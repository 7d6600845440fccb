#include "rest/answer.h"

#include <charconv>

#include "base/json.h"
#include "rest/errors.h"
#include "rest/openapi.h"
#include "rest/sql.h"

namespace trestle::rest {
namespace {

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

void AnswerSink::on_columns(std::size_t statement,
                            std::span<const ResultColumn> columns) {
  if (static_cast<int>(statement) == state_->main_statement &&
      state_->plan.flat)
    rows_ = encode::JsonRows(columns);
}

bool AnswerSink::on_row(std::size_t statement, std::span<const Cell> cells) {
  int index = static_cast<int>(statement);
  if (index == state_->description_statement) {
    if (!cells.empty()) described_.emplace_back(cells[0]);
    return true;
  }
  if (index == state_->count_statement) {
    if (!cells.empty()) explained_count_ += cells[0];
    return true;
  }
  if (index != state_->main_statement) return true;
  if (state_->plan.flat) {
    // As json_agg() writes rows.
    row_.body += row_.rows == 0 ? "[" : ", \n ";
    rows_.append_object(row_.body, cells);
    ++row_.rows;
    return true;
  }
  if (state_->plan.format.explain) {
    if (!explained_.empty()) explained_ += "\n";
    if (!cells.empty()) explained_ += cells[0];
    return true;
  }
  auto cell = [&](ResultCell which) {
    return cells[static_cast<std::size_t>(which)];
  };
  row_.total = to_number(cell(ResultCell::total));
  row_.rows = to_number(cell(ResultCell::rows)).value_or(0);
  Cell body = cell(ResultCell::body);
  row_.body =
      state_->plan.format.bytes ? decode_bytes(body) : std::string(body);
  if (state_->plan.format.binary_json) row_.body.insert(0, 1, '\x01');
  row_.headers = to_text(cell(ResultCell::headers));
  row_.status = to_text(cell(ResultCell::status));
  row_.inserted = to_number(cell(ResultCell::inserted));
  for (std::size_t i = static_cast<std::size_t>(ResultCell::location);
       i < cells.size(); ++i)
    row_.location.push_back(to_text(cells[i]));
  return true;
}

void AnswerSink::on_statement_done(std::size_t statement,
                                   std::uint64_t affected) {
  static_cast<void>(statement);
  static_cast<void>(affected);
}

void AnswerSink::on_done() {
  state_->timing.mark(state_->timing.run_us);
  const RestPlan& plan = state_->plan;
  if (state_->request.action == Action::root) {
    send(make_openapi(*state_, described_));
    return;
  }
  if (plan.flat) {
    row_.body += row_.rows == 0 ? "[]" : "]";
    row_.total = row_.rows;
  } else if (plan.format.explain) {
    row_.body = std::move(explained_);
  } else if (plan.count == Preferences::Count::planned) {
    if (std::optional<std::int64_t> planned = planned_rows(explained_count_))
      row_.total = planned;
  } else if (plan.count == Preferences::Count::estimated) {
    std::optional<std::int64_t> planned = planned_rows(explained_count_);
    bool cut = !plan.max_rows || (row_.total && *row_.total > *plan.max_rows);
    if (cut && planned) row_.total = std::max(*planned, row_.total.value_or(0));
  }
  Result<Answer> answer = make_answer(*state_, std::move(row_));
  send(answer.ok() ? std::move(*answer)
                   : make_error(*state_->config, answer.error()));
}

void AnswerSink::on_error(const RunError& error) {
  send(make_run_error(*state_, error));
}

void AnswerSink::send(Answer answer) {
  if (std::string timing = server_timing(state_->timing); !timing.empty())
    answer.head.headers.push_back({"Server-Timing", std::move(timing)});
  send_answer(*state_->config, state_->extra_headers, state_->request.head,
              std::move(answer), response_);
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

void send_answer(const RestConfig& config,
                 const std::vector<Header>& extra_headers, bool head_only,
                 Answer answer, ResponseSink& response) {
  static_cast<void>(config);
  for (const Header& header : extra_headers)
    answer.head.headers.push_back(header);
  bool bodyless = answer.head.status == 204 || answer.head.status == 304;
  if (!bodyless && !head_only) answer.head.content_length = answer.body.size();
  response.head(std::move(answer.head));
  if (!head_only && !answer.body.empty())
    static_cast<void>(response.body(answer.body));
  response.end();
}

}  // namespace trestle::rest
