#include "graphql/sdl_frontend.h"

#include <algorithm>

#include "frontend/settings.h"
#include "graphql/answer.h"
#include "graphql/documents.h"
#include "graphql/model.h"
#include "graphql/open_request.h"
#include "graphql/sdl_answer.h"
#include "graphql/sdl_planner.h"

namespace trestle::graphql {
namespace {

class SdlFrontend final : public Frontend {
 public:
  SdlFrontend(GraphqlOptions options, std::unique_ptr<SdlSchema> sdl)
      : options_(std::move(options)),
        sdl_(std::move(sdl)),
        documents_(options_) {}

  [[nodiscard]] std::optional<Work> begin(
      const Exchange& exchange) const override;
  [[nodiscard]] bool needs_catalog() const override {
    return !sdl_->tables.empty();
  }
  [[nodiscard]] std::vector<std::string> variables() const override;
  [[nodiscard]] bool reads_cookies() const override { return true; }
  void refuse(const Request& request, const Error& error,
              ResponseSink& response) const override {
    refuse_graphql(request, error, response);
  }

 private:
  struct Refusal {
    std::vector<GraphqlError> errors;
    int status = 400;
    bool executed = false;
  };
  std::optional<Refusal> plan(const Exchange& exchange,
                              const GraphqlRequest& request, SdlRun& run,
                              Arena& arena) const;
  const Model* model(const Exchange& exchange) const;

  GraphqlOptions options_;
  std::unique_ptr<SdlSchema> sdl_;
  // What one worker remembers; requests are planned one at a time.
  mutable Documents documents_;
  mutable std::unique_ptr<const Model> model_;
};

std::vector<std::string> SdlFrontend::variables() const {
  std::vector<std::string> names;
  for (const BoundSql& sql : sdl_->sql)
    for (const FileParam& param : sql.section.params) {
      bool counts = param.source == trestle::ParamSource::named ||
                    param.source == trestle::ParamSource::variable;
      if (counts &&
          std::find(names.begin(), names.end(), param.name) == names.end())
        names.push_back(param.name);
    }
  return names;
}

const Model* SdlFrontend::model(const Exchange& exchange) const {
  if (exchange.catalog == nullptr) return nullptr;
  if (model_ == nullptr || !model_->is_of(exchange.catalog))
    model_ = std::make_unique<const Model>(exchange.catalog, options_.schemas);
  return model_.get();
}

std::optional<SdlFrontend::Refusal> SdlFrontend::plan(
    const Exchange& exchange, const GraphqlRequest& request, SdlRun& run,
    Arena& arena) const {
  auto refused = [](GraphqlError error, int status = 400) {
    return Refusal{.errors = {std::move(error)}, .status = status};
  };
  Outcome<std::string> text = documents_.text_of(request);
  if (!text.ok()) return refused(text.error());
  run.document = documents_.read(*sdl_->schema, "", *text);
  const CachedDocument& known = *run.document;
  if (!known.errors.empty()) return Refusal{.errors = known.errors};
  if (known.introspects && !may_introspect(options_, exchange.identity.role))
    return refused({.message = "introspection is not allowed"});
  const Operation* operation =
      find_operation(known.document, request.operation_name);
  if (operation == nullptr)
    return refused(no_operation(request.operation_name));
  if (operation->kind == OperationKind::mutation &&
      exchange.request.method != "POST")
    return refused({.message = "a mutation needs the method POST"}, 405);
  Outcome<Variables> variables =
      coerce_variables(*sdl_->schema, *operation, request.variables, arena);
  if (!variables.ok()) return refused(variables.error());
  run.variables = *std::move(variables);
  CollectContext collect{.schema = *sdl_->schema,
                         .document = known.document,
                         .variables = run.variables};
  Outcome<SdlPlan> planned = plan_sdl({.sdl = *sdl_,
                                       .collect = collect,
                                       .exchange = exchange,
                                       .model = model(exchange)},
                                      *operation);
  if (!planned.ok())
    return Refusal{
        .errors = {planned.error()}, .status = 200, .executed = true};
  run.plan = *std::move(planned);
  return std::nullopt;
}

std::optional<Work> SdlFrontend::begin(const Exchange& exchange) const {
  auto batch = std::make_shared<SdlBatch>();
  std::optional<OpenRequest> open =
      open_request(exchange, options_.limits, batch->arena);
  if (!open) return std::nullopt;
  batch->schema = sdl_->schema.get();
  batch->response = &exchange.response;
  batch->media = open->media;
  batch->list = open->body.batch;
  batch->settings = request_settings(exchange.identity, exchange.request);
  batch->runs.resize(open->body.requests.size());
  for (std::size_t i = 0; i < batch->runs.size(); i++) {
    SdlRun& run = batch->runs[i];
    std::optional<Refusal> refusal =
        plan(exchange, open->body.requests[i], run, batch->arena);
    if (!refusal) continue;
    run.answer = error_document(refusal->errors);
    run.error_code = refusal->errors.front().code;
    if (refusal->executed) run.answer.insert(1, "\"data\":null,");
    // The older media type carries refusals with 200.
    bool told =
        open->media == Media::graphql_response || refusal->status == 405;
    run.status = told ? refusal->status : 200;
  }
  return next_step(batch);
}

}  // namespace

std::unique_ptr<Frontend> make_sdl_frontend(GraphqlOptions options,
                                            std::unique_ptr<SdlSchema> sdl) {
  return std::make_unique<SdlFrontend>(std::move(options), std::move(sdl));
}

}  // namespace trestle::graphql
