// select= and order=. The grammar recurses once per level of embedding, so the
// depth is bounded.
#include <array>

#include "rest/errors.h"
#include "rest/parse.h"

namespace trestle::rest {
namespace {

constexpr int kMaxDepth = 32;

struct AggregateName {
  std::string_view text;
  Aggregate aggregate;
};
constexpr std::array<AggregateName, 5> kAggregates = {{
    {"avg", Aggregate::avg},
    {"count", Aggregate::count},
    {"max", Aggregate::max},
    {"min", Aggregate::min},
    {"sum", Aggregate::sum},
}};

class SelectParser {
 public:
  explicit SelectParser(std::string_view text)
      : in_("select parameter", text) {}

  Result<std::vector<SelectItem>> parse() {
    std::vector<SelectItem> items;
    if (!parse_items(items, 0)) return in_.error();
    return items;
  }

 private:
  bool parse_items(std::vector<SelectItem>& items, int depth) {
    in_.skip_blanks();
    // An embedded resource may select nothing.
    if (depth > 0 && in_.peek() == ')') return true;
    do {
      in_.skip_blanks();
      SelectItem item;
      if (!parse_item(item, depth)) return false;
      items.push_back(std::move(item));
      in_.skip_blanks();
    } while (in_.accept(","));
    return true;
  }

  bool parse_item(SelectItem& item, int depth) {
    std::size_t begin = in_.position();
    if (in_.looking_at("...")) {
      in_.advance(3);
      item.spread = true;
      return parse_embed(item, depth);
    }
    if (in_.looking_at("*")) {
      in_.advance(1);
      item.field.name = "*";
      return true;
    }
    if (looks_like_embed()) return parse_embed(item, depth);
    in_.back_to(begin);
    return parse_plain(item);
  }

  // An embedded resource is told from a field by the parenthesis behind its
  // name and hints; "count()" and "id.sum()" are aggregates.
  bool looks_like_embed() {
    std::size_t begin = in_.position();
    Scanner ahead = in_;
    SelectItem item;
    bool found = parse_target(ahead, item) && ahead.peek() == '(';
    if (found && item.relation == "count" && item.hint.empty() &&
        item.join == JoinKind::unspecified && ahead.looking_at("()"))
      found = false;
    in_.back_to(begin);
    return found;
  }

  static void parse_alias(Scanner& in, std::string& alias) {
    Scanner ahead = in;
    std::string name;
    if (parse_field_name(ahead, name) && ahead.peek() == ':' &&
        !ahead.looking_at("::")) {
      alias = std::move(name);
      in.back_to(ahead.position() + 1);
      in.skip_blanks();
    }
  }

  // alias:name!hint!inner
  static bool parse_target(Scanner& in, SelectItem& item) {
    parse_alias(in, item.alias);
    if (!parse_field_name(in, item.relation)) return false;
    for (int i = 0; i < 2 && in.peek() == '!'; ++i) {
      in.advance(1);
      std::string word;
      if (!parse_field_name(in, word)) return false;
      if (word == "inner")
        item.join = JoinKind::inner;
      else if (word == "left")
        item.join = JoinKind::left;
      else if (item.hint.empty())
        item.hint = std::move(word);
      else
        return false;
    }
    return true;
  }

  bool parse_embed(SelectItem& item, int depth) {
    item.embed = true;
    if (depth >= kMaxDepth) {
      in_.expect("fewer levels of embedding");
      return false;
    }
    if (!parse_target(in_, item) || !in_.accept("(")) return false;
    if (!parse_items(item.items, depth + 1)) return false;
    if (!in_.accept(")")) return false;
    if (item.spread) item.alias.clear();
    return true;
  }

  bool parse_plain(SelectItem& item) {
    parse_alias(in_, item.alias);
    if (in_.looking_at("count()")) {
      in_.advance(7);
      item.aggregate = Aggregate::count;
      return parse_cast(item.aggregate_cast);
    }
    if (!parse_field(in_, item.field)) return false;
    if (!parse_cast(item.cast)) return false;
    for (const AggregateName& name : kAggregates) {
      Scanner ahead = in_;
      if (!ahead.looking_at(".")) break;
      ahead.advance(1);
      if (!ahead.looking_at(name.text)) continue;
      ahead.advance(name.text.size());
      if (!ahead.looking_at("()")) continue;
      in_.back_to(ahead.position() + 2);
      item.aggregate = name.aggregate;
      if (!parse_cast(item.aggregate_cast)) return false;
      break;
    }
    return parse_plain_end();
  }

  bool parse_plain_end() {
    if (in_.at_end() || in_.peek() == ',' || in_.peek() == ')' ||
        in_.peek() == ' ')
      return true;
    in_.expect("\"->\"");
    in_.expect("\"::\"");
    in_.expect("\".\"");
    in_.expect("\",\"");
    in_.expect_end("end of input");
    // What stands behind a whole item is not looked at, as ever.
    return true;
  }

  bool parse_cast(std::string& cast) {
    if (!in_.looking_at("::")) return true;
    in_.advance(2);
    if (parse_identifier(in_, cast)) return true;
    in_.expect("letter");
    in_.expect("digit");
    return false;
  }

  Scanner in_;
};

bool parse_term(Scanner& in, OrderTerm& term) {
  {
    Scanner ahead = in;
    std::string relation;
    if (parse_field_name(ahead, relation) && ahead.peek() == '(') {
      in.back_to(ahead.position() + 1);
      term.relation = std::move(relation);
    }
  }
  if (!parse_field(in, term.field)) return false;
  if (!term.relation.empty() && !in.accept(")")) return false;
  if (in.looking_at(".asc") || in.looking_at(".desc")) {
    bool ascending = in.looking_at(".asc");
    in.advance(ascending ? 4 : 5);
    term.direction = ascending ? OrderTerm::Direction::ascending
                               : OrderTerm::Direction::descending;
  }
  if (in.looking_at(".nullsfirst") || in.looking_at(".nullslast")) {
    bool first = in.looking_at(".nullsfirst");
    in.advance(first ? 11 : 10);
    term.nulls = first ? OrderTerm::Nulls::first : OrderTerm::Nulls::last;
  }
  in.skip_blanks();
  if (in.at_end() || in.peek() == ',') return true;
  if (in.looking_at(".")) {
    in.advance(1);
    if (term.direction == OrderTerm::Direction::unspecified &&
        term.nulls == OrderTerm::Nulls::unspecified)
      in.expect("\"asc\", \"desc\"");
    in.expect("nulls direction (nullsfirst or nullslast)");
    return false;
  }
  if (term.nulls == OrderTerm::Nulls::unspecified) in.expect("delimiter (.)");
  in.expect("\",\"");
  in.expect_end("end of input");
  return false;
}

}  // namespace

Result<std::vector<SelectItem>> parse_select(std::string_view text) {
  return SelectParser(text).parse();
}

Result<std::vector<OrderTerm>> parse_order(std::string_view text) {
  Scanner in("order", text);
  std::vector<OrderTerm> terms;
  do {
    in.skip_blanks();
    OrderTerm term;
    if (!parse_term(in, term)) return in.error();
    terms.push_back(std::move(term));
  } while (in.accept(","));
  return terms;
}

}  // namespace trestle::rest
