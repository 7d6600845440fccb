#include "graphql/sdl_planner.h"

#include <functional>

#include "base/json.h"
#include "base/text.h"
#include "frontend/request_values.h"
#include "graphql/introspection.h"
#include "graphql/planner.h"

namespace trestle::graphql {
namespace {

using Fields = std::vector<CollectedField>;

// A row in scope.
struct Row {
  int alias = 0;
  bool json = false;  // its one column "v" is a JSON object
  const Type* type = nullptr;
};

class SdlPlanner {
 public:
  explicit SdlPlanner(const SdlPlanContext& context) : context_(context) {}

  Outcome<SdlPlan> run(const Operation& operation);

 private:
  bool add_root(std::size_t root, bool mutation);
  SdlStep& step_of(const std::string& database, bool mutation);
  bool add_query(std::size_t root, const BoundSql& sql);
  bool add_mutation(std::size_t root, const BoundSql& sql);
  bool add_fetch(std::size_t root, const BoundHttp& http);
  void finish_queries();

  bool values_of(const CollectedField& field, const BoundSql& sql,
                 std::vector<Param>& out);
  Param argument_text(const CollectedField& field, const InputValue& input);
  bool write_file(const CollectedField& field, const BoundSql& sql,
                  const Row* around);
  // The value of a field: `from` writes what stands behind FROM, `where` the
  // condition of its rows, if there is one.
  bool write_rows(const CollectedField& field,
                  const std::function<bool()>& from,
                  const std::function<void(const Row&)>& where = nullptr);
  bool write_members(const CollectedField& field, const Row& row);
  bool write_member(const CollectedField& field, const Row& row);
  bool write_relationship(const CollectedField& field, const Row& row);
  bool write_json_member(const CollectedField& field, const Row& row);
  void write_reference(const Row& row, std::string_view name);
  void write_scalar(const CollectedField& field, const Row& row,
                    std::string_view name);
  SqlWriter& alias(int n) {
    return sql_->ident(concat({"t", std::to_string(n)}));
  }
  bool fail(std::string message, std::string_view code = code::kValidation) {
    if (!error_) error_ = {.message = std::move(message), .code = code};
    return false;
  }

