#include "sql/row_tie.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/text.h"
#include "sql/sql_parser.h"
#include "sql/sql_writer.h"

namespace trestle {

namespace {

constexpr std::string_view kTypes = R"("trestle_types" as (select)";

// Where a table expression goes.
struct Place {
  std::size_t offset = 0;
  bool has_with = false;  // others come behind it
  bool exists = false;
};

bool begins_query(std::string_view word) {
  return word == "(" || ascii_iequals(word, "select") ||
         ascii_iequals(word, "values") || ascii_iequals(word, "table");
}

Place find_place(const std::string& text) {
  Place place;
  const SqlScan scan = scan_sql(text);
  for (const SqlToken& token : scan.tokens) {
    if (token.kind == SqlToken::Kind::line_comment ||
        token.kind == SqlToken::Kind::block_comment)
      continue;
    const std::string_view word = token.in(text);
    if (place.exists) {
      if (ascii_iequals(word, "recursive")) place.offset = token.end;
      break;
    }
    place.exists = place.has_with = ascii_iequals(word, "with");
    place.offset = token.end;
    if (place.has_with) continue;
    return {.offset = token.begin, .exists = begins_query(word)};
  }
  return place;
}

// With a space in front.
void append_item(std::string& list, std::string_view item) {
  list.append(list.empty() ? " " : ", ").append(item);
}

std::string expression_of(std::span<const RowSource> sources) {
  std::string numbers;
  std::string names;
  for (const RowSource& source : sources) {
    if (source.name.empty()) {
      append_item(numbers, concat({"'", std::to_string(source.oid),
                                   "'::pg_catalog.regclass"}));
      continue;
    }
    append_item(names, {});
    append_identifier(names, source.schema);
    names.push_back('.');
    append_identifier(names, source.name);
  }
  return concat({kTypes, numbers, names.empty() ? "" : " from", names, ")"});
}

}  // namespace

SqlRef tie_rows(const Sql& sql, std::span<const RowSource> sources) {
  if (sources.empty() || sql.name.empty()) return nullptr;
  const std::string_view text = sql.text;
  if (text.find(kTypes) != text.npos) return nullptr;  // it is
  const Place place = find_place(sql.text);
  if (!place.exists) return nullptr;
  std::string tied =
      concat({text.substr(0, place.offset), place.has_with ? " " : "with ",
              expression_of(sources), place.has_with ? "," : " ",
              text.substr(place.offset)});
  if (parse_sql(tied).fault) return nullptr;
  Sql made = *make_sql(std::move(tied), sql.param_types, sql.name);
  made.columns_vary = std::ranges::any_of(
      sources, [](const RowSource& source) { return source.name.empty(); });
  return std::make_shared<const Sql>(std::move(made));
}

}  // namespace trestle
