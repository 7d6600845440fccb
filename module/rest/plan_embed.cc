// Which relationship an embedded resource means: by the other relation's name,
// by a constraint, by the column that refers, or by a function; a hint narrows.
#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "rest/hints.h"
#include "rest/plan.h"

namespace trestle::rest {
namespace {

using Kind = Relationship::Kind;

bool is_single_column(const Relationship& r, std::string_view name,
                      bool own_side) {
  return r.columns.size() == 1 &&
         (own_side ? r.columns[0].first : r.columns[0].second) == name;
}

// A junction that is not exposed joins nothing.
bool is_exposed(const PlanContext& context, const Relationship& r) {
  if (r.kind != Kind::many_to_many) return true;
  const std::vector<std::string>& schemas = context.config.schemas;
  return std::find(schemas.begin(), schemas.end(),
                   r.junction.relation->schema) != schemas.end();
}

bool is_constraint(const Relationship& r, std::string_view name) {
  return r.kind != Kind::many_to_many && r.constraint == name;
}

bool matches(const Relationship& r, std::string_view target,
             std::string_view hint) {
  if (hint.empty()) {
    if (r.to->name == target) return true;
    // A constraint or a column means the relation that it was declared on, not
    // the views over it; of a view to itself there is no other way.
    if (r.to->is_view() && r.to != r.from) return false;
    return is_constraint(r, target) ||
           (r.refers && is_single_column(r, target, true));
  }
  if (r.to->name != target) return false;
  if (r.kind == Kind::many_to_many) return r.junction.relation->name == hint;
  return is_constraint(r, hint) || is_single_column(r, hint, true) ||
         is_single_column(r, hint, false);
}

std::string column_list(const catalog::ColumnPairs& pairs, bool first) {
  std::string out = "(";
  for (const auto& [left, right] : pairs) {
    if (out.size() > 1) out += ", ";
    out += first ? left : right;
  }
  return out + ")";
}

std::string_view cardinality(const Relationship& r) {
  switch (r.kind) {
    case Kind::many_to_one:
      return "many-to-one";
    case Kind::one_to_many:
      return "one-to-many";
    case Kind::one_to_one:
      return "one-to-one";
    default:
      return "many-to-many";
  }
}

std::string describe(const Relationship& r) {
  if (r.kind == Kind::many_to_many)
    return concat(
        {r.junction.relation->name, " using ", r.junction.from_constraint,
         column_list(r.junction.from_columns, false), " and ",
         r.junction.to_constraint, column_list(r.junction.to_columns, false)});
  return concat({r.constraint, " using ", r.from->name,
                 column_list(r.columns, true), " and ", r.to->name,
                 column_list(r.columns, false)});
}

Error ambiguous(std::string_view from, std::string_view target,
                const std::vector<const Relationship*>& candidates) {
  std::string details;
  std::string choices;
  JsonWriter json(details);
  json.begin_array();
  for (const Relationship* r : candidates) {
    json.begin_object();
    json.key("cardinality").string(cardinality(*r));
    json.key("embedding")
        .string(concat({r->from->name, " with ", r->to->name}));
    json.key("relationship").string(describe(*r));
    json.end_object();
    if (!choices.empty()) choices += ", ";
    choices +=
        concat({"'", r->to->name, "!",
                r->kind == Kind::many_to_many ? r->junction.relation->name
                                              : r->constraint,
                "'"});
  }
  json.end_array();
  return {.code = "PGRST201",
          .http_status = 300,
          .message = concat({"Could not embed because more than one "
                             "relationship was found for '",
                             from, "' and '", target, "'"}),
          .details = std::move(details),
          .hint = concat({"Try changing '", target,
                          "' to one of the following: ", choices,
                          ". Find the desired relationship in the 'details' "
                          "key."}),
          .details_are_json = true};
}

// A known parent is offered its other children; an unknown one other parents.
std::optional<std::string> no_relationship_hint(const PlanContext& context,
                                                const Relation* from,
                                                std::string_view from_name,
                                                const SelectItem& item) {
  const std::string& schema = context.request.schema;
  std::vector<std::string> names;
  if (from != nullptr && !context.catalog.relationships(*from).empty()) {
    for (const Relationship* r : context.catalog.relationships(*from))
      if (r->to->schema == schema) names.push_back(r->to->name);
    for (const Guess& guess : nearest_guesses(item.relation, names))
      if (guess.score < 1)
        return concat({"Perhaps you meant '", guess.word, "' instead of '",
                       item.relation, "'."});
    return std::nullopt;
  }
  for (const Relation& relation : context.catalog.relations())
    if (relation.schema == schema &&
        !context.catalog.relationships(relation).empty())
      names.push_back(relation.name);
  std::vector<Guess> guesses = nearest_guesses(from_name, names);
  if (guesses.empty()) return std::nullopt;
  return concat({"Perhaps you meant '", guesses[0].word, "' instead of '",
                 from_name, "'."});
}

Error no_relationship(const PlanContext& context, const Relation* from,
                      std::string_view from_name, const SelectItem& item) {
  std::string using_hint = item.hint.empty()
                               ? std::string()
                               : concat({" using the hint '", item.hint, "'"});
  return {
      .code = "PGRST200",
      .http_status = 400,
      .message = concat({"Could not find a relationship between '", from_name,
                         "' and '", item.relation, "' in the schema cache"}),
      .details = concat({"Searched for a foreign key relationship between "
                         "'",
                         from_name, "' and '", item.relation, "'", using_hint,
                         " in the schema '", context.request.schema,
                         "', but no matches were found."}),
      .hint = no_relationship_hint(context, from, from_name, item)};
}

}  // namespace

Result<const Relationship*> find_relationship(const PlanContext& context,
                                              const Relation* from,
                                              std::string_view from_name,
                                              const SelectItem& item) {
  std::vector<const Relationship*> found;
  if (from != nullptr) {
    // A computed relationship overrides a detected one of its name.
    for (const Relationship* r : context.catalog.relationships(*from))
      if (r->kind == Kind::computed && r->function->name == item.relation &&
          r->function->schema == context.request.schema && item.hint.empty())
        return r;
    for (const Relationship* r : context.catalog.relationships(*from))
      if (r->kind != Kind::computed &&
          r->to->schema == context.request.schema && is_exposed(context, *r) &&
          matches(*r, item.relation, item.hint))
        found.push_back(r);
  }
  if (found.empty()) return no_relationship(context, from, from_name, item);
  if (found.size() == 1) return found[0];
  // One foreign key of a relation to itself is a way in both directions: the
  // name alone means the rows that refer.
  if (found.size() == 2 && found[0]->from == found[0]->to &&
      found[1]->from == found[1]->to &&
      found[0]->constraint == found[1]->constraint)
    return found[0]->refers ? found[1] : found[0];
  return ambiguous(from_name, item.relation, found);
}

}  // namespace trestle::rest
