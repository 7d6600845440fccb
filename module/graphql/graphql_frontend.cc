#include "graphql/graphql_frontend.h"

#include "base/json.h"
#include "base/text.h"
#include "frontend/settings.h"
#include "graphql/answer.h"
#include "graphql/document_cache.h"
#include "graphql/hash.h"
#include "graphql/parser.h"
#include "graphql/planner.h"
#include "graphql/print.h"
#include "graphql/request.h"
#include "graphql/role_schema.h"
#include "graphql/validate.h"

namespace trestle::graphql {
namespace {

constexpr std::size_t kDocumentCacheBytes = 8 * 1024 * 1024;
constexpr std::size_t kPersistedCacheBytes = 4 * 1024 * 1024;

// What belongs to one catalog: thrown away whole when the catalog changes. A
// request keeps the role schema that it was planned with.
struct Generation {
  std::shared_ptr<const catalog::Catalog> catalog;
  std::shared_ptr<const Model> model;
  std::unordered_map<std::string, std::shared_ptr<RoleSchema>> roles;
};

class GraphqlFrontend final : public Frontend {
 public:
  explicit GraphqlFrontend(GraphqlOptions options)
      : options_(std::move(options)),
        documents_(kDocumentCacheBytes),
        persisted_(kPersistedCacheBytes) {}

  [[nodiscard]] std::optional<Work> begin(
      const Exchange& exchange) const override;
  [[nodiscard]] bool needs_catalog() const override { return true; }
  void refuse(const Request& request, const Error& error,
              ResponseSink& response) const override;

 private:
  struct Planned {
    OperationPlan plan;
    std::optional<GraphqlError> error;
    std::vector<GraphqlError> errors;
    int status = 200;
    bool executed = false;  // the answer has "data": null
  };

  std::shared_ptr<RoleSchema> role_schema(const Exchange& exchange) const;
  DocumentRef document(const RoleSchema& role, const std::string& role_name,
                       std::string_view text) const;
  std::optional<GraphqlError> find_text(const GraphqlRequest& request,
                                        std::string& text) const;
  Planned plan_one(const Exchange& exchange, const RoleSchema& role,
                   const GraphqlRequest& request, Arena& arena) const;
  [[nodiscard]] bool may_introspect(const std::string& role) const;

