#include "rest/query_string.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "rest/cursor.h"
#include "rest/errors.h"
#include "rest/parse.h"

namespace trestle::rest {
namespace {

Error bad_encoding() {
  return errors::query_syntax(
      "The query string is not valid",
      "It must be percent-encoded UTF-8 without NUL bytes.");
}

std::string_view last_part(std::string_view key) {
  std::size_t dot = key.rfind('.');
  return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

// "a.b.limit" -> {"a", "b"}; quotes protect dots.
Result<EmbedPath> parent_path(std::string_view key) {
  std::size_t dot = key.rfind('.');
  if (dot == std::string_view::npos) return EmbedPath{};
  Result<FilterTarget> target = parse_filter_target(key.substr(0, dot));
  if (!target.ok()) return std::move(target).error();
  EmbedPath path = std::move(target->path);
  path.push_back(std::move(target->field.name));
  return path;
}

// Digits with an optional sign; nullopt: no number at all, which is ignored.
// A number that 64 bits cannot hold is an error.
Result<std::optional<std::int64_t>> parse_number(std::string_view key,
                                                 std::string_view text) {
  std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  std::int64_t value = 0;
  auto [end, problem] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem == std::errc::result_out_of_range)
    return errors::query_syntax(
        concat({"\"failed to parse ", key, " parameter (", text, ")\""}),
        "The number does not fit into 64 bits.");
  if (problem != std::errc() || end != digits.data() + digits.size())
    return std::optional<std::int64_t>();
  return std::optional<std::int64_t>(value);
}

Range& range_at(Query& query, EmbedPath path) {
  for (At<Range>& range : query.ranges)
    if (range.path == path) return range.what;
  query.ranges.push_back({std::move(path), {}});
  return query.ranges.back().what;
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
         (c >= 'A' && c <= 'F');
}

// As URL decoding, but a % that no two digits follow stands for itself: keys
// of JSON paths are written so.
std::string lenient_decode(std::string_view text) {
  const auto is_coded = [](char c) { return c == '%' || c == '+'; };
  if (std::ranges::none_of(text, is_coded)) return std::string(text);
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool valid =
        i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2]);
    if (text[i] == '%' && !valid)
      escaped += "%25";
    else
      escaped.push_back(text[i]);
  }
  return url_decode(escaped, true).value_or(std::string());
}

bool is_text(const std::string& text) {
  return is_utf8(text) && text.find('\0') == std::string::npos;
}

class Parser {
 public:
  Parser(Query& query, bool of_function)
      : query_(query), of_function_(of_function) {}

  Result<void> add(const QueryParameter& parameter) {
    const auto& [key, value, slot] = parameter;
    switch (kind_of_parameter(key)) {
      case ParameterKind::select:
        return add_select(value);
      case ParameterKind::names:
        if (key == "columns")
          return add_names("columns parameter", value, query_.columns);
        return add_names("on_conflict parameter", value, query_.on_conflict);
      case ParameterKind::order:
        return add_order(key, value);
      case ParameterKind::window:
        return add_range(parameter, last_part(key) == "limit");
      case ParameterKind::logic:
        return add_logic(key, value);
      case ParameterKind::filter:
        return add_filter(parameter);
    }
    return {};
  }

 private:
  Result<void> add_select(const std::string& value) {
    query_.has_select = true;
    if (value.empty()) return {};
    Result<std::vector<SelectItem>> items = parse_select(value);
    if (!items.ok()) return std::move(items).error();
    query_.select = std::move(*items);
    return {};
  }

  static Result<void> add_names(
      std::string_view what, const std::string& value,
      std::optional<std::vector<std::string>>& target) {
    Result<std::vector<std::string>> names = parse_names(what, value);
    if (!names.ok()) return std::move(names).error();
    target = std::move(*names);
    return {};
  }

  Result<void> add_order(std::string_view key, const std::string& value) {
    Result<EmbedPath> path = parent_path(key);
    if (!path.ok()) return std::move(path).error();
    Result<std::vector<OrderTerm>> terms = parse_order(value);
    if (!terms.ok()) return std::move(terms).error();
    query_.orders.push_back({std::move(*path), std::move(*terms)});
    return {};
  }

