#include "rest/plan.h"

#include <algorithm>

#include "base/text.h"
#include "rest/errors.h"
#include "rest/hints.h"

namespace trestle::rest {
namespace {

Result<const Relation*> find_relation(const PlanContext& context) {
  const ApiRequest& request = context.request;
  const Relation* relation =
      context.catalog.relation(request.schema, request.name);
  if (relation != nullptr) return relation;
  std::vector<std::string> names;
  for (const Relation& r : context.catalog.relations())
    if (r.schema == request.schema) names.push_back(r.name);
  // Only a near miss is worth a hint.
  constexpr double kNear = 0.75;
  std::vector<Guess> guesses = nearest_guesses(request.name, names, kNear);
  return errors::unknown_relation(
      request.schema, request.name,
      guesses.empty() ? std::string_view() : guesses[0].word);
}

// Names of the primary key's columns, in the order of the relation's.
std::vector<std::string> key_names(const Relation& relation) {
  catalog::ColumnIndexes key = relation.primary_key;
  std::sort(key.begin(), key.end());
  std::vector<std::string> names;
  for (std::uint16_t column : key)
    names.push_back(relation.columns[column].name);
  return names;
}

bool is_representation(const ApiRequest& request) {
  return request.preferences.return_ == Preferences::Return::representation;
}

Range root_range(const PlanContext& context) {
  Range range = context.request.range;
  std::optional<std::int64_t> most = context.config.max_rows;
  if (most && (!range.limit || *range.limit > *most)) range.limit = most;
  return range;
}

void use_relation(const Relation& relation, ReadNode& root) {
  root.relation = &relation;
  root.schema = relation.schema;
  root.name = relation.name;
  root.alias = relation.name;
}

Result<void> plan_max_affected(const PlanContext& context, RestPlan& plan) {
  const Preferences& preferences = context.request.preferences;
  if (!preferences.max_affected ||
      preferences.handling != Preferences::Handling::strict)
    return {};
  if (plan.action == Action::call) {
    // A GET affects nothing.
    if (context.request.read_only) return {};
    if (!plan.call->function->returns_set)
      return errors::max_affected_function();
  } else if (plan.action != Action::update && plan.action != Action::remove) {
    return {};
  }
  plan.max_affected = preferences.max_affected;
  return {};
}

Result<void> plan_of_write(const PlanContext& context, const Relation& relation,
                           RestPlan& plan) {
  const ApiRequest& request = context.request;
  Result<WritePlan> write = plan_write(context, relation);
  if (!write.ok()) return std::move(write).error();
  plan.write = std::move(*write);
  // The rows come from the statement's WITH query, under the table's name.
  plan.read.schema.clear();
  plan.read.name = "trestle_written";
  if (is_representation(request)) {
    Result<void> tree = plan_tree(context, true, plan.read, plan);
    if (!tree.ok()) return tree;
    add_returning(plan.read, *plan.write);
  }
  if (request.action == Action::insert &&
      request.preferences.return_ == Preferences::Return::headers_only)
    plan.location_columns = key_names(relation);
  for (const std::string& name : plan.location_columns)
    plan.write->returning.push_back(name);
  return {};
}

// The rows of a function with OUT or TABLE columns, as if of a relation.
const Relation* describe_rows(const Catalog& catalog, const Function& function,
                              RestPlan& plan) {
  auto rows = std::make_shared<Relation>();
  rows->schema = function.schema;
  rows->name = function.name;
  for (const catalog::OutColumn& out : function.out_columns) {
    catalog::Column column;
    column.name = out.name;
    column.type = out.type;
    if (const catalog::Type* type = catalog.type(out.type))
      column.type_text = column.type_name = type->text;
    rows->columns.push_back(std::move(column));
  }
  for (std::size_t i = 0; i < rows->columns.size(); ++i)
    rows->column_by_name.emplace(rows->columns[i].name,
                                 static_cast<std::uint16_t>(i));
  plan.described = rows;
  return rows.get();
}

Result<void> plan_of_call(const PlanContext& context, RestPlan& plan) {
  Result<CallPlan> call = plan_call(context);
  if (!call.ok()) return std::move(call).error();
  plan.call = std::move(*call);
  const Function& function = *plan.call->function;
  plan.read.name = "trestle_called";
  plan.read.alias = function.name;
  plan.read.relation = context.catalog.relation_of_type(function.returns);
  if (plan.read.relation == nullptr && !function.out_columns.empty())
    plan.read.relation = describe_rows(context.catalog, function, plan);
  plan.read.range = root_range(context);
  for (const auto& [name, value] : function.settings)
    if (name == "default_transaction_isolation") plan.isolation = value;
  return plan_tree(context, false, plan.read, plan);
}

}  // namespace

Result<RestPlan> plan_request(const PlanContext& context) {
  const ApiRequest& request = context.request;
  RestPlan plan;
  plan.action = request.action;
  plan.count = request.preferences.count;
  plan.max_rows = context.config.max_rows;
  Result<void> done;
  if (request.action == Action::call) {
    done = plan_of_call(context, plan);
  } else {
    Result<const Relation*> relation = find_relation(context);
    if (!relation.ok()) return std::move(relation).error();
    use_relation(**relation, plan.read);
    if (request.action == Action::read) {
      plan.read.range = root_range(context);
      done = plan_tree(context, false, plan.read, plan);
      if (done.ok()) done = plan_page(context, plan);
    } else {
      done = plan_of_write(context, **relation, plan);
    }
  }
  if (!done.ok()) return std::move(done).error();
  if (request.query.after && plan.action != Action::read)
    return errors::not_implemented("after= is for tables and views.");
  Result<BodyFormat> format = plan_format(context, plan);
  if (!format.ok()) return std::move(format).error();
  plan.format = std::move(*format);
  if (plan.write && !is_representation(request))
    plan.format.kind = BodyFormat::Kind::none;
  for (const MediaType& type : request.accept) {
    bool object = type.kind == MediaType::Kind::object ||
                  type.kind == MediaType::Kind::object_strip;
    if (object && plan.format.type.kind == type.kind) plan.singular = true;
    break;
  }
  done = plan_max_affected(context, plan);
  if (!done.ok()) return std::move(done).error();
  if (plan.action == Action::read) plan_version(context, plan);
  return plan;
}

}  // namespace trestle::rest
