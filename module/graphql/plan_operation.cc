#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "graphql/introspection.h"
#include "graphql/planner.h"

namespace trestle::graphql {

Outcome<OperationPlan> plan_operation(const RoleSchema& role,
                                      const CollectContext& context,
                                      const Operation& operation,
                                      const PlanOptions& options,
                                      std::string_view scope) {
  return Planner(role, context, options, scope).run(operation);
}

std::optional<OperationPlan> bind_variables(const OperationPlan& plan,
                                            const Variables& variables,
                                            const Limits& limits) {
  if (check_complexity(plan.lists, variables, limits.max_complexity))
    return std::nullopt;
  OperationPlan bound = plan;
  for (const VariableParam& binding : plan.bindings) {
    Outcome<Param> param = param_of(binding.source, variables);
    if (!param.ok()) return std::nullopt;
    bound.plan.statements[binding.statement].params[binding.param] =
        *std::move(param);
  }
  return bound;
}

Outcome<OperationPlan> Planner::run(const Operation& operation) {
  const Type& root = *context_.schema.root(operation.kind);
  Fields fields = collect_fields(context_, root, {operation.selections});
  bool mutation = operation.kind == OperationKind::mutation;
  plan_.plan.access = mutation ? Access::write : Access::read;
  bool ok = mutation ? run_mutation(fields) : run_query(fields);
  if (!ok) return *error_;
  if (auto error = check_complexity(plan_.lists, context_.variables,
                                    options_.limits.max_complexity))
    return *error;
  return std::move(plan_);
}

bool Planner::fail(std::string message, std::string_view code) {
  return fail_at(path_, std::move(message), code);
}

bool Planner::fail_at(std::string path, std::string message,
                      std::string_view code) {
  if (!error_)
    error_ = {
        .message = std::move(message), .path = std::move(path), .code = code};
  return false;
}

Planner& Planner::alias(int n) {
  sql_.ident(concat({"t", std::to_string(n)}));
  return *this;
}

bool Planner::in_list(const ListArguments& arguments, const Write& write) {
  ListEstimate list{.parent = list_,
                    .rows = list_ < 0 ? kRowsAtRoot : kRowsBelow,
                    .most = options_.limits.max_rows};
  if (arguments.limit != nullptr) list.limit = *arguments.limit;
  int outer = list_;
  list_ = static_cast<int>(plan_.lists.size());
  plan_.lists.push_back(list);
  bool ok = write();
  list_ = outer;
  return ok;
}

// Whether the field is the only one that needs the database, and a list, object
// or aggregate.
bool Planner::is_alone(const Fields& fields, const CollectedField& field) {
  for (const CollectedField& other : fields) {
    std::uint32_t kind = other.field->binding.kind;
    if (&other != &field && kind != 0 && kind < Schema::kTypename) return false;
  }
  std::uint32_t kind = field.field->binding.kind;
  return kind != bind::select_stream && kind != bind::group_by;
}

// All fields of a query become columns of one row.
bool Planner::run_query(const Fields& fields) {
  plan_.pieces.push_back({.text = "{"});
  int column = 0;
  for (const CollectedField& field : fields) {
    std::string& text = plan_.pieces.back().text;
    if (&field != &fields.front()) text.push_back(',');
    append_json_string(text, field.key);
    text.push_back(':');
    if (field.field->binding.kind == 0 ||
        field.field->binding.kind >= Schema::kTypename) {
      add_constant(field);
      continue;
    }
    path_ = concat({"$.selectionSet.", field.node->name});
    field_ = column == 0 ? field.key : std::string_view();
    alone_ = is_alone(fields, field);
    if (!alone_) sql_.raw(column == 0 ? Literal("select ") : Literal(", "));
    if (!root_field(field)) return false;
    plan_.pieces.back().statement = 0;
    plan_.pieces.back().column = column++;
    if (field.field->binding.kind == bind::select_stream)
      plan_.cursor_column = static_cast<std::size_t>(column++);
    plan_.pieces.push_back({});
  }
  plan_.pieces.back().text.push_back('}');
  if (column > 0) finish_statement("$");
  return true;
}

bool Planner::run_mutation(const Fields& fields) {
  plan_.pieces.push_back({.text = "{"});
  for (const CollectedField& field : fields) {
    std::string& text = plan_.pieces.back().text;
    if (&field != &fields.front()) text.push_back(',');
    append_json_string(text, field.key);
    text.push_back(':');
    path_ = concat({"$.selectionSet.", field.node->name});
    field_ = field.key;
    if (field.field->binding.kind >= Schema::kTypename)
      add_constant(field);
    else if (!mutation_field(field))
      return false;
  }
  plan_.pieces.back().text.push_back('}');
  return true;
}

// __typename, __schema, __type: known without a database.
void Planner::add_constant(const CollectedField& field) {
  std::string& text = plan_.pieces.back().text;
  switch (field.field->binding.kind) {
    case Schema::kSchemaField:
    case Schema::kTypeField:
      for (const Argument& given : field.node->arguments)
        plan_.reusable = plan_.reusable && !given.value.is(ValueKind::variable);
      append_introspection(text, context_, field);
      break;
    case Schema::kTypename: {
      const Type* query = context_.schema.query;
      bool mutation = plan_.plan.access == Access::write;
      append_json_string(
          text, mutation ? context_.schema.mutation->name : query->name);
      break;
    }
    default:
      append_json_string(text, "");
  }
}

void Planner::finish_statement(std::string path) {
  plan_.bindings.insert(plan_.bindings.end(), bindings_.begin(),
                        bindings_.end());
  bindings_.clear();
  plan_.plan.statements.push_back(std::move(sql_).finish(scope_));
  plan_.places.push_back({.path = std::move(path), .field = field_});
  sql_ = SqlWriter();
  aliases_ = 0;
}

// Rows that are all that the statement selects come as they are.
bool Planner::root_rows(const Source& source, const CollectedField& field,
                        bool single) {
  ListArguments arguments =
      single ? ListArguments{} : list_arguments(*field.node);
  Fields fields = collect(field);
  if (std::exchange(alone_, false))
    return write_flat(source, arguments, fields, single);
  return single ? write_object(source, fields)
                : write_list(source, arguments, fields);
}

bool Planner::root_field(const CollectedField& field) {
  switch (field.field->binding.kind) {
    case bind::select:
      return root_rows(table_source(&target<Table>(field)), field, false);
    case bind::select_by_pk: {
      Source source = table_source(&target<Table>(field));
      source.condition = [&](const Row& row) {
        return write_key_condition(field, row);
      };
      return root_rows(source, field, true);
    }
    case bind::select_aggregate:
      return write_aggregate(table_source(&target<Table>(field)),
                             list_arguments(*field.node), collect(field));
    case bind::group_by:
      return write_groups(field, collect(field));
    case bind::select_stream:
      return write_stream(field, collect(field));
    case bind::function:
    case bind::function_aggregate: {
      const auto& function = target<Function>(field);
      Source source = function_source(function, argument(*field.node, "args"),
                                      std::nullopt);
      if (field.field->binding.kind == bind::function_aggregate)
        return write_aggregate(source, list_arguments(*field.node),
                               collect(field));
      return root_rows(source, field, !function.function->returns_set);
    }
    default:
      return fail("unknown field", code::kUnexpected);
  }
}

Planner::ListArguments Planner::list_arguments(const Selection& node) {
  return {.where = argument(node, "where"),
          .order_by = argument(node, "order_by"),
          .distinct_on = argument(node, "distinct_on"),
          .limit = argument(node, "limit"),
          .offset = argument(node, "offset")};
}

const Value* Planner::argument(const Selection& node, std::string_view name) {
  for (const Argument& given : node.arguments) {
    if (given.name != name) continue;
    const Value* value = resolve(given.value);
    return value == nullptr || value->is(ValueKind::null) ? nullptr : value;
  }
  return nullptr;
}

std::vector<Value> Planner::items(const Value& value) const {
  std::vector<Value> list;
  if (!value.is(ValueKind::list)) return {value};
  for (const Value& item : value.items)
    if (const Value* resolved = resolve(item)) list.push_back(*resolved);
  return list;
}

}  // namespace trestle::graphql
