#include "sql/row_tie.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

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

std::vector<SqlToken> words_of(const std::string& text) {
  std::vector<SqlToken> words = scan_sql(text).tokens;
  std::erase_if(words, [](const SqlToken& token) {
    return token.kind == SqlToken::Kind::line_comment ||
           token.kind == SqlToken::Kind::block_comment;
  });
  return words;
}

// Where the query begins that an INSERT takes its rows from; at the end: there
// is none, or it is in parentheses.
std::size_t find_source(const std::string& text,
                        std::span<const SqlToken> words) {
  int depth = 0;
  for (std::size_t i = 0; i < words.size(); i++) {
    const std::string_view word = words[i].in(text);
    if (word == "(") depth++;
    if (word == ")") depth--;
    if (depth == 0 &&
        (ascii_iequals(word, "select") || ascii_iequals(word, "with")))
      return i;
  }
  return words.size();
}

Place find_place(const std::string& text) {
  const std::vector<SqlToken> words = words_of(text);
  const auto is = [&](std::size_t i, std::string_view word) {
    return i < words.size() && ascii_iequals(words[i].in(text), word);
  };
  const std::size_t first = is(0, "insert") ? find_source(text, words) : 0;
  if (first >= words.size()) return {};
  if (!is(first, "with"))
    return {.offset = words[first].begin,
            .exists = begins_query(words[first].in(text))};
  const std::size_t last = is(first + 1, "recursive") ? first + 1 : first;
  return {.offset = words[last].end, .has_with = true, .exists = true};
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
