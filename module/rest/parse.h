// The grammars of single query parameters. Each takes decoded text and yields
// data of query.h or PGRST100 with the place of the mistake.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "rest/query.h"
#include "rest/scanner.h"

namespace trestle::rest {

// select=: "id,total:sum(..),customer:customers!inner(name)".
Result<std::vector<SelectItem>> parse_select(std::string_view text);

// order=: "name.desc.nullslast,customers(name)".
Result<std::vector<OrderTerm>> parse_order(std::string_view text);

// columns= and on_conflict=: "id,\"odd name\"". `what` names the parameter.
Result<std::vector<std::string>> parse_names(std::string_view what,
                                             std::string_view text);

// The name of a filter parameter: "items.product.attrs->size".
struct FilterTarget {
  EmbedPath path;
  Field field;
};
Result<FilterTarget> parse_filter_target(std::string_view text);

// Its value: "not.in.(1,2)". `of_function`: a text without an operator is an
// argument, not a mistake.
Result<Filter> parse_filter(std::string_view text, bool of_function);

// The name of a logic parameter, "items.not.or", and its value, "(a.eq.1,..)".
struct LogicTarget {
  EmbedPath path;
  bool negated = false;
  bool disjunction = false;
};
Result<LogicTarget> parse_logic_target(std::string_view text);
Result<LogicTree> parse_logic(const LogicTarget& target, std::string_view text);

// --- pieces that several grammars share
// ----------------------------------------

[[nodiscard]] bool parse_field_name(Scanner& in, std::string& out);
[[nodiscard]] bool parse_field(Scanner& in, Field& out);
// "..." with backslash escapes.
[[nodiscard]] bool parse_quoted(Scanner& in, std::string& out);
// Letters, digits, blanks, _ and $.
[[nodiscard]] bool parse_identifier(Scanner& in, std::string& out);

}  // namespace trestle::rest