  const SdlPlanContext& context_;
  SdlPlan plan_;
  // The statements of queries, a column for each root, beside their steps.
  std::vector<std::unique_ptr<SqlWriter>> writers_;
  SqlWriter* sql_ = nullptr;  // what is being written
  std::optional<GraphqlError> error_;
  int aliases_ = 0;
};

Outcome<SdlPlan> SdlPlanner::run(const Operation& operation) {
  const Type& root = *context_.collect.schema.root(operation.kind);
  for (CollectedField& field :
       collect_fields(context_.collect, root, {operation.selections}))
    plan_.roots.push_back({.field = std::move(field)});
  bool mutation = operation.kind == OperationKind::mutation;
  for (std::size_t i = 0; i < plan_.roots.size(); i++)
    if (!add_root(i, mutation)) return *error_;
  finish_queries();
  return std::move(plan_);
}

bool SdlPlanner::add_root(std::size_t index, bool mutation) {
  SdlRoot& root = plan_.roots[index];
  const Binding& binding = root.field.field->binding;
  switch (binding.kind) {
    case sdl_bind::sql: {
      const auto& sql = *static_cast<const BoundSql*>(binding.target);
      return mutation ? add_mutation(index, sql) : add_query(index, sql);
    }
    case sdl_bind::http:
      return add_fetch(index, *static_cast<const BoundHttp*>(binding.target));
    case Schema::kTypename:
      append_json_string(
          root.ready,
          context_.collect.schema
              .root(mutation ? OperationKind::mutation : OperationKind::query)
              ->name);
      return true;
    default:
      append_introspection(root.ready, context_.collect, root.field);
      return true;
  }
}

// A query has one step for each database; a mutation keeps the order of its
// fields, and those of one database that follow each other share a transaction.
SdlStep& SdlPlanner::step_of(const std::string& database, bool mutation) {
  std::vector<SdlStep>& steps = plan_.steps;
  for (std::size_t i = steps.size(); i-- > 0;) {
    if (steps[i].location.empty() && steps[i].database == database)
      return steps[i];
    if (mutation) break;
  }
  steps.push_back({.database = database});
  steps.back().plan.access = mutation ? Access::write : Access::read;
  writers_.push_back(std::make_unique<SqlWriter>());
  return steps.back();
}

bool SdlPlanner::add_query(std::size_t root, const BoundSql& sql) {
  SdlStep& step = step_of(sql.database, false);
  sql_ = writers_[static_cast<std::size_t>(&step - plan_.steps.data())].get();
  if (step.roots.empty()) step.roots.emplace_back();
  sql_->raw(step.roots[0].empty() ? Literal("select ") : Literal(", "));
  step.roots[0].push_back(root);
  const CollectedField& field = plan_.roots[root].field;
  return write_rows(field, [&] {
    sql_->raw("(");
    if (!write_file(field, sql, nullptr)) return false;
    sql_->raw(")");
    return true;
  });
}

// with "rows" as (insert ...) select ...
bool SdlPlanner::add_mutation(std::size_t root, const BoundSql& sql) {
  SdlStep& step = step_of(sql.database, true);
  SqlWriter writer;
  sql_ = &writer;
  const CollectedField& field = plan_.roots[root].field;
  sql_->raw("with \"rows\" as (");
  if (!write_file(field, sql, nullptr)) return false;
  sql_->raw(") select ");
  if (!write_rows(field, [&] {
        sql_->raw("\"rows\"");
        return true;
      }))
    return false;
  step.roots.push_back({root});
  step.plan.statements.push_back(std::move(writer).finish());
  return true;
}

bool SdlPlanner::add_fetch(std::size_t root, const BoundHttp& http) {
  const CollectedField& field = plan_.roots[root].field;
  std::string location;
  for (const BoundHttp::Piece& piece : http.pieces) {
    location.append(piece.text);
    if (piece.argument.empty()) continue;
    const InputValue& input = *field.field->argument(piece.argument);
    Param text = argument_text(field, input);
    location.append(url_encode(text.value_or("")));
  }
  plan_.steps.push_back({.location = std::move(location), .roots = {{root}}});
  writers_.emplace_back();
  return true;
}

void SdlPlanner::finish_queries() {
  for (std::size_t i = 0; i < plan_.steps.size(); i++) {
    SdlStep& step = plan_.steps[i];
    if (step.plan.access == Access::read && step.location.empty())
      step.plan.statements.push_back(std::move(*writers_[i]).finish());
  }
}

// --- parameters --------------------------------------------------------------

// NULL: not given. Lists of scalars are PostgreSQL's arrays, objects JSON.
Param SdlPlanner::argument_text(const CollectedField& field,
                                const InputValue& input) {
  const Value* value = input.default_value;
  for (const Argument& given : field.node->arguments)
    if (given.name == input.name)
      if (const Value* v = context_.collect.variables.resolve(given.value))
        value = v;
  if (value == nullptr || value->is(ValueKind::null)) return std::nullopt;
  bool array = input.type.nullable().is_list() &&
               input.type.named()->kind != TypeKind::input;
  Outcome<Param> text = param_of(
      {.value = *value,
       .scalar = &kTextScalar,
       .form = array ? ValueSource::Form::list : ValueSource::Form::scalar},
      context_.collect.variables);
  // A NUL character: refused with all other parameters.
  return text.ok() ? *std::move(text) : Param(std::string(1, '\0'));
}

bool SdlPlanner::values_of(const CollectedField& field, const BoundSql& sql,
                           std::vector<Param>& out) {
  NamedValues named;
  for (const InputValue& input : field.field->arguments)
    named.add(std::string(input.name), argument_text(field, input));
  // What a row gives is no parameter; it only must not be missed.
  for (std::string_view name : sql.from_row)
    if (!name.empty()) named.add(std::string(name), "");
  Result<std::vector<Param>> values =
      request_values(sql.section, context_.exchange, &named);
  if (!values.ok()) return fail(values.error().message, code::kBadRequest);
  out = std::move(values).value();
  return true;
}

bool SdlPlanner::write_file(const CollectedField& field, const BoundSql& sql,
                            const Row* around) {
  std::vector<Param> values;
  if (!values_of(field, sql, values)) return false;
  for (const BoundSql::Piece& piece : sql.pieces) {
    sql_->file_text(piece.text);
    if (!piece.parameter) continue;
    std::string_view from = sql.from_row[*piece.parameter];
    if (from.empty()) {
      sql_->param(values[*piece.parameter]);
      continue;
    }
    sql_->raw("(");
    write_reference(*around, from);
    if (around->json) sql_->raw(" #>> '{}'");
    sql_->raw(")");
  }
  // The file may end in a comment.
  sql_->raw("\n");
  return true;
}

// --- rows --------------------------------------------------------------------

bool SdlPlanner::write_rows(const CollectedField& field,
                            const std::function<bool()>& from,
                            const std::function<void(const Row&)>& where) {
  bool list = field.field->type.nullable().is_list();
  const Type& type = *field.field->type.named();
  Row row{.alias = ++aliases_, .type = &type};
  int outer = ++aliases_;
  if (type.is_leaf()) {
    sql_->raw(list ? Literal("(select coalesce(json_agg(")
                   : Literal("(select to_json("));
    write_scalar(field, row, "v");
    sql_->raw(list ? Literal("), '[]') from ") : Literal(") from "));
    if (!from()) return false;
    sql_->raw(" as ");
    alias(row.alias).raw("(\"v\")");
    sql_->raw(list ? Literal(")") : Literal(" limit 1)"));
    return true;
  }
  sql_->raw(list ? Literal("(select coalesce(json_agg(")
                 : Literal("(select row_to_json("));
  alias(outer);
  sql_->raw(list ? Literal("), '[]') from (select ")
                 : Literal(") from (select "));
  if (!write_members(field, row)) return false;
  sql_->raw(" from ");
  if (!from()) return false;
  sql_->raw(" as ");
  alias(row.alias);
  if (where) {
    sql_->raw(" where ");
    where(row);
  }
  sql_->raw(list ? Literal(") as ") : Literal(" limit 1) as "));
  alias(outer).raw(")");
  return true;
}

bool SdlPlanner::write_members(const CollectedField& field, const Row& row) {
  Fields fields = collect_fields(context_.collect, *row.type, field.selections);
  for (const CollectedField& member : fields) {
    if (member.key.size() > 63)
      return fail(
          concat({"the name '", member.key, "' is longer than 63 characters"}));
    if (&member != &fields.front()) sql_->raw(", ");
    if (!write_member(member, row)) return false;
    sql_->raw(" as ").ident(member.key);
  }
  return true;
}

bool SdlPlanner::write_member(const CollectedField& field, const Row& row) {
  switch (field.field->binding.kind) {
    case Schema::kTypename:
      sql_->constant(row.type->name).raw("::text");
      return true;
    case sdl_bind::sql: {
      const auto& sql =
          *static_cast<const BoundSql*>(field.field->binding.target);
      return write_rows(field, [&] {
        sql_->raw("(");
        if (!write_file(field, sql, &row)) return false;
        sql_->raw(")");
        return true;
      });
    }
    case sdl_bind::relationship:
      return write_relationship(field, row);
    default:
      if (!field.field->type.named()->is_leaf())
        return write_json_member(field, row);
      write_scalar(field, row, field.field->name);
      return true;
  }
}

void SdlPlanner::write_reference(const Row& row, std::string_view name) {
  alias(row.alias);
  if (row.json)
    sql_->raw(".\"v\" -> ").constant(name);
  else
    sql_->raw(".").ident(name);
}

// An ID is a string, whatever the column's type.
void SdlPlanner::write_scalar(const CollectedField& field, const Row& row,
                              std::string_view name) {
  bool id = field.field->type.named()->name == "ID" &&
            !field.field->type.nullable().is_list();
  if (id) sql_->raw("(");
  write_reference(row, name);
  if (id) sql_->raw(row.json ? Literal(" #>> '{}')") : Literal(")::text"));
}

// An object or a list of objects in a JSON column.
bool SdlPlanner::write_json_member(const CollectedField& field,
                                   const Row& row) {
  bool list = field.field->type.nullable().is_list();
  Row inner{
      .alias = ++aliases_, .json = true, .type = field.field->type.named()};
  int outer = ++aliases_;
  auto value = [&] { write_reference(row, field.field->name); };
  if (list) {
    sql_->raw("case when ");
    value();
    sql_->raw(" is not null then (select coalesce(json_agg(");
  } else {
    sql_->raw("(select row_to_json(");
  }
  alias(outer);
  sql_->raw(list ? Literal("), '[]') from (select ")
                 : Literal(") from (select "));
  if (!write_members(field, inner)) return false;
  sql_->raw(list ? Literal(" from json_array_elements(to_json(")
                 : Literal(" from (select to_json("));
  value();
  sql_->raw(list ? Literal(")) as ") : Literal(")) as "));
  alias(inner.alias).raw("(\"v\")");
  if (!list) {
    sql_->raw(" where json_typeof(");
    alias(inner.alias).raw(".\"v\") = 'object'");
  }
  sql_->raw(") as ");
  alias(outer).raw(list ? Literal(") end") : Literal(")"));
  return true;
}

bool SdlPlanner::write_relationship(const CollectedField& field,
                                    const Row& row) {
  auto wrong = [&](std::string_view what) {
    return fail(concat({"field '", row.type->name, ".", field.field->name,
                        "': ", what}),
                code::kUnexpected);
  };
  const std::string& name = context_.sdl.tables.at(row.type);
  const Table* table = nullptr;
  for (const Table& known : context_.model->tables())
    if (known.name == name) table = &known;
  if (table == nullptr) return wrong("the database has no such table");
  const Relationship* relationship = nullptr;
  for (const Relationship& known : table->relationships)
    if (known.name == field.field->name) relationship = &known;
  if (relationship == nullptr) return wrong("there is no such relationship");
  if (relationship->to_many != field.field->type.nullable().is_list())
    return wrong(relationship->to_many ? "the relationship is a list"
                                       : "the relationship is no list");
  const catalog::Relation& to = *relationship->to->relation;
  return write_rows(
      field,
      [&] {
        sql_->qualified(to.schema, to.name);
        return true;
      },
      [&](const Row& there) {
        for (const auto& [here, column] : relationship->columns) {
          if (here != relationship->columns.front().first) sql_->raw(" and ");
          write_reference(there, column->name);
          sql_->raw(" = ");
          write_reference(row, here->name);
        }
      });
}

}  // namespace

Outcome<SdlPlan> plan_sdl(const SdlPlanContext& context,
                          const Operation& operation) {
  return SdlPlanner(context).run(operation);
}

}  // namespace trestle::graphql
