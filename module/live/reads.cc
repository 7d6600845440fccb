#include "live/reads.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/json.h"
#include "base/text.h"
#include "live/plan_text.h"
#include "sql/harmless.h"

namespace trestle::live {
namespace {

using Value = rapidjson::Value;

// --- functions that a plan calls ---------------------------------------------

// Functions of pg_catalog beside those of harmless.h that read no table, and
// what PostgreSQL writes like functions.
constexpr std::string_view kMoreFunctions[] = {
    "coalesce", "least",       "row",       "trim",      "to_json",
    "to_jsonb", "row_to_json", "numeric",   "varying",   "character",
    "bit",      "timestamp",   "time",      "interval",  "bpchar",
    "char",     "xmlelement",  "xmlforest", "substring", "sum",
};

bool reads_no_table(std::string_view name) {
  constexpr std::string_view kCatalog = "pg_catalog.";
  const std::string lower = ascii_lower(name);
  std::string_view plain = lower;
  if (plain.starts_with(kCatalog)) plain.remove_prefix(kCatalog.size());
  return harmless_function({}, plain) ||
         std::ranges::find(kMoreFunctions, plain) != std::end(kMoreFunctions);
}

// Whether an expression of a plan calls something that may read a table.
bool calls_unknown(std::string_view text) {
  std::size_t name = 0;  // where the name before `at` begins
  bool quoted_name = false;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '\'' || c == '"') {
      at = skip_quoted(text, at);
      quoted_name = c == '"';
      name = at;
      continue;
    }
    if (c == '(') {
      if (quoted_name) return true;
      if (at > name && !reads_no_table(text.substr(name, at - name)))
        return true;
    }
    at++;
    if (is_name_character(c)) continue;
    name = at;
    quoted_name = false;
  }
  return false;
}

// --- keys --------------------------------------------------------------------

std::optional<std::int64_t> integer(std::string_view text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc() || stop != end) return std::nullopt;
  return value;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-';
  });
}

// 7, '7'::bigint, '7e..'::uuid: types whose equal values have equal text.
std::optional<std::string> literal(std::string_view text) {
  if (!text.starts_with('\'')) {
    if (!integer(text)) return std::nullopt;
    return std::string(text);
  }
  const std::size_t end = skip_quoted(text, 0);
  const std::string_view value = text.substr(1, end - 2);
  const std::string_view type = text.substr(end);
  const bool number =
      type == "::bigint" || type == "::integer" || type == "::smallint";
  if ((number && integer(value)) || (type == "::uuid" && is_uuid(value)))
    return std::string(value);
  return std::nullopt;
}

// The name at the beginning of `text`, without its quotes, which is taken off.
std::optional<std::string> take_name(std::string_view& text) {
  std::string name;
  std::size_t end = 0;
  if (text.starts_with('"')) {
    end = skip_quoted(text, 0);
    for (std::size_t at = 1; at + 1 < end; at++) {
      name += text[at];
      if (text[at] == '"') at++;
    }
  } else {
    while (end < text.size() && is_name_character(text[end]) &&
           text[end] != '.')
      end++;
    name = text.substr(0, end);
  }
  text.remove_prefix(end);
  if (name.empty()) return std::nullopt;
  return name;
}

// "alias.column = literal".
std::optional<ReadKey> key_of(std::string_view text, std::string_view alias) {
  text = without_parentheses(text);
  std::optional<std::string> table = take_name(text);
  if (!table || *table != alias || !text.starts_with('.')) return std::nullopt;
  text.remove_prefix(1);
  std::optional<std::string> column = take_name(text);
  constexpr std::string_view kEquals = " = ";
  if (!column || !text.starts_with(kEquals)) return std::nullopt;
  std::optional<std::string> value = literal(text.substr(kEquals.size()));
  if (!value) return std::nullopt;
  return ReadKey{.column = std::move(*column), .value = std::move(*value)};
}

// --- the plan ----------------------------------------------------------------

std::string_view text_member(const Value& node, const char* name) {
  auto found = node.FindMember(name);
  if (found == node.MemberEnd() || !found->value.IsString()) return {};
  return json_text(found->value);
}

