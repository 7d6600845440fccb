#include "graphql/graphql_frontend.h"

#include "base/json.h"
#include "base/text.h"
#include "frontend/judge.h"
#include "frontend/settings.h"
#include "graphql/answer.h"
#include "graphql/endpoint.h"
#include "graphql/open_request.h"
#include "graphql/print.h"
#include "graphql/role_schema.h"

namespace trestle::graphql {
namespace {

class GraphqlFrontend final : public Frontend {
 public:
  explicit GraphqlFrontend(GraphqlOptions options)
      : options_(std::move(options)), endpoint_(options_) {}

  [[nodiscard]] std::optional<Work> begin(
      const Exchange& exchange) const override;
  [[nodiscard]] bool needs_catalog() const override { return true; }
  [[nodiscard]] bool can_be_live() const override { return true; }
  [[nodiscard]] bool reads_header(std::string_view name) const override {
    return ascii_iequals(name, "accept") || ascii_iequals(name, "content-type");
  }
  void refuse(const Request& request, const Error& error,
              ResponseSink& response) const override;

 private:
  GraphqlOptions options_;
  // What one worker remembers; requests are planned one at a time.
  mutable Endpoint endpoint_;
};

std::optional<Work> GraphqlFrontend::begin(const Exchange& exchange) const {
  const Request& request = exchange.request;
  ResponseSink& response = exchange.response;
  Arena arena;
  std::optional<OpenRequest> open =
      open_request(exchange, options_.limits, arena);
  if (!open) return std::nullopt;
  const RequestBody& body = open->body;

  LiveState* live = exchange.live;
  const std::string* cursor =
      live != nullptr && live->cursor ? &*live->cursor : nullptr;
  Carrier carrier = request.method == "POST" ? Carrier::post : Carrier::get;
  if (live != nullptr) carrier = Carrier::stream;
  Work work;
  work.plan.access = Access::read;
  std::vector<Part> parts;
  std::optional<std::size_t> cursor_column;
  int status = 200;
  for (const GraphqlRequest& one : body.requests) {
    Prepared planned = endpoint_.prepare(
        exchange.catalog, exchange.identity.role, one, carrier, cursor);
    if (live != nullptr)
      live->subscription = planned.kind == OperationKind::subscription;
    Part part;
    part.first_statement = work.plan.statements.size();
    if (!planned.errors.empty()) {
      part.ready = error_document(planned.errors);
      part.error_code = planned.errors.front().code;
      if (planned.executed) part.ready.insert(1, "\"data\":null,");
      // The older media type carries refusals with 200 as servers always did.
      if (!body.batch &&
          (open->media == Media::graphql_response || planned.status == 405))
        status = planned.status;
    } else {
      if (planned.plan.plan.access == Access::write)
        work.plan.access = Access::write;
      for (Statement& statement : planned.plan.plan.statements)
        work.plan.statements.push_back(std::move(statement));
      cursor_column = planned.plan.cursor_column;
      part.pieces = std::move(planned.plan.pieces);
      part.places = std::move(planned.plan.places);
      part.rows = std::move(planned.plan.rows);
    }
    parts.push_back(std::move(part));
  }
  std::size_t statements = work.plan.statements.size();
  if (statements == 0 && status != 200) {
    send_json(response, open->media, status, parts[0].ready,
              parts[0].error_code);
    return std::nullopt;
  }
  auto answer = std::make_unique<GraphqlAnswer>(
      response, open->media, body.batch, work.plan.access == Access::write,
      std::move(parts), statements, live, cursor_column);
  if (live != nullptr) live->stream = cursor_column.has_value();
  if (statements == 0) {
    answer->on_done();
    return std::nullopt;
  }
  const Judgement judgement = judge(exchange, work.plan);
  work.plan.effects = judgement.effects;
  work.settings = request_settings(exchange, judgement);
  work.answer = std::move(answer);
  return work;
}

void GraphqlFrontend::refuse(const Request& request, const Error& error,
                             ResponseSink& response) const {
  refuse_graphql(request, error, response);
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