  GraphqlOptions options_;
  // Caches of one worker; requests are planned one at a time.
  mutable Generation generation_;
  mutable LruCache<DocumentRef> documents_;
  mutable LruCache<std::string> persisted_;
};

std::shared_ptr<RoleSchema> GraphqlFrontend::role_schema(
    const Exchange& exchange) const {
  if (generation_.catalog != exchange.catalog) {
    generation_ = {.catalog = exchange.catalog,
                   .model = std::make_shared<const Model>(exchange.catalog,
                                                          options_.schemas),
                   .roles = {}};
    documents_.clear();
  }
  std::shared_ptr<RoleSchema>& role = generation_.roles[exchange.identity.role];
  if (role == nullptr)
    role =
        std::make_shared<RoleSchema>(generation_.model, exchange.identity.role);
  return role;
}

DocumentRef GraphqlFrontend::document(const RoleSchema& role,
                                      const std::string& role_name,
                                      std::string_view text) const {
  std::string key = concat({role_name, std::string_view("\0", 1), text});
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
    if (auto error = check_limits(cached->document, options_.limits))
      cached->errors.push_back(std::move(*error));
    else
      cached->errors = validate(role.schema(), cached->document);
  }
  DocumentRef ref = std::move(cached);
  documents_.put(key, ref, ref->arena.total_bytes() + text.size());
  return ref;
}

// The text of a request's document: as sent, persisted or trusted.
std::optional<GraphqlError> GraphqlFrontend::find_text(
    const GraphqlRequest& request, std::string& text) const {
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

bool GraphqlFrontend::may_introspect(const std::string& role) const {
  if (!options_.introspection_roles) return true;
  for (const std::string& known : *options_.introspection_roles)
    if (known == role) return true;
  return false;
}

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

GraphqlFrontend::Planned GraphqlFrontend::plan_one(
    const Exchange& exchange, const RoleSchema& role,
    const GraphqlRequest& request, Arena& arena) const {
  Planned out;
  auto refuse_with = [&](GraphqlError error, int status = 400) {
    out.errors.push_back(std::move(error));
    out.status = status;
    return std::move(out);
  };
  std::string text;
  if (auto error = find_text(request, text))
    return refuse_with(std::move(*error));
  DocumentRef cached = document(role, exchange.identity.role, text);
  if (!cached->errors.empty()) {
    out.errors = cached->errors;
    out.status = 400;
    return out;
  }
  if (!may_introspect(exchange.identity.role) &&
      asks_introspection(cached->document))
    return refuse_with({.message = "introspection is not allowed"});
  const Operation* operation =
      find_operation(cached->document, request.operation_name);
  if (operation == nullptr)
    return refuse_with(
        {.message =
             request.operation_name.empty()
                 ? "exactly one operation has to be present in the document "
                   "when operationName is not specified"
                 : concat({"no such operation found in the document: \"",
                           request.operation_name, "\""})});
  if (operation->kind == OperationKind::mutation &&
      exchange.request.method != "POST")
    return refuse_with({.message = "a mutation needs the method POST"}, 405);
  if (operation->kind == OperationKind::subscription)
    return refuse_with({.message =
                            "subscriptions are not supported over HTTP, use a "
                            "WebSocket",
                        .code = code::kNotSupported});
  Outcome<Variables> variables =
      coerce_variables(role.schema(), *operation, request.variables, arena);
  if (!variables.ok()) return refuse_with(variables.error());
  CollectContext context{.schema = role.schema(),
                         .document = cached->document,
                         .variables = *variables};
  std::string scope = concat({exchange.identity.role, "/",
                              std::to_string(exchange.catalog->generation())});
  Outcome<OperationPlan> plan =
      plan_operation(role, context, *operation,
                     {.limits = options_.limits,
                      .stringify_numbers = options_.stringify_numbers},
                     scope);
  if (!plan.ok()) {
    // The document was valid: it is its execution that fails.
    out.executed = true;
    return refuse_with(plan.error(), 200);
  }
  out.plan = std::move(plan).value();
  return out;
}

std::optional<Work> GraphqlFrontend::begin(const Exchange& exchange) const {
  const Request& request = exchange.request;
  ResponseSink& response = exchange.response;
  std::optional<Media> media = negotiate(request.header("accept"));
  auto send = [&](int status, const GraphqlError& error) {
    send_json(response, media.value_or(Media::json), status,
              error_document({error}));
    return std::nullopt;
  };
  if (request.method != "GET" && request.method != "POST") {
    std::string body =
        error_document({{.message = "the method must be GET or POST",
                         .code = code::kBadRequest}});
    response.head({.status = 405,
                   .content_type = "application/json; charset=utf-8",
                   .headers = {{"Allow", "GET, POST"}},
                   .content_length = body.size()});
    static_cast<void>(response.body(body));
    response.end();
    return std::nullopt;
  }
  if (!media)
    return send(406, {.message = "answers are application/json or "
                                 "application/graphql-response+json",
                      .code = code::kBadRequest});
  Arena arena;
  std::variant<RequestBody, HttpRefusal> read =
      read_request(request, options_.limits, arena);
  if (auto* refusal = std::get_if<HttpRefusal>(&read))
    return send(refusal->status, refusal->error);
  const RequestBody& body = std::get<RequestBody>(read);

  std::shared_ptr<RoleSchema> role = role_schema(exchange);
  Work work;
  work.plan.access = Access::read;
  std::vector<Part> parts;
  int status = 200;
  for (const GraphqlRequest& one : body.requests) {
    Planned planned = plan_one(exchange, *role, one, arena);
    Part part;
    part.first_statement = work.plan.statements.size();
    if (!planned.errors.empty()) {
      part.ready = error_document(planned.errors);
      if (planned.executed) part.ready.insert(1, "\"data\":null,");
      // The older media type carries refusals with 200 as servers always did.
      if (!body.batch &&
          (*media == Media::graphql_response || planned.status == 405))
        status = planned.status;
    } else {
      if (planned.plan.plan.access == Access::write)
        work.plan.access = Access::write;
      for (Statement& statement : planned.plan.plan.statements)
        work.plan.statements.push_back(std::move(statement));
      part.pieces = std::move(planned.plan.pieces);
      part.paths = std::move(planned.plan.paths);
    }
    parts.push_back(std::move(part));
  }
  std::size_t statements = work.plan.statements.size();
  if (statements == 0 && status != 200) {
    send_json(response, *media, status, parts[0].ready);
    return std::nullopt;
  }
  auto answer = std::make_unique<GraphqlAnswer>(
      response, *media, body.batch, work.plan.access == Access::write,
      std::move(parts), statements);
  if (statements == 0) {
    answer->on_done();
    return std::nullopt;
  }
  work.settings = request_settings(exchange.identity, request);
  work.answer = std::move(answer);
  return work;
}

void GraphqlFrontend::refuse(const Request& request, const Error& error,
                             ResponseSink& response) const {
  Media media = negotiate(request.header("accept")).value_or(Media::json);
  std::string_view code = error.http_status == 401   ? "invalid-jwt"
                          : error.http_status == 403 ? "access-denied"
                                                     : code::kUnexpected;
  send_json(response, media, error.http_status,
            error_document({{.message = error.message, .code = code}}));
}

}  // namespace

std::unique_ptr<Frontend> make_graphql_frontend(GraphqlOptions options) {
  return std::make_unique<GraphqlFrontend>(std::move(options));
}

std::string print_schema(const catalog::CatalogRef& catalog,
                         std::vector<std::string> schemas,
                         std::string_view role) {
  auto model = std::make_shared<const Model>(catalog, std::move(schemas));
  RoleSchema schema(std::move(model), role);
  return print(schema.schema());
}

}  // namespace trestle::graphql
