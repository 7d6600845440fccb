#include "graphql/endpoint.h"

#include <algorithm>

#include "base/text.h"
#include "graphql/row_shape.h"

namespace trestle::graphql {
namespace {

constexpr std::size_t kPlanBytes = 8 * 1024 * 1024;
// Where each user has a role of their own, there are thousands. However large a
// schema is, those of 32 roles are kept.
constexpr std::size_t kRoleBytes = 32 * 1024 * 1024;
constexpr std::size_t kLargestRoleBytes = 1'000'000;
constexpr std::size_t kTypeBytes = 512;  // of one type, about
// Variables of a larger shape (many objects to insert) will hardly come again.
constexpr std::size_t kMaxShape = 1024;

std::size_t bytes_of(const RowShape& shape) {
  std::size_t bytes = sizeof shape;
  for (const RowShape::Object& object : shape.objects) {
    bytes += sizeof object;
    for (const RowShape::Member& member : object.members)
      bytes += sizeof member + member.key.size();
  }
  for (const RowShape::Level& level : shape.levels)
    bytes += sizeof level + level.lists.size() * sizeof level.lists[0];
  return bytes;
}

// What a plan takes in memory, roughly, with the document that it keeps.
std::size_t bytes_of(const OperationPlan& plan,
                     const CachedDocument& document) {
  std::size_t bytes = sizeof plan + document.bytes();
  for (const Statement& statement : plan.plan.statements)
    bytes += statement.sql->text.size() + 64 * statement.params.size() + 256;
  for (const Piece& piece : plan.pieces)
    bytes += piece.text.size() + sizeof piece;
  if (plan.rows != nullptr) bytes += bytes_of(*plan.rows);
  return bytes + plan.bindings.size() * sizeof(VariableParam) +
         plan.places.size() * sizeof(FailurePlace);
}

// What tells apart plans of one shape: limits that stand in their texts.
std::string limits_key(const OperationPlan& plan, const Variables& variables) {
  std::string key;
  for (std::uint32_t leaf : plan.limits) {
    std::optional<std::int64_t> usual = usual_limit(variables.leaf(leaf));
    key += concat({" ", std::to_string(usual.value_or(0))});
  }
  return key;
}

}  // namespace

Endpoint::Endpoint(const GraphqlOptions& options)
    : options_(options),
      roles_(kRoleBytes),
      documents_(options),
      plans_(kPlanBytes) {}

void Endpoint::follow(const catalog::CatalogRef& catalog) {
  if (model_ != nullptr && model_->is_of(catalog)) return;
  plans_.clear();
  documents_.clear();
  roles_.clear();
  model_ = std::make_shared<const Model>(catalog, options_.schemas);
}

std::shared_ptr<RoleSchema> Endpoint::role_schema(const std::string& role) {
  if (const auto* known = roles_.find(role)) return *known;
  auto schema = std::make_shared<RoleSchema>(model_, role);
  roles_.put(role, schema,
             std::min(schema->schema().size() * kTypeBytes, kLargestRoleBytes));
  return schema;
}

// Why a valid document is not run all the same.
std::optional<GraphqlError> Endpoint::refuse(const CachedDocument& known,
                                             const std::string& role,
                                             const Operation* operation,
                                             std::string_view name,
                                             Carrier carrier) const {
  if (known.introspects && !may_introspect(options_, role))
    return GraphqlError{.message = "introspection is not allowed"};
  if (operation == nullptr) return no_operation(name);
  if (operation->kind == OperationKind::mutation && carrier == Carrier::get)
    return GraphqlError{.message = "a mutation needs the method POST"};
  if (operation->kind == OperationKind::subscription &&
      carrier != Carrier::stream)
    return GraphqlError{.message =
                            "a subscription needs a WebSocket, or the header "
                            "\"Accept: text/event-stream\"",
                        .code = code::kNotSupported};
  return std::nullopt;
}

Prepared Endpoint::prepare(const catalog::CatalogRef& catalog,
                           const std::string& role,
                           const GraphqlRequest& request, Carrier carrier,
                           const std::string* cursor) {
  follow(catalog);
  Prepared out;
  out.status = 400;
  Outcome<std::string> text = documents_.text_of(request);
  if (!text.ok()) {
    out.errors.push_back(std::move(text).error());
    return out;
  }
  std::shared_ptr<RoleSchema> schema = role_schema(role);
  DocumentRef known = documents_.read(schema->schema(), role, *text);
  out.errors = known->errors;
  if (!out.errors.empty()) return out;
  const Operation* operation =
      find_operation(known->document, request.operation_name);
  if (auto error =
          refuse(*known, role, operation, request.operation_name, carrier)) {
    out.errors.push_back(std::move(*error));
    if (operation != nullptr && operation->kind == OperationKind::mutation &&
        carrier == Carrier::get)
      out.status = 405;
    return out;
  }
  out.kind = operation->kind;
  plan(*schema, role, known, *operation, request.variables, cursor, out);
  return out;
}

void Endpoint::plan(const RoleSchema& schema, const std::string& role,
                    const DocumentRef& document, const Operation& operation,
                    const Value* given, const std::string* cursor,
                    Prepared& out) {
  Arena arena;
  Outcome<Variables> variables =
      coerce_variables(schema.schema(), operation, given, arena);
  if (!variables.ok()) {
    out.errors.push_back(variables.error());
    return;
  }
  std::string key =
      concat({std::to_string(reinterpret_cast<std::uintptr_t>(&operation)),
              std::string_view(" "), variables->shape()});
  const auto* known = cursor == nullptr ? plans_.find(key) : nullptr;
  const bool is_new_shape = known == nullptr;
  if (known != nullptr && !(*known)->plan.limits.empty())
    known = plans_.find(key + limits_key((*known)->plan, *variables));
  if (known != nullptr) {
    if (auto bound =
            bind_variables((*known)->plan, *variables, options_.limits)) {
      out.plan = std::move(*bound);
      out.status = 200;
      return;
    }
  }
  CollectContext context{.schema = schema.schema(),
                         .document = document->document,
                         .variables = *variables};
  std::string scope =
      concat({role, "/", std::to_string(model_->catalog().generation())});
  Outcome<OperationPlan> planned =
      plan_operation(schema, context, operation,
                     {.limits = options_.limits,
                      .stringify_numbers = options_.stringify_numbers,
                      .cursor = cursor},
                     scope);
  if (!planned.ok()) {
    // The document was valid: it is its execution that fails.
    out.errors.push_back(planned.error());
    out.executed = true;
    out.status = 200;
    return;
  }
  out.status = 200;
  out.plan = *std::move(planned);
  if (!out.plan.reusable || cursor != nullptr ||
      variables->shape().size() > kMaxShape)
    return;
  auto compiled = std::make_shared<const Compiled>(
      Compiled{.document = document, .plan = out.plan});
  const std::size_t bytes = bytes_of(out.plan, *document);
  if (is_new_shape) plans_.put(key, compiled, bytes);
  if (!out.plan.limits.empty())
    plans_.put(key + limits_key(out.plan, *variables), compiled, bytes);
}

}  // namespace trestle::graphql
