#include "graphql/sdl_answer.h"

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
  explicit Projection(const SdlRun& run)
      : context_{.schema = *run.schema,
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
    return value.is(ValueKind::object) &&
           write_object(out, field, named, value);
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

class SdlAnswer final : public RowSink, public Continuation {
 public:
  SdlAnswer(std::shared_ptr<SdlRun> run, std::size_t step)
      : run_(std::move(run)), step_(step) {}

  void on_columns(std::size_t, std::span<const ResultColumn>) override {}
  bool on_row(std::size_t statement, std::span<const Cell> cells) override;
  void on_statement_done(std::size_t, std::uint64_t) override {}
  void on_done() override;
  void on_error(const RunError& error) override;
  std::optional<Work> take_next() override;

 private:
  [[nodiscard]] const SdlStep& step() const { return run_->plan.steps[step_]; }
  void take_answer(SdlRoot& root, std::string_view status, Cell body);
  void fail(GraphqlError error, int status);

  std::shared_ptr<SdlRun> run_;
  std::size_t step_;
  bool failed_ = false;
};

void send_data(const SdlRun& run) {
  std::string body = "{\"data\":{";
  for (const SdlRoot& root : run.plan.roots) {
    if (&root != &run.plan.roots.front()) body.push_back(',');
    append_json_string(body, root.field.key);
    body.push_back(':');
    body.append(root.ready.empty() ? kNull : std::string_view(root.ready));
  }
  body.append("}}");
  send_json(*run.response, run.media, 200, body);
}

// A root field that may not be null and is.
const SdlRoot* missing_root(const SdlRun& run) {
  for (const SdlRoot& root : run.plan.roots)
    if (root.field.field->type.is_non_null() &&
        (root.ready.empty() || root.ready == kNull))
      return &root;
  return nullptr;
}

void send_error(const SdlRun& run, const GraphqlError& error, int status) {
  std::string body = "{\"data\":null,\"errors\":[";
  append_error(body, error);
  body.append("]}");
  send_json(*run.response, run.media, status, body);
}

bool SdlAnswer::on_row(std::size_t statement, std::span<const Cell> cells) {
  std::vector<SdlRoot>& roots = run_->plan.roots;
  if (!step().location.empty()) {
    take_answer(roots[step().roots[0][0]], cells[0], cells[1]);
    return true;
  }
  const std::vector<std::size_t>& columns = step().roots[statement];
  for (std::size_t i = 0; i < columns.size() && i < cells.size(); i++)
    roots[columns[i]].ready = is_null(cells[i]) ? kNull : cells[i];
  return true;
}

// 404 is null; what else is no success is an error.
void SdlAnswer::take_answer(SdlRoot& root, std::string_view status, Cell body) {
  std::string path = concat({"$.selectionSet.", root.field.node->name});
  if (status == "404") {
    root.ready = kNull;
    return;
  }
  if (status != "200")
    return fail(
        {.message = concat({"the location of field '", root.field.node->name,
                            "' answered ", status}),
         .path = path,
         .code = code::kUnexpected},
        200);
  Outcome<Value> json = parse_json_value(body, run_->arena);
  root.ready.clear();
  if (!json.ok() || !Projection(*run_).write(root.ready, root.field,
                                             root.field.field->type, *json))
    fail({.message = concat({"the location of field '", root.field.node->name,
                             "' did not answer what its type says"}),
          .path = path,
          .code = code::kUnexpected},
         200);
}

void SdlAnswer::fail(GraphqlError error, int status) {
  if (failed_) return;
  failed_ = true;
  send_error(*run_, error, status);
}

void SdlAnswer::on_done() {
  if (failed_ || run_->next < run_->plan.steps.size()) return;
  const SdlRoot* missing = missing_root(*run_);
  if (missing == nullptr) return send_data(*run_);
  fail({.message = concat({"cannot return null for non-nullable field '",
                           missing->field.field->name, "'"}),
        .path = concat({"$.selectionSet.", missing->field.node->name}),
        .code = code::kUnexpected},
       200);
}

void SdlAnswer::on_error(const RunError& error) {
  RunFailure failure =
      describe(error, "$", step().plan.access == Access::write);
  fail(std::move(failure.error), failure.http_status);
}

std::optional<Work> SdlAnswer::take_next() {
  if (failed_) return std::nullopt;
  return next_step(run_);
}

}  // namespace

std::optional<Work> next_step(const std::shared_ptr<SdlRun>& run) {
  if (run->next == run->plan.steps.size()) {
    if (run->plan.steps.empty()) send_data(*run);
    return std::nullopt;
  }
  std::size_t index = run->next++;
  SdlStep& step = run->plan.steps[index];
  auto answer = std::make_unique<SdlAnswer>(run, index);
  Work work;
  work.database = step.database;
  work.subrequest = step.location;
  work.plan = std::move(step.plan);
  step.plan.access = work.plan.access;
  work.settings = run->settings;
  work.continuation = answer.get();
  work.answer = std::move(answer);
  return work;
}

}  // namespace trestle::graphql
