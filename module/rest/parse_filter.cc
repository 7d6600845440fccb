// Filters and logic trees.
#include <array>

#include "base/text.h"
#include "rest/parse.h"

namespace trestle::rest {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::string_view kDelimiter = "delimiter (.)";
constexpr std::string_view kOperator = "operator (eq, gt, ...)";
constexpr std::string_view kLogicName =
    "field name (* or [a..z0..9_$]), negation operator (not) or logic operator "
    "(and, or)";

struct OperatorName {
  std::string_view text;
  Operator op;
};

// Longer names stand before their beginnings.
constexpr std::array<OperatorName, 25> kOperators = {{
    {"isdistinct", Operator::is_distinct},
    {"in", Operator::in},
    {"is", Operator::is},
    {"fts", Operator::fts},
    {"plfts", Operator::plain_fts},
    {"phfts", Operator::phrase_fts},
    {"wfts", Operator::web_fts},
    {"neq", Operator::neq},
    {"cs", Operator::contains},
    {"cd", Operator::contained},
    {"ov", Operator::overlaps},
    {"sl", Operator::strictly_left},
    {"sr", Operator::strictly_right},
    {"nxr", Operator::not_extend_right},
    {"nxl", Operator::not_extend_left},
    {"adj", Operator::adjacent},
    {"eq", Operator::eq},
    {"gte", Operator::gte},
    {"gt", Operator::gt},
    {"lte", Operator::lte},
    {"lt", Operator::lt},
    {"like", Operator::like},
    {"ilike", Operator::ilike},
    {"match", Operator::match},
    {"imatch", Operator::imatch},
}};

bool takes_quantifier(Operator op) {
  return op == Operator::eq || op == Operator::gte || op == Operator::gt ||
         op == Operator::lte || op == Operator::lt || op == Operator::like ||
         op == Operator::ilike || op == Operator::match ||
         op == Operator::imatch;
}

bool takes_language(Operator op) {
  return op == Operator::fts || op == Operator::plain_fts ||
         op == Operator::phrase_fts || op == Operator::web_fts;
}

// "gift, "special" (box)": clients quote a value without escaping the quotes
// inside, so the one that ends it is the first that a comma or the list's end
// follows.
bool parse_loosely_quoted(Scanner& in, std::string& out) {
  std::string_view text = in.rest();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] != '"') continue;
    if (i + 1 < text.size() && text[i + 1] != ',' && text[i + 1] != ')')
      continue;
    out = std::string(text.substr(1, i - 1));
    in.advance(i + 1);
    return true;
  }
  return false;
}

// A value inside a list: quoted, or up to the next comma or parenthesis.
bool parse_element(Scanner& in, std::string& out) {
  if (in.peek() == '"') {
    std::size_t begin = in.position();
    std::string text;
    if (parse_quoted(in, text) &&
        (in.at_end() || in.peek() == ',' || in.peek() == ')')) {
      out = std::move(text);
      return true;
    }
    in.back_to(begin);
    if (parse_loosely_quoted(in, out)) return true;
  }
  while (!in.at_end() && in.peek() != ',' && in.peek() != ')') {
    out.push_back(in.peek());
    in.advance(1);
  }
  return true;
}

bool parse_list(Scanner& in, std::vector<std::string>& values) {
  if (!in.accept("(")) return false;
  in.skip_blanks();
  do {
    std::string value;
    if (!parse_element(in, value)) return false;
    values.push_back(std::move(value));
  } while (in.accept(","));
  bool closed = in.accept(")");
  in.skip_blanks();
  return closed;
}

struct IsName {
  std::string_view text;
  IsValue value;
};
constexpr std::array<IsName, 5> kIsNames = {{
    {"null", IsValue::null},
    {"not_null", IsValue::not_null},
    {"true", IsValue::is_true},
    {"false", IsValue::is_false},
    {"unknown", IsValue::unknown},
}};

bool parse_is(Scanner& in, IsValue& value) {
  for (const IsName& name : kIsNames) {
    std::string_view word = in.rest().substr(0, name.text.size());
    if (!ascii_iequals(word, name.text)) continue;
    std::string_view behind = in.rest().substr(name.text.size());
    if (!behind.empty() && behind[0] != ',' && behind[0] != ')') continue;
    in.advance(name.text.size());
    value = name.value;
    return true;
  }
  in.expect("isVal: (null, not_null, true, false, unknown)");
  return false;
}

// {1,2} is one value although it holds commas.
bool parse_braces(Scanner& in, std::string& out) {
  std::size_t end = in.rest().find_first_of("{}", 1);
  if (end == std::string_view::npos || in.rest()[end] != '}') return false;
  out = std::string(in.rest().substr(0, end + 1));
  in.advance(end + 1);
  return true;
}

void parse_value(Scanner& in, bool in_logic, std::string& out) {
  if (!in_logic) {
    out = std::string(in.rest());
    in.advance(out.size());
    return;
  }
  if (in.peek() == '{' && parse_braces(in, out)) return;
  static_cast<void>(parse_element(in, out));
}

