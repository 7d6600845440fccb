#include <algorithm>

#include "rest/sql.h"

namespace trestle::rest {
namespace {

namespace oid = catalog::oid;

bool is_full_text(Operator op) {
  return op == Operator::fts || op == Operator::plain_fts ||
         op == Operator::phrase_fts || op == Operator::web_fts;
}

bool is_pattern(Operator op) {
  return op == Operator::like || op == Operator::ilike;
}

Literal operator_text(Operator op) {
  switch (op) {
    case Operator::eq:
      return " = ";
    case Operator::gte:
      return " >= ";
    case Operator::gt:
      return " > ";
    case Operator::lte:
      return " <= ";
    case Operator::lt:
      return " < ";
    case Operator::like:
      return " like ";
    case Operator::ilike:
      return " ilike ";
    case Operator::match:
      return " ~ ";
    case Operator::imatch:
      return " ~* ";
    case Operator::neq:
      return " <> ";
    case Operator::contains:
      return " @> ";
    case Operator::contained:
      return " <@ ";
    case Operator::overlaps:
      return " && ";
    case Operator::strictly_left:
      return " << ";
    case Operator::strictly_right:
      return " >> ";
    case Operator::not_extend_right:
      return " &< ";
    case Operator::not_extend_left:
      return " &> ";
    case Operator::adjacent:
      return " -|- ";
    case Operator::is_distinct:
      return " is distinct from ";
    default:
      return " @@ ";
  }
}

Literal is_text(IsValue value) {
  switch (value) {
    case IsValue::null:
      return " is null";
    case IsValue::not_null:
      return " is not null";
    case IsValue::is_true:
      return " is true";
    case IsValue::is_false:
      return " is false";
    default:
      return " is unknown";
  }
}

Literal query_function(Operator op) {
  switch (op) {
    case Operator::plain_fts:
      return "plainto_tsquery(";
    case Operator::phrase_fts:
      return "phraseto_tsquery(";
    case Operator::web_fts:
      return "websearch_to_tsquery(";
    default:
      return "to_tsquery(";
  }
}

// Values of a represented domain go through its function where they are values
// of the domain, not patterns over it.
bool reads_domain(const Filter& filter, const PlanField& field) {
  return field.read_by != nullptr && !is_pattern(filter.op) &&
         filter.op != Operator::match && filter.op != Operator::imatch &&
         filter.quantifier == Quantifier::none;
}

void write_value(SqlWriter& sql, const Filter& filter, const PlanField& field,
                 const std::string& value, int origin) {
  if (reads_domain(filter, field)) {
    write_call_of(sql, *field.read_by);
    sql.raw("(").param(value, oid::kText, origin).raw(")");
    return;
  }
  sql.param(is_pattern(filter.op) ? pattern_of(value) : value, 0, origin);
}

void write_in(SqlWriter& sql, const Filter& filter, const PlanField& field) {
  bool empty = filter.values.size() == 1 && filter.values[0].empty();
  if (!empty && reads_domain(filter, field)) {
    sql.raw(" = any(array[");
    for (std::size_t i = 0; i < filter.values.size(); ++i) {
      if (i > 0) sql.raw(", ");
      write_value(sql, filter, field, filter.values[i],
                  filter.slot > 0 ? kOnce : 0);
    }
    sql.raw("])");
    return;
  }
  sql.raw(" = any(")
      .param(empty ? std::string("{}") : array_literal(filter.values), 0,
             filter.slot)
      .raw(")");
}

void write_language(SqlWriter& sql, const Filter& filter) {
  // Its own parameter each time: text search configurations are values.
  constexpr Oid kRegConfig = 3734;
  if (!filter.language.empty())
    sql.param(filter.language, kRegConfig).raw(", ");
}

void write_full_text(SqlWriter& sql, std::string_view inside,
                     const Filter& filter, const PlanField& field,
                     bool is_vector) {
  if (is_vector) {
    write_field(sql, inside, field);
  } else {
    sql.raw("to_tsvector(");
    write_language(sql, filter);
    write_field(sql, inside, field);
    sql.raw(")");
  }
  sql.raw(" @@ ").raw(query_function(filter.op));
  write_language(sql, filter);
  sql.param(filter.value, 0, filter.slot).raw(")");
}

void write_embed_filter(SqlWriter& sql, const ReadNode& node,
                        const PlanFilter& planned, bool counting) {
  const ReadNode& child =
      node.children[static_cast<std::size_t>(planned.embed)];
  if (counting) {
    if (planned.embed_is_null) sql.raw("not ");
    sql.raw("exists (");
    write_existence(sql, child, &node);
    sql.raw(")");
    return;
  }
  sql.ident(child.lateral);
  if (!child.to_one) sql.raw(".").ident(child.lateral);
  sql.raw(planned.embed_is_null ? Literal(" is not distinct from null")
                                : Literal(" is distinct from null"));
}

}  // namespace

void write_comparison(SqlWriter& sql, std::string_view inside,
                      const PlanFilter& planned, const LeftSide& left) {
  const Filter& filter = *planned.filter;
  const PlanField& field = planned.field;
  if (filter.negated) sql.raw("not (");
  if (is_full_text(filter.op)) {
    write_full_text(sql, inside, filter, field, planned.is_vector);
  } else {
    left.write(sql, inside, planned);
    if (filter.op == Operator::in) {
      write_in(sql, filter, field);
    } else if (filter.op == Operator::is) {
      sql.raw(is_text(filter.is));
    } else if (filter.quantifier != Quantifier::none) {
      sql.raw(operator_text(filter.op));
      sql.raw(filter.quantifier == Quantifier::any ? Literal("any(")
                                                   : Literal("all("));
      write_value(sql, filter, field, filter.value, filter.slot);
      sql.raw(")");
    } else if (filter.by_column) {
      sql.raw(operator_text(filter.op));
      sql.ident(inside).raw(".").ident(filter.value);
    } else {
      sql.raw(operator_text(filter.op));
      write_value(sql, filter, field, filter.value, filter.slot);
    }
  }
  if (filter.negated) sql.raw(")");
}

std::string array_literal(const std::vector<std::string>& items) {
  std::string out = "{";
  for (const std::string& item : items) {
    if (out.size() > 1) out.push_back(',');
    out.push_back('"');
    for (char c : item) {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
    out.push_back('"');
  }
  out.push_back('}');
  return out;
}

std::string pattern_of(std::string value) {
  std::replace(value.begin(), value.end(), '*', '%');
  return value;
}

void write_filter_tree(SqlWriter& sql, const ReadNode& node,
                       std::string_view inside, const PlanLogic& logic,
                       bool counting) {
  if (logic.leaf) {
    if (logic.filter.embed >= 0)
      write_embed_filter(sql, node, logic.filter, counting);
    else
      write_comparison(sql, inside, logic.filter, {});
    return;
  }
  if (logic.negated) sql.raw("not ");
  sql.raw("(");
  for (std::size_t i = 0; i < logic.children.size(); ++i) {
    if (i > 0) sql.raw(logic.disjunction ? Literal(" or ") : Literal(" and "));
    write_filter_tree(sql, node, inside, logic.children[i], counting);
  }
  sql.raw(")");
}

}  // namespace trestle::rest
