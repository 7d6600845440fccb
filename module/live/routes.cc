#include "live/routes.h"

#include <algorithm>
#include <charconv>

#include "base/json_members.h"
#include "base/text.h"
#include "live/plan_text.h"
#include "sql/sql_writer.h"

namespace trestle::live {
namespace {

using Value = rapidjson::Value;

// PostgreSQL's fixed OIDs.
constexpr Oid kBool = 16;
constexpr Oid kText = 25;
constexpr Oid kUuid = 2950;
constexpr Oid kVarchar = 1043;
// Types whose equal values have equal text.
constexpr Oid kExact[] = {20, 21, 23, kText, kVarchar, kUuid};

bool is_text(Oid type) { return type == kText || type == kVarchar; }

// What depends on its arguments and on settings, and on nothing else. What
// PostgreSQL writes like functions is among them.
constexpr std::string_view kSettled[] = {"current_setting",
                                         "coalesce",
                                         "nullif",
                                         "lower",
                                         "upper",
                                         "btrim",
                                         "json_extract_path_text",
                                         "jsonb_extract_path_text",
                                         "json_extract_path",
                                         "jsonb_extract_path",
                                         "pg_catalog.current_setting"};
// What PostgreSQL writes without parentheses and is something else each time.
constexpr std::string_view kMoving[] = {
    "current_date",   "current_time", "current_timestamp", "localtime",
    "localtimestamp", "subplan",      "initplan",          "hashed"};

template <std::size_t N>
bool contains(const std::string_view (&names)[N], std::string_view name) {
  return std::ranges::find(names, name) != std::end(names);
}

// The scan below nodes that pass rows on; null: there is none, or several.
const Value* find_scan(const Value& plan) {
  const Value* node = &plan;
  while (node != nullptr && node->IsObject()) {
    if (find_member(*node, "Relation Name") != nullptr) return node;
    const Value* below = find_member(*node, "Plans");
    if (below == nullptr || !below->IsArray() || below->Size() != 1)
      return nullptr;
    node = &(*below)[0];
  }
  return nullptr;
}

}  // namespace

std::optional<bool> is_equal(Oid type, std::string_view value,
                             std::string_view wanted) {
  if (is_text(type)) return value == wanted;
  if (type == kUuid && wanted.size() == 36) return ascii_iequals(value, wanted);
  if (type == kUuid || type == kBool) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = wanted.data() + wanted.size();
  const auto read = std::from_chars(wanted.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return value == std::to_string(number);
}

const FeedCell* find_cell(const FeedRelation& relation,
                          std::span<const FeedCell> cells,
                          std::string_view name) {
  auto column = std::ranges::find(relation.columns, name, &FeedColumn::name);
  const auto at = static_cast<std::size_t>(column - relation.columns.begin());
  if (at >= cells.size() || cells[at].kind == FeedCell::Kind::unchanged)
    return nullptr;
  return &cells[at];
}

// --- routes ------------------------------------------------------------------

bool Routes::may_see(const FeedRelation& relation,
                     std::span<const FeedCell> cells) const {
  const auto may_hold = [&](const RouteKey& key) {
    const FeedCell* cell = find_cell(relation, cells, key.column);
    if (cell == nullptr) return true;
    if (!key.value || cell->kind == FeedCell::Kind::null) return false;
    return is_equal(key.type, cell->text, *key.value) != false;
  };
  return std::ranges::all_of(conditions_, [&](const Any& any) {
    return std::ranges::any_of(any, [&](const All& all) {
      return std::ranges::all_of(all, may_hold);
    });
  });
}

// --- reading -----------------------------------------------------------------

RouteReader::RouteReader(const catalog::Relation& relation,
                         std::string_view plan)
    : relation_(relation) {
  Result<rapidjson::Document> document =
      parse_json(plan, {.max_depth = 1000, .max_bytes = plan.size()});
  if (!document.ok() || !document->IsArray() || document->Empty()) return;
  const Value* root = find_member((*document)[0], "Plan");
  const Value* scan = root != nullptr ? find_scan(*root) : nullptr;
  if (scan == nullptr || member_text(*scan, "Relation Name") != relation.name ||
      member_text(*scan, "Schema") != relation.schema)
    return;
  const std::string_view alias = member_text(*scan, "Alias");
  for (const char* name : {"Index Cond", "Recheck Cond", "Filter"}) {
    // A name is quoted where it has to be.
    for (const std::string& form :
         {std::string(alias), concat({"\"", alias, "\""})}) {
      alias_ = form + ".";
      read_condition(member_text(*scan, name));
    }
  }
}

void RouteReader::read_condition(std::string_view text) {
  if (text.empty()) return;
  for (std::string_view part : conjunction(text))
    if (std::optional<Any> any = read_part(part))
      conditions_.push_back(std::move(*any));
}

// Of an OR, each operand must say something.
std::optional<RouteReader::Any> RouteReader::read_part(
    std::string_view text) const {
  Any any;
  for (std::string_view way : operands(text, " OR ")) {
    All all;
    for (std::string_view each : conjunction(way))
      if (std::optional<Key> key = read_equality(each))
        all.push_back(std::move(*key));
    if (all.empty()) return std::nullopt;
    any.push_back(std::move(all));
  }
  return any;
}

std::optional<RouteReader::Key> RouteReader::read_equality(
    std::string_view text) const {
  const std::vector<std::string_view> sides = operands(text, " = ");
  if (sides.size() != 2) return std::nullopt;
  for (const std::size_t at : {0u, 1u}) {
    const catalog::Column* column = column_of(sides[at]);
    const std::string_view other = sides[1 - at];
    if (column != nullptr && is_settled(other))
      return Key{.column = column, .expression = std::string(other)};
  }
  return std::nullopt;
}

// "t.owner", and "(t.owner)::text" of a varchar.
const catalog::Column* RouteReader::column_of(std::string_view text) const {
  constexpr std::string_view kCast = "::text";
  const bool cast = text.ends_with(kCast);
  if (cast) text.remove_suffix(kCast.size());
  text = without_parentheses(text);
  if (!text.starts_with(alias_)) return nullptr;
  text.remove_prefix(alias_.size());
  if (text.starts_with('"') && skip_quoted(text, 0) == text.size())
    text = text.substr(1, text.size() - 2);
  const catalog::Column* column = relation_.find_column(text);
  if (column == nullptr || (cast && column->type != kVarchar)) return nullptr;
  return std::ranges::find(kExact, column->type) != std::end(kExact) ? column
                                                                     : nullptr;
}

// (2)
bool RouteReader::is_settled(std::string_view text) const {
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '\'') {
      at = skip_quoted(text, at);
      continue;
    }
    if (c == '"' || c == '$') return false;  // a name to be careful with
    if (!is_name_character(c)) {
      at++;
      continue;
    }
    const std::size_t begin = at;
    while (at < text.size() && is_name_character(text[at])) at++;
    const std::string word = ascii_lower(text.substr(begin, at - begin));
    const bool calls = at < text.size() && text[at] == '(';
    if (text.substr(begin).starts_with(alias_) || contains(kMoving, word) ||
        word.find('$') != std::string::npos ||
        (calls && !contains(kSettled, word)))
      return false;
  }
  return true;
}

