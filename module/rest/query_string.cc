#include "rest/query_string.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
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

// As URL decoding, but a % that no two digits follow stands for itself: keys
// of JSON paths are written so.
std::string lenient_decode(std::string_view text) {
  auto is_hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
  };
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

class Parser {
 public:
  Parser(Query& query, bool of_function)
      : query_(query), of_function_(of_function) {}

  Result<void> add(const std::string& key, const std::string& value) {
    if (key == "select") return add_select(value);
    if (key == "columns")
      return add_names("columns parameter", value, query_.columns);
    if (key == "on_conflict")
      return add_names("on_conflict parameter", value, query_.on_conflict);
    std::string_view last = last_part(key);
    if (last == "order") return add_order(key, value);
    if (last == "limit" || last == "offset")
      return add_range(key, value, last == "limit");
    if (last == "and" || last == "or") return add_logic(key, value);
    return add_filter(key, value);
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

  Result<void> add_range(std::string_view key, const std::string& value,
                         bool limit) {
    Result<EmbedPath> path = parent_path(key);
    if (!path.ok()) return std::move(path).error();
    Result<std::optional<std::int64_t>> number = parse_number(key, value);
    if (!number.ok()) return std::move(number).error();
    if (!number->has_value()) return {};
    bool root = path->empty();
    Range& range = range_at(query_, std::move(*path));
    if (limit) {
      range.limit = **number;
      query_.has_limit = query_.has_limit || root;
    } else {
      range.offset = std::max<std::int64_t>(**number, 0);
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

  Result<void> add_filter(const std::string& key, const std::string& value) {
    Result<Filter> filter = parse_filter(value, of_function_);
    if (!filter.ok()) return std::move(filter).error();
    if (filter->no_operator) {
      query_.arguments.emplace_back(key, value);
      return {};
    }
    Result<FilterTarget> target = parse_filter_target(key);
    if (!target.ok()) return std::move(target).error();
    filter->field = std::move(target->field);
    query_.filters.push_back({std::move(target->path), std::move(*filter)});
    return {};
  }

  Query& query_;
  bool of_function_;
};

}  // namespace

Result<Query> parse_query(std::string_view raw, bool of_function,
                          const QueryLimits& limits) {
  Query query;
  if (!raw.empty()) {
    for (std::string_view piece : split(raw, '&')) {
      if (piece.empty()) continue;
      if (query.all.size() == limits.max_parameters)
        return errors::query_syntax("The query string is too long",
                                    "It has too many parameters.");
      std::size_t equal = piece.find('=');
      std::string key = lenient_decode(piece.substr(0, equal));
      std::string value = equal == std::string_view::npos
                              ? std::string()
                              : lenient_decode(piece.substr(equal + 1));
      if (!is_utf8(key) || !is_utf8(value) ||
          key.find('\0') != std::string::npos ||
          value.find('\0') != std::string::npos)
        return bad_encoding();
      query.all.emplace_back(std::move(key), std::move(value));
    }
  }
  Parser parser(query, of_function);
  for (const auto& [key, value] : query.all) {
    Result<void> added = parser.add(key, value);
    if (!added.ok()) return std::move(added).error();
  }
  std::sort(query.all.begin(), query.all.end());
  return query;
}

}  // namespace trestle::rest