void add_table(Reads& reads, const Value& node) {
  TableRead table = {.schema = std::string(text_member(node, "Schema")),
                     .name = std::string(text_member(node, "Relation Name")),
                     .keys = {}};
  if (table.name.empty() || table.schema == "pg_catalog") return;
  const std::string_view alias = text_member(node, "Alias");
  for (const char* member : {"Index Cond", "Recheck Cond", "Filter"})
    for (std::string_view part : conjunction(text_member(node, member)))
      if (std::optional<ReadKey> key = key_of(part, alias))
        table.keys.push_back(std::move(*key));
  reads.tables.push_back(std::move(table));
}

// Members that hold names and numbers, not expressions.
bool is_expression(std::string_view member) {
  return member == "Output" || member.ends_with("Cond") ||
         member.ends_with("Filter") || member.ends_with("Key") ||
         member.ends_with("Call");
}

void add_expressions(Reads& reads, const Value& value) {
  if (value.IsString() && calls_unknown(json_text(value)))
    reads.everything = true;
  if (!value.IsArray()) return;
  for (const Value& item : value.GetArray())
    if (item.IsString() && calls_unknown(json_text(item)))
      reads.everything = true;
}

void add_node(Reads& reads, const Value& node,
              std::vector<const Value*>& todo) {
  add_table(reads, node);
  // What other servers keep is not in our log.
  if (text_member(node, "Node Type") == "Foreign Scan") reads.everything = true;
  for (const auto& member : node.GetObject()) {
    const std::string_view name = json_text(member.name);
    if (name == "Plans" && member.value.IsArray()) {
      for (const Value& child : member.value.GetArray())
        if (child.IsObject()) todo.push_back(&child);
    } else if (is_expression(name) || name == "One-Time Filter") {
      add_expressions(reads, member.value);
    }
  }
}

// --- rows --------------------------------------------------------------------

enum class Meets { no, yes, unknown };

Meets meets(const FeedRelation& relation, std::span<const FeedCell> cells,
            bool whole, const ReadKey& key) {
  for (std::size_t i = 0; i < relation.columns.size(); i++) {
    if (relation.columns[i].name != key.column) continue;
    if (i >= cells.size() || (!whole && !relation.columns[i].key))
      return Meets::unknown;
    const FeedCell& cell = cells[i];
    if (cell.kind == FeedCell::Kind::unchanged) return Meets::unknown;
    if (cell.kind == FeedCell::Kind::null) return Meets::no;
    return cell.text == key.value ? Meets::yes : Meets::no;
  }
  return Meets::unknown;
}

// Whether a row is known to miss a key.
bool misses(const FeedRelation& relation, std::span<const FeedCell> cells,
            bool whole, const std::vector<ReadKey>& keys) {
  return std::ranges::any_of(keys, [&](const ReadKey& key) {
    return meets(relation, cells, whole, key) == Meets::no;
  });
}

}  // namespace

Statement explain(const Statement& statement) {
  return {.sql = make_sql(concat({"explain (verbose, costs off, format json) ",
                                  statement.sql->text}),
                          statement.sql->param_types, "explain"),
          .params = statement.params};
}

void add_reads(Reads& reads, std::string_view plan) {
  Result<rapidjson::Document> document =
      parse_json(plan, {.max_depth = 1000, .max_bytes = plan.size()});
  if (!document.ok() || !document->IsArray() || document->Empty() ||
      !(*document)[0].IsObject() || !(*document)[0].HasMember("Plan")) {
    reads.everything = true;
    return;
  }
  std::vector<const Value*> todo;
  todo.push_back(&(*document)[0]["Plan"]);
  while (!todo.empty()) {
    const Value& node = *todo.back();
    todo.pop_back();
    if (node.IsObject()) add_node(reads, node, todo);
  }
}

bool concerns(const RowChange& change, const std::vector<ReadKey>& keys) {
  const FeedRelation& relation = change.relation;
  const bool new_row_misses = change.kind == RowChange::Kind::erase ||
                              misses(relation, change.after, true, keys);
  if (!new_row_misses) return true;
  if (change.kind == RowChange::Kind::insert) return false;
  if (!change.before.empty())
    return !misses(relation, change.before, change.before_is_whole_row, keys);
  // The update has left the replica identity alone: its columns are what they
  // were.
  return !misses(relation, change.after, false, keys);
}

}  // namespace trestle::live
