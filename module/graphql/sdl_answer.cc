#include "graphql/sdl_answer.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "graphql/answer.h"
#include "graphql/run_errors.h"

namespace trestle::graphql {
namespace {

constexpr std::string_view kNull = "null";

// What a location answered, cut to what the operation selects.
class Projection {
 public:
  Projection(const Schema& schema, const SdlRun& run)
      : context_{.schema = schema,
                 .document = run.document->document,
                 .variables = run.variables} {}

  // False: the JSON is not of the field's type.
  bool write(std::string& out, const CollectedField& field, TypeRef type,
             const Value& value) {
    if (value.is(ValueKind::null)) {
      out.append(kNull);
      return !type.is_non_null();
    }
    TypeRef inner = type.nullable();
    if (inner.is_list()) return write_list(out, field, inner.inner(), value);
    const Type& named = *inner.named();
    if (named.is_leaf()) {
      append_value(out, value);
      return true;
    }
    if (!value.is(ValueKind::object)) return false;
    const Type* type_of_value = object_type(named, value);
    return type_of_value != nullptr &&
           write_object(out, field, *type_of_value, value);
  }

 private:
  bool write_list(std::string& out, const CollectedField& field, TypeRef type,
                  const Value& value) {
    if (!value.is(ValueKind::list)) return false;
    out.push_back('[');
    for (const Value& item : value.items) {
      if (&item != value.items.begin()) out.push_back(',');
      if (!write(out, field, type, item)) return false;
    }
    out.push_back(']');
    return true;
  }

  // Of an interface or a union, the member "__typename" says which it is. Null:
  // none of its types.
  static const Type* object_type(const Type& type, const Value& value) {
    if (type.kind == TypeKind::object) return &type;
    const Value* name = value.member("__typename");
    for (const Type* possible : type.possible())
      if (name != nullptr && possible->name == name->text) return possible;
    return nullptr;
  }

  bool write_object(std::string& out, const CollectedField& field,
                    const Type& type, const Value& value) {
    static const Value kAbsent{.kind = ValueKind::null};
    out.push_back('{');
    for (const CollectedField& member :
         collect_fields(context_, type, field.selections)) {
      if (out.back() != '{') out.push_back(',');
      append_json_string(out, member.key);
      out.push_back(':');
      if (member.field->binding.kind == Schema::kTypename) {
        append_json_string(out, type.name);
        continue;
      }
      const Value* found = value.member(member.field->name);
      if (!write(out, member, member.field->type,
                 found != nullptr ? *found : kAbsent))
        return false;
    }
    out.push_back('}');
    return true;
  }

  CollectContext context_;
};

void settle(SdlRun& run, const GraphqlError& error, int status) {
  run.answer = "{\"data\":null,\"errors\":[";
  append_error(run.answer, error);
  run.answer.append("]}");
  run.status = status;
  run.error_code = error.code;
}

// A root field that may not be null and is.
const SdlRoot* missing_root(const SdlRun& run) {
  for (const SdlRoot& root : run.plan.roots)
    if (root.field.field->type.is_non_null() &&
        (root.ready.empty() || root.ready == kNull))
      return &root;
  return nullptr;
}

std::string path_of(const SdlRoot& root) {
  return concat({"$.selectionSet.", root.field.node->name});
}

// All steps of the operation have answered.
void settle(SdlRun& run) {
  if (const SdlRoot* missing = missing_root(run))
    return settle(run,
                  {.message = concat({"cannot return null for non-nullable "
                                      "field '",
                                      missing->field.field->name, "'"}),
                   .path = path_of(*missing),
                   .code = code::kUnexpected,
                   .field = std::string(missing->field.key)},
                  200);
  std::string& body = run.answer = "{\"data\":{";
  for (const SdlRoot& root : run.plan.roots) {
    if (&root != &run.plan.roots.front()) body.push_back(',');
    append_json_string(body, root.field.key);
    body.push_back(':');
    body.append(root.ready.empty() ? kNull : std::string_view(root.ready));
  }
  body.append("}}");
}

// One step of the current operation.
class SdlAnswer final : public RowSink, public Continuation {
 public:
  SdlAnswer(std::shared_ptr<SdlBatch> batch, const SdlStep& step)
      : batch_(std::move(batch)),
        run_(batch_->runs[batch_->current]),
        step_(step) {}

