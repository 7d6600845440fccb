#include "rest/shape_key.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/json.h"
#include "base/text.h"
#include "rest/cursor.h"
#include "rest/parse.h"
#include "rest/query_string.h"
#include "rest/sql.h"
#include "sql/row_limit.h"

namespace trestle::rest {
namespace {

// Operators behind which the rest of the text is one value.
constexpr std::array<std::string_view, 23> kValueOperators = {
    "eq",  "gte",   "gt",    "lte",  "lt",   "neq",   "match",     "imatch",
    "cs",  "cd",    "ov",    "sl",   "sr",   "nxr",   "nxl",       "adj",
    "fts", "plfts", "phfts", "wfts", "like", "ilike", "isdistinct"};

// The headers that plan and answer depend on.
constexpr std::array<std::string_view, 6> kHeaders = {
    "Accept",       "Accept-Profile", "Content-Profile",
    "Content-Type", "Prefer",         "Range"};

constexpr std::size_t kMaxDigits = 18;

bool is_digits(std::string_view text) {
  return !text.empty() && text.size() <= kMaxDigits &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

// Whether a limit or offset is a parameter of its statement.
bool is_varying_window(const QueryParameter& parameter) {
  if (!is_digits(parameter.value)) return false;
  std::int64_t rows = 0;
  std::from_chars(parameter.value.data(),
                  parameter.value.data() + parameter.value.size(), rows);
  return rows > 0 &&
         !(parameter.name.ends_with("limit") && is_usual_limit(rows));
}

class KeyBuilder {
 public:
  KeyBuilder(const RestConfig& config, RequestParts& parts)
      : config_(config), parts_(parts) {
    key_.slots.emplace_back();
  }

  // Length first, so that no two lists of texts give one key.
  void add(std::string_view text) {
    append_number(key_.text, static_cast<std::int64_t>(text.size()));
    key_.text.push_back(':');
    key_.text.append(text);
  }

  void add_headers(const Request& message) {
    for (const HeaderView& header : message.headers)
      for (std::size_t i = 0; i < kHeaders.size(); ++i) {
        if (!ascii_iequals(header.name, kHeaders[i])) continue;
        key_.text.push_back(static_cast<char>('A' + i));
        add(header.value);
        if (kHeaders[i] == "Range") windows_vary_ = false;
      }
  }

  void add_parameters(bool with_slots) {
    windows_vary_ = windows_vary_ && !config_.max_rows;
    for (QueryParameter& parameter : parts_.query) {
      add(parameter.name);
      if (with_slots && parameter.name == "after" && add_cursor(parameter))
        continue;
      std::size_t kept =
          with_slots ? kept_of(parameter) : parameter.value.size();
      if (parameter.slot == 0) kept = parameter.value.size();
      add(std::string_view(parameter.value).substr(0, kept));
      key_.text.push_back(parameter.slot == 0 ? '=' : '$');
    }
  }

  void add_body() {
    if (!parts_.body || !parts_.body->ok()) return;
    Body& body = **parts_.body;
    key_.text.push_back(static_cast<char>('a' + static_cast<int>(body.kind)));
    key_.text.push_back(body.empty_array ? '0' : '1');
    for (const std::string& name : body.keys) add(name);
    for (const Param& value : body.values) {
      key_.text.push_back(value ? '$' : '0');
      body.value_slots.push_back(value ? new_slot(*value) : 0);
    }
    body.slot = new_slot(body.text);
  }

  void add_precondition(Precondition& condition) {
    if (condition.kind == Precondition::Kind::none) return;
    key_.text.push_back('?');
    key_.text.push_back(
        static_cast<char>('0' + static_cast<int>(condition.kind)));
    if (condition.kind == Precondition::Kind::version)
      condition.slot = new_slot(array_literal(condition.versions));
  }

  [[nodiscard]] ShapeKey finish() && { return std::move(key_); }

 private:
  int new_slot(std::string value) {
    key_.slots.push_back(std::move(value));
    return static_cast<int>(key_.slots.size()) - 1;
  }

  // A cursor's order, and which of its values are NULL, belong to the shape.
  bool add_cursor(QueryParameter& parameter) {
    std::optional<Cursor> cursor = parse_cursor(parameter.value);
    if (!cursor || cursor->values.empty()) return false;
    add(cursor->order);
    for (std::optional<std::string>& value : cursor->values) {
      key_.text.push_back(value ? '$' : '0');
      if (!value) continue;
      int slot = new_slot(std::move(*value));
      if (parameter.slot == 0) parameter.slot = slot;
    }
    return true;
  }

  // How much of a parameter's value belongs to the shape; the rest gets a slot.
  std::size_t kept_of(QueryParameter& parameter) {
    switch (kind_of_parameter(parameter.name)) {
      case ParameterKind::window:
        if (windows_vary_ && is_varying_window(parameter))
          parameter.slot = new_slot(parameter.value);
        return 0;
      case ParameterKind::filter:
        return kept_of_filter(parameter);
      default:
        return 0;
    }
  }

  std::size_t kept_of_filter(QueryParameter& parameter) {
    std::string_view value = parameter.value;
    std::size_t begin = value.starts_with("not.") ? 4 : 0;
    std::size_t dot = value.find('.', begin);
    if (dot == std::string_view::npos) return 0;
    std::string_view op = value.substr(begin, dot - begin);
    std::string rest(value.substr(dot + 1));
    if (op == "in") {
      Result<Filter> list = parse_filter(value, false);
      // The list of one empty text is no list (PostgREST's way to say none).
      if (!list.ok() || (list->values.size() == 1 && list->values[0].empty()))
        return 0;
      rest = array_literal(list->values);
    } else if (std::find(kValueOperators.begin(), kValueOperators.end(), op) ==
               kValueOperators.end()) {
      return 0;
    }
    if (op == "like" || op == "ilike") rest = pattern_of(std::move(rest));
    parameter.slot = new_slot(std::move(rest));
    return dot + 1;
  }

  const RestConfig& config_;
  RequestParts& parts_;
  ShapeKey key_;
  bool windows_vary_ = true;
};

}  // namespace

ShapeKey make_shape_key(const Request& message, const RestConfig& config,
                        std::string_view role, ApiRequest& begun,
                        RequestParts& parts) {
  KeyBuilder key(config, parts);
  key.add(role);
  key.add(message.method);
  key.add(message.path);
  key.add_headers(message);
  if (message.is_local) key.add("local");
  key.add_parameters(begun.action != Action::call || !begun.read_only);
  key.add_body();
  key.add_precondition(begun.precondition);
  return std::move(key).finish();
}

}  // namespace trestle::rest