// The word in parentheses behind an operator: any, all, a language.
bool parse_modifier(Scanner& in, std::string& word) {
  std::size_t begin = in.position();
  in.advance(1);
  if (parse_identifier(in, word) && in.accept(")")) return true;
  in.back_to(begin);
  return false;
}

bool parse_operator(Scanner& in, Filter& filter) {
  std::size_t begin = in.position();
  for (const OperatorName& name : kOperators) {
    if (!in.looking_at(name.text)) continue;
    in.advance(name.text.size());
    filter.op = name.op;
    if (in.peek() == '(' &&
        (takes_quantifier(name.op) || takes_language(name.op))) {
      std::string word;
      if (!parse_modifier(in, word)) {
        in.back_to(begin);
        continue;
      }
      if (takes_language(name.op)) {
        filter.language = word;
      } else if (word == "any" || word == "all") {
        filter.quantifier = word == "any" ? Quantifier::any : Quantifier::all;
      } else if (word == "column") {
        filter.by_column = true;
      } else {
        in.back_to(begin);
        continue;
      }
    }
    if (in.accept(".", kDelimiter)) return true;
    in.back_to(begin);
  }
  in.expect(kOperator);
  return false;
}

bool parse_operation(Scanner& in, bool in_logic, Filter& filter) {
  if (in.looking_at("not.")) {
    in.advance(4);
    filter.negated = true;
  } else {
    in.expect("\"not\"");
  }
  if (!parse_operator(in, filter)) return false;
  if (filter.op == Operator::in) return parse_list(in, filter.values);
  if (filter.op == Operator::is) return parse_is(in, filter.is);
  parse_value(in, in_logic, filter.value);
  return true;
}

bool parse_tree(Scanner& in, LogicTree& tree, int depth);

bool parse_children(Scanner& in, LogicTree& tree, int depth) {
  if (!in.accept("(")) return false;
  in.skip_blanks();
  do {
    in.skip_blanks();
    LogicTree child;
    if (!parse_tree(in, child, depth + 1)) return false;
    tree.children.push_back(std::move(child));
    in.skip_blanks();
  } while (in.accept(","));
  bool closed = in.accept(")");
  in.skip_blanks();
  return closed;
}

bool parse_leaf(Scanner& in, LogicTree& tree) {
  if (!parse_field(in, tree.filter.field)) return false;
  return in.accept(".", kDelimiter) && parse_operation(in, true, tree.filter);
}

bool parse_tree(Scanner& in, LogicTree& tree, int depth) {
  if (depth > kMaxDepth) {
    in.expect("fewer levels of logic");
    return false;
  }
  std::size_t begin = in.position();
  if (in.at_end() || in.peek() == ')' || in.peek() == '(') {
    in.expect(kLogicName);
    return false;
  }
  // and(..), or(..), not.and(..); anything else is a filter.
  if (in.looking_at("not.")) {
    in.advance(4);
    tree.negated = true;
  }
  for (std::string_view word : {"and", "or"}) {
    if (!in.looking_at(word)) continue;
    std::size_t behind = word.size();
    if (in.rest().substr(behind).starts_with("(")) {
      in.advance(behind);
      tree.leaf = false;
      tree.disjunction = word == "or";
      return parse_children(in, tree, depth);
    }
  }
  in.back_to(begin);
  tree.negated = false;
  return parse_leaf(in, tree);
}

}  // namespace

Result<FilterTarget> parse_filter_target(std::string_view text) {
  std::string what = concat({"tree path"});
  Scanner in(what, text);
  FilterTarget target;
  for (;;) {
    Field field;
    if (!parse_field(in, field)) return in.error();
    if (in.peek() == '.' && field.path.empty()) {
      in.advance(1);
      target.path.push_back(std::move(field.name));
      continue;
    }
    target.field = std::move(field);
    return target;
  }
}

Result<Filter> parse_filter(std::string_view text, bool of_function) {
  Scanner in("filter", text);
  Filter filter;
  if (parse_operation(in, false, filter)) return filter;
  if (!of_function) return in.error();
  Filter argument;
  argument.no_operator = true;
  argument.value = std::string(text);
  return argument;
}

Result<LogicTarget> parse_logic_target(std::string_view text) {
  Scanner in("logic path", text);
  LogicTarget target;
  std::vector<std::string> names;
  do {
    std::string name;
    if (!parse_field_name(in, name)) return in.error();
    names.push_back(std::move(name));
  } while (in.accept("."));
  target.disjunction = names.back() == "or";
  names.pop_back();
  for (std::string& name : names) {
    if (name == "not")
      target.negated = true;
    else
      target.path.push_back(std::move(name));
  }
  return target;
}

Result<LogicTree> parse_logic(const LogicTarget& target,
                              std::string_view text) {
  Scanner in("logic tree", text);
  LogicTree tree;
  tree.leaf = false;
  tree.negated = target.negated;
  tree.disjunction = target.disjunction;
  in.skip_blanks();
  if (!parse_children(in, tree, 0)) return in.error();
  return tree;
}

}  // namespace trestle::rest