  void on_columns(std::size_t, std::span<const ResultColumn>) override {}
  bool on_row(std::size_t statement, std::span<const Cell> cells) override;
  void on_statement_done(std::size_t, std::uint64_t) override {}
  void on_done() override {}
  void on_error(const RunError& error) override;
  std::optional<Work> take_next() override { return next_step(batch_); }

 private:
  void take_answer(SdlRoot& root, std::string_view status, Cell body);
  void fail(const SdlRoot& root, std::string_view what);

  std::shared_ptr<SdlBatch> batch_;
  SdlRun& run_;
  const SdlStep& step_;
};

bool SdlAnswer::on_row(std::size_t statement, std::span<const Cell> cells) {
  std::vector<SdlRoot>& roots = run_.plan.roots;
  if (!step_.location.empty()) {
    take_answer(roots[step_.roots[0][0]], cells[0], cells[1]);
    return true;
  }
  const std::vector<std::size_t>& columns = step_.roots[statement];
  for (std::size_t i = 0; i < columns.size() && i < cells.size(); i++)
    roots[columns[i]].ready = is_null(cells[i]) ? kNull : cells[i];
  return true;
}

// 404 is null; what else is no success is an error.
void SdlAnswer::take_answer(SdlRoot& root, std::string_view status, Cell body) {
  root.ready = kNull;
  if (status == "404") return;
  if (status != "200") return fail(root, concat({"answered ", status}));
  Outcome<Value> json = parse_json_value(body, batch_->arena);
  root.ready.clear();
  if (!json.ok() ||
      !Projection(*batch_->schema, run_)
           .write(root.ready, root.field, root.field.field->type, *json))
    fail(root, "did not answer what its type says");
}

void SdlAnswer::fail(const SdlRoot& root, std::string_view what) {
  settle(run_,
         {.message = concat(
              {"the location of field '", root.field.node->name, "' ", what}),
          .path = path_of(root),
          .code = code::kUnexpected,
          .field = std::string(root.field.key)},
         200);
}

void SdlAnswer::on_error(const RunError& error) {
  RunFailure failure = describe(error, "$", step_.plan.access == Access::write);
  settle(run_, failure.error, failure.http_status);
}

// A server that is away is told by the status of a list as well.
void send(const SdlBatch& batch) {
  std::string body = batch.list ? "[" : "";
  int status = batch.list ? 200 : batch.runs[0].status;
  std::string_view error_code;
  for (const SdlRun& run : batch.runs) {
    if (&run != &batch.runs.front()) body.push_back(',');
    body.append(run.answer);
    if (run.status >= 500) status = std::max(status, run.status);
    if (error_code.empty()) error_code = run.error_code;
  }
  if (batch.list) body.push_back(']');
  send_json(*batch.response, batch.media, status, body, error_code);
}

}  // namespace

std::optional<Work> next_step(const std::shared_ptr<SdlBatch>& batch) {
  for (; batch->current < batch->runs.size(); batch->current++) {
    SdlRun& run = batch->runs[batch->current];
    if (!run.answer.empty()) continue;
    if (run.next == run.plan.steps.size()) {
      settle(run);
      continue;
    }
    SdlStep& step = run.plan.steps[run.next++];
    auto answer = std::make_unique<SdlAnswer>(batch, step);
    Work work;
    work.database = step.database;
    work.subrequest = step.location;
    work.plan = std::move(step.plan);
    step.plan.access = work.plan.access;
    work.settings = batch->settings;
    work.continuation = answer.get();
    work.answer = std::move(answer);
    return work;
  }
  send(*batch);
  return std::nullopt;
}

}  // namespace trestle::graphql