  Result<void> add_range(const QueryParameter& parameter, bool limit) {
    const auto& [key, value, slot] = parameter;
    Result<EmbedPath> path = parent_path(key);
    if (!path.ok()) return std::move(path).error();
    Result<std::optional<std::int64_t>> number = parse_number(key, value);
    if (!number.ok()) return std::move(number).error();
    if (!number->has_value()) return {};
    bool root = path->empty();
    Range& range = range_at(query_, std::move(*path));
    if (limit) {
      range.limit = **number;
      range.limit_slot = slot;
      query_.has_limit = query_.has_limit || root;
    } else {
      range.offset = std::max<std::int64_t>(**number, 0);
      range.offset_slot = slot;
    }
    return {};
  }

  Result<void> add_logic(std::string_view key, const std::string& value) {
    Result<LogicTarget> target = parse_logic_target(key);
    if (!target.ok()) return std::move(target).error();
    Result<LogicTree> tree = parse_logic(*target, value);
    if (!tree.ok()) return std::move(tree).error();
    query_.logic.push_back({std::move(target->path), std::move(*tree)});
    return {};
  }

  Result<void> add_filter(const QueryParameter& parameter) {
    const auto& [key, value, slot] = parameter;
    Result<Filter> filter = parse_filter(value, of_function_);
    if (!filter.ok() && key == "distinct" && value == "*") {
      query_.distinct = {"*"};
      return {};
    }
    if (!filter.ok() && key == "distinct")
      return add_names("distinct parameter", value, query_.distinct);
    if (!filter.ok() && key == "after") return add_after(value, slot);
    if (!filter.ok()) return std::move(filter).error();
    if (filter->no_operator) {
      query_.arguments.emplace_back(key, value);
      return {};
    }
    Result<FilterTarget> target = parse_filter_target(key);
    if (!target.ok()) return std::move(target).error();
    filter->field = std::move(target->field);
    filter->slot = slot;
    query_.filters.push_back({std::move(target->path), std::move(*filter)});
    return {};
  }

  Result<void> add_after(const std::string& value, int slot) {
    query_.after = parse_cursor(value);
    if (!query_.after)
      return errors::query_syntax(
          concat({"\"failed to parse after parameter (", value, ")\""}),
          "Take it from the Link header of the page before, or leave it empty "
          "for the first page.");
    query_.after->slot = slot;
    return {};
  }

  Query& query_;
  bool of_function_;
};

}  // namespace

Result<QueryParameters> split_query(std::string_view raw,
                                    const QueryLimits& limits) {
  QueryParameters parameters;
  constexpr std::size_t kUsual = 8;
  parameters.reserve(raw.empty() ? 0 : kUsual);
  while (!raw.empty()) {
    const std::string_view piece = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(piece.size() + 1, raw.size()));
    if (piece.empty()) continue;
    if (parameters.size() == limits.max_parameters)
      return errors::query_syntax("The query string is too long",
                                  "It has too many parameters.");
    std::size_t equal = piece.find('=');
    QueryParameter parameter;
    parameter.name = lenient_decode(piece.substr(0, equal));
    if (equal != std::string_view::npos)
      parameter.value = lenient_decode(piece.substr(equal + 1));
    if (!is_text(parameter.name) || !is_text(parameter.value))
      return bad_encoding();
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

ParameterKind kind_of_parameter(std::string_view name) {
  if (name == "select") return ParameterKind::select;
  if (name == "columns" || name == "on_conflict") return ParameterKind::names;
  std::string_view last = last_part(name);
  if (last == "order") return ParameterKind::order;
  if (last == "limit" || last == "offset") return ParameterKind::window;
  if (last == "and" || last == "or") return ParameterKind::logic;
  return ParameterKind::filter;
}

Result<Query> parse_query(const QueryParameters& parameters, bool of_function) {
  Query query;
  Parser parser(query, of_function);
  for (const QueryParameter& parameter : parameters) {
    Result<void> added = parser.add(parameter);
    if (!added.ok()) return std::move(added).error();
  }
  return query;
}

Result<Query> parse_query(std::string_view raw, bool of_function) {
  Result<QueryParameters> parameters = split_query(raw);
  if (!parameters.ok()) return std::move(parameters).error();
  return parse_query(*parameters, of_function);
}

}  // namespace trestle::rest
