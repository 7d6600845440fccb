#include "graphql/endpoint.h"

#include <algorithm>

#include "base/text.h"
#include "graphql/hash.h"
#include "graphql/parser.h"
#include "graphql/validate.h"

namespace trestle::graphql {
namespace {

constexpr std::size_t kDocumentBytes = 8 * 1024 * 1024;
constexpr std::size_t kPersistedBytes = 4 * 1024 * 1024;
constexpr std::size_t kPlanBytes = 8 * 1024 * 1024;
// Variables of a larger shape (many objects to insert) will hardly come again.
constexpr std::size_t kMaxShape = 1024;

const Operation* find_operation(const Document& document,
                                std::string_view name) {
  if (name.empty())
    return document.operations.size() == 1 ? &document.operations[0] : nullptr;
  for (const Operation& operation : document.operations)
    if (operation.name == name) return &operation;
  return nullptr;
}

bool asks_introspection(const Document& document) {
  std::vector<Slice<Selection>> todo;
  for (const Operation& operation : document.operations)
    todo.push_back(operation.selections);
  for (const Fragment& fragment : document.fragments)
    todo.push_back(fragment.selections);
  while (!todo.empty()) {
    Slice<Selection> selections = todo.back();
    todo.pop_back();
    for (const Selection& s : selections) {
      if (s.name == "__schema" || s.name == "__type") return true;
      if (s.has_selections) todo.push_back(s.selections);
    }
  }
  return false;
}

// What a plan takes in memory, roughly.
std::size_t bytes_of(const OperationPlan& plan) {
  std::size_t bytes = sizeof plan;
  for (const Statement& statement : plan.plan.statements)
    bytes += statement.sql->text.size() + 64 * statement.params.size() + 256;
  for (const Piece& piece : plan.pieces)
    bytes += piece.text.size() + sizeof piece;
  return bytes + plan.bindings.size() * sizeof(VariableParam);
}

}  // namespace

Endpoint::Endpoint(const GraphqlOptions& options)
    : options_(options),
      documents_(kDocumentBytes),
      persisted_(kPersistedBytes),
      plans_(kPlanBytes) {}

void Endpoint::follow(const catalog::CatalogRef& catalog) {
  if (catalog_ == catalog) return;
  plans_.clear();
  documents_.clear();
  roles_.clear();
  model_ = std::make_shared<const Model>(catalog, options_.schemas);
  catalog_ = catalog;
}

std::shared_ptr<RoleSchema> Endpoint::role_schema(const std::string& role) {
  std::shared_ptr<RoleSchema>& schema = roles_[role];
  if (schema == nullptr) schema = std::make_shared<RoleSchema>(model_, role);
  return schema;
}

DocumentRef Endpoint::document(const RoleSchema& schema,
                               const std::string& role, std::string_view text) {
  std::string key = concat({role, std::string_view("\0", 1), text});
  if (const DocumentRef* known = documents_.find(key)) return *known;
  auto cached = std::make_shared<CachedDocument>();
  cached->source = text;
  Outcome<Document> parsed =
      parse_document(cached->source, cached->arena,
                     {.max_tokens = options_.limits.max_tokens});
  if (!parsed.ok()) {
    cached->errors.push_back(parsed.error());
  } else {
    cached->document = *parsed;
    cached->introspects = asks_introspection(cached->document);
    if (auto error = check_limits(cached->document, options_.limits))
      cached->errors.push_back(std::move(*error));
    else
      cached->errors = validate(schema.schema(), cached->document);
  }
  DocumentRef ref = std::move(cached);
  documents_.put(key, ref, ref->arena.total_bytes() + text.size());
  return ref;
}

// The text of a request's document: as sent, persisted or trusted.
std::optional<GraphqlError> Endpoint::find_text(const GraphqlRequest& request,
                                                std::string& text) {
  text = request.query;
  if (options_.trusted_only) {
    std::string hash =
        request.sha256.empty() ? sha256_hex(text) : ascii_lower(request.sha256);
    auto trusted = options_.trusted.find(hash);
    if (trusted == options_.trusted.end())
      return GraphqlError{.message = "the document is not a trusted one",
                          .code = code::kValidation};
    text = trusted->second;
    return std::nullopt;
  }
  if (request.sha256.empty()) return std::nullopt;
  std::string hash = ascii_lower(request.sha256);
  if (text.empty()) {
    if (auto trusted = options_.trusted.find(hash);
        trusted != options_.trusted.end()) {
      text = trusted->second;
      return std::nullopt;
    }
    const std::string* known = persisted_.find(hash);
    if (known == nullptr)
      return GraphqlError{.message = "PersistedQueryNotFound",
                          .code = "PERSISTED_QUERY_NOT_FOUND"};
    text = *known;
    return std::nullopt;
  }
  if (sha256_hex(text) != hash)
    return GraphqlError{.message = "provided sha does not match query",
                        .code = code::kNotSupported};
  persisted_.put(hash, text, text.size());
  return std::nullopt;
}

// Why a valid document is not run all the same.
std::optional<GraphqlError> Endpoint::refuse(const CachedDocument& known,
                                             const std::string& role,
                                             const Operation* operation,
                                             std::string_view name,
                                             Carrier carrier) const {
  if (known.introspects && options_.introspection_roles) {
    const std::vector<std::string>& may = *options_.introspection_roles;
    if (std::find(may.begin(), may.end(), role) == may.end())
      return GraphqlError{.message = "introspection is not allowed"};
  }
  if (operation == nullptr)
    return GraphqlError{
        .message =
            name.empty()
                ? "exactly one operation has to be present in the document "
                  "when operationName is not specified"
                : concat({"no such operation found in the document: \"", name,
                          "\""})};
  if (operation->kind == OperationKind::mutation && carrier == Carrier::get)
    return GraphqlError{.message = "a mutation needs the method POST"};
  if (operation->kind == OperationKind::subscription &&
      carrier != Carrier::stream)
    return GraphqlError{.message =
                            "subscriptions are not supported over HTTP, use a "
                            "WebSocket",
                        .code = code::kNotSupported};
  return std::nullopt;
}

Prepared Endpoint::prepare(const catalog::CatalogRef& catalog,
                           const std::string& role,
                           const GraphqlRequest& request, Carrier carrier) {
  follow(catalog);
  Prepared out;
  out.status = 400;
  std::string text;
  if (auto error = find_text(request, text)) {
    out.errors.push_back(std::move(*error));
    return out;
  }
  std::shared_ptr<RoleSchema> schema = role_schema(role);
  DocumentRef known = document(*schema, role, text);
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
  plan(*schema, role, known, *operation, request.variables, out);
  return out;
}

void Endpoint::plan(const RoleSchema& schema, const std::string& role,
                    const DocumentRef& document, const Operation& operation,
                    const Value* given, Prepared& out) {
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
  if (const auto* known = plans_.find(key)) {
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
      concat({role, "/", std::to_string(catalog_->generation())});
  Outcome<OperationPlan> planned =
      plan_operation(schema, context, operation,
                     {.limits = options_.limits,
                      .stringify_numbers = options_.stringify_numbers},
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
  if (!out.plan.reusable || variables->shape().size() > kMaxShape) return;
  auto compiled = std::make_shared<const Compiled>(
      Compiled{.document = document, .plan = out.plan});
  plans_.put(key, compiled, bytes_of(out.plan));
}

}  // namespace trestle::graphql