// --- values ------------------------------------------------------------------

// A text is another one under a collation that says so: then its key is no key.
Statement RouteReader::values() const {
  constexpr Oid kOid = 26;
  SqlWriter sql;
  sql.raw("select ");
  bool first = true;
  for (const Any& any : conditions_)
    for (const All& all : any)
      for (const Key& key : all) {
        if (!std::exchange(first, false)) sql.raw(", ");
        sql.raw("(").catalog_text(key.expression).raw(")::pg_catalog.text, ");
        sql.raw(
            "exists (select from pg_catalog.pg_attribute a join "
            "pg_catalog.pg_collation c on c.oid = a.attcollation where not "
            "c.collisdeterministic and a.attrelid = ");
        sql.param(std::to_string(relation_.oid), kOid).raw(" and a.attname = ");
        sql.param(key.column->name, kText).raw(")");
      }
  return std::move(sql).finish();
}

Routes RouteReader::routes(std::span<const Cell> row) const {
  std::vector<Routes::Any> conditions;
  std::size_t at = 0;
  for (const Any& any : conditions_) {
    Routes::Any ways;
    bool exact = true;
    for (const All& all : any) {
      Routes::All keys;
      for (const Key& key : all) {
        if (at + 1 >= row.size()) return {};
        RouteKey& made = keys.emplace_back(RouteKey{
            .column = key.column->name, .type = key.column->type, .value = {}});
        if (!is_null(row[at])) made.value = std::string(row[at]);
        exact = exact && row[at + 1] == "f";
        at += 2;
      }
      ways.push_back(std::move(keys));
    }
    if (exact) conditions.push_back(std::move(ways));
  }
  return Routes(std::move(conditions));
}

}  // namespace trestle::live
