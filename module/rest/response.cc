// Status and headers of what a run has answered.
#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/json.h"
#include "frontend/entity_tag.h"
#include "rest/answer.h"
#include "rest/cursor.h"
#include "rest/errors.h"

namespace trestle::rest {
namespace {

using Return = Preferences::Return;

std::string digits(std::int64_t number) {
  std::string out;
  append_number(out, number);
  return out;
}

// "lo-hi/total" (RFC 9110 14.4), "*" for what is empty or unknown.
std::string content_range(std::int64_t first, std::optional<std::int64_t> rows,
                          const std::optional<std::int64_t>& total) {
  std::string range;
  bool empty = !rows || *rows <= 0 || (total && *total == 0);
  range = empty ? "*" : concat({digits(first), "-", digits(first + *rows - 1)});
  range += "/";
  range += total ? digits(*total) : "*";
  return range;
}

int range_status(std::int64_t first, std::optional<std::int64_t> rows,
                 const std::optional<std::int64_t>& total) {
  if (!total) return 200;
  if (first > *total) return 416;
  return rows && *rows < *total ? 206 : 200;
}

bool is_counted(const RestPlan& plan) {
  return plan.count != Preferences::Count::none;
}

// The resource with its parameters in order of their names.
std::string content_location(const RequestState& state) {
  const ApiRequest& request = state.shape->request;
  std::string location = state.config->base_path;
  if (request.function) location += "rpc/";
  location += url_encode(request.name);
  std::vector<const QueryParameter*> sorted;
  sorted.reserve(state.parameters.size());
  for (const QueryParameter& parameter : state.parameters)
    sorted.push_back(&parameter);
  std::ranges::sort(sorted, {}, [](const QueryParameter* p) {
    return std::tie(p->name, p->value);
  });
  char joint = '?';
  for (const QueryParameter* parameter : sorted) {
    location.push_back(joint);
    joint = '&';
    location += url_encode(parameter->name);
    location.push_back('=');
    location += url_encode(parameter->value);
  }
  return location;
}

// The row that was inserted, by its primary key.
std::string location_of(const RequestState& state, const MainRow& row) {
  std::string location =
      state.config->base_path + url_encode(state.shape->request.name);
  char joint = '?';
  for (std::size_t i = 0; i < row.location.size(); ++i) {
    location.push_back(joint);
    joint = '&';
    location += url_encode(state.shape->plan.location_columns[i]);
    location += row.location[i] ? concat({"=eq.", url_encode(*row.location[i])})
                                : std::string("=is.null");
  }
  return location;
}

void add(Answer& answer, std::string name, std::string value) {
  answer.head.headers.push_back({std::move(name), std::move(value)});
}

void set_body(const RequestState& state, MainRow& row, Answer& answer) {
  const BodyFormat& format = state.shape->plan.format;
  answer.head.content_type =
      content_type_of(format.explain ? *format.explain : format.type);
  answer.body = std::move(row.body);
}

// Nobody has counted the rows before a cursor.
bool is_later_page(const RestPlan& plan) { return !plan.read.after.empty(); }

// Where the rows behind a full page are (RFC 8288), with the parameters of this
// request; "" when there are none, or nobody pages by keys.
std::string next_page(const RequestState& state, const MainRow& row) {
  const RestPlan& plan = state.shape->plan;
  const std::optional<std::int64_t>& limit = state.range.limit;
  if (plan.page_order.empty() || row.asides.empty() || !limit || *limit == 0 ||
      row.rows != *limit)
    return {};
  std::string link = concat({"<", state.config->base_path,
                             url_encode(state.shape->request.name), "?"});
  for (std::string_view piece : split(state.query, '&')) {
    std::string_view name = piece.substr(0, piece.find('='));
    if (name == "after" || name == "offset" || piece.empty()) continue;
    link.append(piece).push_back('&');
  }
  std::vector<std::optional<std::string>> keys = row.asides;
  if (plan.versioned) keys.erase(keys.begin());
  return concat(
      {link, "after=", write_cursor(plan.page_order, keys), ">; rel=\"next\""});
}

std::string tag_of(const RestPlan& plan, const MainRow& row) {
  if (plan.versioned && row.rows == 1 && !row.asides.empty() && row.asides[0])
    return versioned_tag(row.body, *row.asides[0]);
  return entity_tag(row.body);
}

Result<Answer> answer_rows(const RequestState& state, MainRow row) {
  const RestPlan& plan = state.shape->plan;
  if (plan.singular && row.rows != 1 && !plan.format.explain)
    return errors::not_singular(row.rows.value_or(0));
  Answer answer;
  std::int64_t first = state.range.offset;
  std::optional<std::int64_t> total =
      is_counted(plan) ? row.total : std::nullopt;
  answer.head.status = range_status(first, row.rows, total);
  if (answer.head.status == 416) {
    answer = make_error(*state.config, errors::offset_too_large(first, *total));
    add(answer, "Content-Range", content_range(first, 0, total));
    return answer;
  }
  if (plan.call && plan.call->returns_void && !plan.format.explain) {
    answer.head.status = 204;
    add(answer, "Content-Range", content_range(first, row.rows, total));
    return answer;
  }
  // A long answer without a count does not know its end yet.
  if (row.rows || total)
    add(answer, "Content-Range",
        content_range(first, is_later_page(plan) ? std::nullopt : row.rows,
                      total));
  if (plan.action == Action::read)
    add(answer, "Content-Location", content_location(state));
  if (std::string link = next_page(state, row); !link.empty())
    add(answer, "Link", std::move(link));
  // nginx compares it with If-None-Match.
  if (state.config->etag && row.rows && state.shape->request.method == "GET" &&
      answer.head.status == 200)
    add(answer, "ETag", tag_of(plan, row));
  set_body(state, row, answer);
  return answer;
}

Result<Answer> answer_write(const RequestState& state, MainRow row) {
  const RestPlan& plan = state.shape->plan;
  bool shown =
      state.shape->request.preferences.return_ == Return::representation;
  std::optional<std::int64_t> total;
  if (is_counted(plan)) total = row.rows;
  Answer answer;
  if (plan.action == Action::insert || plan.action == Action::put) {
    bool upsert =
        plan.write->resolution == Preferences::Resolution::merge_duplicates &&
        !plan.write->on_conflict.empty();
    bool fresh = !upsert || row.inserted.value_or(0) > 0;
    answer.head.status = fresh ? 201 : 200;
    if (plan.action == Action::put && !shown && !fresh)
      answer.head.status = 204;
    if (!plan.location_columns.empty() && row.rows == 1)
      add(answer, "Location", location_of(state, row));
    if (plan.action == Action::insert)
      add(answer, "Content-Range", content_range(0, 0, total));
  } else {
    answer.head.status = shown ? 200 : 204;
    bool counted_range = plan.action == Action::update;
    add(answer, "Content-Range",
        content_range(0, counted_range ? row.rows : 0, total));
  }
  if (plan.format.explain) answer.head.status = 200;
  if (shown || plan.format.explain) set_body(state, row, answer);
  return answer;
}

// [{"name": "value"}, ...]: headers that SQL has set. They replace ours.
Result<void> apply_headers(const std::string& text, Answer& answer) {
  Result<rapidjson::Document> parsed = parse_json(text);
  if (!parsed.ok() || !parsed->IsArray()) return errors::bad_response_headers();
  std::vector<Header> headers;
  for (const rapidjson::Value& item : parsed->GetArray()) {
    if (!item.IsObject() || item.MemberCount() != 1 ||
        !item.MemberBegin()->value.IsString())
      return errors::bad_response_headers();
    Header header{std::string(json_text(item.MemberBegin()->name)),
                  std::string(json_text(item.MemberBegin()->value))};
    auto is_control = [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    };
    if (std::any_of(header.name.begin(), header.name.end(), is_control) ||
        std::any_of(header.value.begin(), header.value.end(), is_control) ||
        header.name.empty())
      return errors::bad_response_headers();
    headers.push_back(std::move(header));
  }
  for (Header& header : headers) {
    std::erase_if(answer.head.headers, [&](const Header& ours) {
      return ascii_iequals(ours.name, header.name);
    });
  }
  for (Header& header : headers) {
    if (ascii_iequals(header.name, "Content-Type"))
      answer.head.content_type = header.value;
    else
      answer.head.headers.push_back(std::move(header));
  }
  return {};
}

Result<void> apply_settings(const MainRow& row, Answer& answer) {
  if (row.headers) {
    Result<void> applied = apply_headers(*row.headers, answer);
    if (!applied.ok()) return applied;
  }
  if (!row.status) return {};
  int status = 0;
  auto [end, problem] = std::from_chars(
      row.status->data(), row.status->data() + row.status->size(), status);
  if (problem != std::errc() ||
      end != row.status->data() + row.status->size() || status < 200 ||
      status > 599)
    return errors::bad_response_status();
  answer.head.status = status;
  return {};
}

}  // namespace

std::string preferences_applied(const RequestState& state) {
  using P = Preferences;
  const P& p = state.shape->request.preferences;
  const Action action = state.shape->request.action;
  std::string out;
  auto add_word = [&](bool on, std::string_view word) {
    if (!on) return;
    if (!out.empty()) out += ", ";
    out += word;
  };
  bool insert = action == Action::insert;
  bool writes = insert || action == Action::update || action == Action::put ||
                action == Action::remove;
  bool resolves = insert && state.shape->plan.write &&
                  !state.shape->plan.write->on_conflict.empty();
  add_word(resolves && p.resolution == P::Resolution::merge_duplicates,
           "resolution=merge-duplicates");
  add_word(resolves && p.resolution == P::Resolution::ignore_duplicates,
           "resolution=ignore-duplicates");
  bool missing = insert || action == Action::update;
  add_word(missing && p.missing_default, "missing=default");
  add_word(missing && p.missing_null, "missing=null");
  add_word(writes && p.return_ == Return::representation,
           "return=representation");
  add_word(writes && p.return_ == Return::minimal, "return=minimal");
  add_word(writes && p.return_ == Return::headers_only, "return=headers-only");
  add_word(p.count == P::Count::exact, "count=exact");
  add_word(p.count == P::Count::planned, "count=planned");
  add_word(p.count == P::Count::estimated, "count=estimated");
  add_word(p.tx == P::Tx::commit, "tx=commit");
  add_word(p.tx == P::Tx::rollback, "tx=rollback");
  add_word(p.handling == P::Handling::strict, "handling=strict");
  add_word(p.handling == P::Handling::lenient, "handling=lenient");
  if (p.timezone) add_word(true, concat({"timezone=", *p.timezone}));
  bool affects = action == Action::update || action == Action::remove ||
                 action == Action::call;
  if (affects && p.max_affected && p.handling == P::Handling::strict)
    add_word(true, concat({"max-affected=", digits(*p.max_affected)}));
  return out;
}

Result<Answer> make_answer(const RequestState& state, MainRow row) {
  std::optional<std::string> headers = row.headers;
  std::optional<std::string> status = row.status;
  MainRow settings;
  settings.headers = row.headers;
  settings.status = row.status;
  Result<Answer> answer = state.shape->plan.write
                              ? answer_write(state, std::move(row))
                              : answer_rows(state, std::move(row));
  if (!answer.ok()) return answer;
  if (std::string applied = preferences_applied(state); !applied.empty())
    add(*answer, "Preference-Applied", std::move(applied));
  if (state.shape->request.profile_given || state.config->schemas.size() > 1)
    add(*answer, "Content-Profile", state.shape->request.schema);
  for (const std::string& warning : state.shape->plan.warnings)
    add(*answer, "Warning", warning);
  Result<void> applied = apply_settings(settings, *answer);
  if (!applied.ok()) return std::move(applied).error();
  return answer;
}

Result<Answer> make_info(const RequestState& state) {
  const ApiRequest& request = state.shape->request;
  std::string allow = "OPTIONS";
  auto also = [&](bool on, std::string_view methods) {
    if (on) allow += concat({",", methods});
  };
  if (request.function) {
    const auto& overloads =
        state.shape->catalog->functions(request.schema, request.name);
    if (overloads.empty()) {
      Result<CallPlan> call = plan_call(
          {*state.shape->catalog, *state.config, state.shape->request});
      if (!call.ok()) return std::move(call).error();
    }
    bool writes = !overloads.empty() &&
                  overloads[0]->volatility == Function::Volatility::volatile_;
    also(!writes, "GET,HEAD");
    also(true, "POST");
  } else if (request.name.empty()) {
    also(true, "GET,HEAD");
  } else {
    const Relation* relation =
        state.shape->catalog->relation(request.schema, request.name);
    if (relation == nullptr)
      return errors::unknown_relation(request.schema, request.name, {});
    also(true, "GET,HEAD");
    also(relation->insertable, "POST");
    also(relation->insertable && relation->updatable &&
             !relation->primary_key.empty(),
         "PUT");
    also(relation->updatable, "PATCH");
    also(relation->deletable, "DELETE");
  }
  Answer answer;
  add(answer, "Allow", std::move(allow));
  return answer;
}

}  // namespace trestle::rest
