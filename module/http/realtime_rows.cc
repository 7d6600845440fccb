#include "http/realtime_rows.h"

#include <algorithm>
#include <ctime>

#include "base/json_members.h"
#include "base/text.h"
#include "http/realtime_channel.h"
#include "http/request_view.h"

namespace trestle::http {

namespace {

using live::RowEvent;

std::string_view type_of(RowEvent::Op op) {
  switch (op) {
    case RowEvent::Op::insert:
      return "INSERT";
    case RowEvent::Op::update:
      return "UPDATE";
    default:
      return "DELETE";
  }
}

std::string iso_time(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts = {};
  char text[32];
  gmtime_r(&time, &parts);
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace

RowBinding::RowBinding(RealtimeChannel& channel, int id,
                       const rapidjson::Value& wish)
    : channel_(channel),
      id_(id),
      event_(member_text(wish, "event")),
      schema_(member_text(wish, "schema")),
      table_(member_text(wish, "table")),
      filter_(member_text(wish, "filter")) {
  append_json(wish_, wish);
}

std::string RowBinding::echo() const {
  const std::string_view members =
      wish_.starts_with('{') ? std::string_view(wish_).substr(1) : "}";
  return concat(
      {"{\"id\":", std::to_string(id_), members == "}" ? "" : ",", members});
}

class RowBinding::Table final : private RowListener {
 public:
  Table(RowBinding& binding, std::string name)
      : binding_(binding), name_(std::move(name)) {
    const RealtimeContext& context = binding_.channel_.context();
    subscription_ = context.runtime.rows().subscribe(
        context.database,
        {.request = {.table = name_, .filter = binding_.filter_, .select = {}},
         .rows = false,
         .since = {},
         .max_rows = context.max_rows},
        binding_.identity_, *this);
  }
  // Ready, or never to be.
  [[nodiscard]] bool is_settled() const { return ready_ || refused_; }
  [[nodiscard]] bool is_refused() const { return refused_; }

 private:
  void on_rows(std::string_view, const live::EventId&) override {}
  void on_ready(const live::EventId&) override {
    ready_ = true;
    binding_.on_table_ready();
  }
  void on_event(live::RowMessage& message) override {
    binding_.tell(name_, message.event());
  }
  void on_resync() override { binding_.on_resync(); }
  void on_refused(const Error& error) override {
    refused_ = true;
    binding_.on_table_refused(error);
  }

  RowBinding& binding_;
  std::string name_;
  std::unique_ptr<RowSubscription> subscription_;
  bool ready_ = false;
  bool refused_ = false;
};

RowBinding::~RowBinding() {
  const RealtimeContext& context = channel_.context();
  if (CatalogRuntime* made = context.runtime.catalog_if_made(context.database))
    made->forget(*this);
}

CatalogRuntime& RowBinding::catalog() const {
  const RealtimeContext& context = channel_.context();
  return context.runtime.catalog(context.database);
}

bool RowBinding::is_schema() const { return table_.empty() || table_ == "*"; }

void RowBinding::subscribe(const auth::Identity& identity) {
  identity_ = identity;
  tables_.clear();
  begun_ = false;
  if (!is_schema()) {
    begun_ = true;
    return follow(table_);
  }
  if (catalog().current() == nullptr) return catalog().wait(*this);
  follow_schema(*catalog().current());
}

void RowBinding::on_catalog(const catalog::CatalogRef& catalog,
                            const RunError* error) {
  if (catalog != nullptr)
    follow_schema(*catalog);
  else if (error != nullptr)
    channel_.on_binding_refused(error->message);
}

void RowBinding::follow_schema(const catalog::Catalog& catalog) {
  using Kind = catalog::Relation::Kind;
  for (const catalog::Relation& relation : catalog.relations())
    if (relation.schema == schema_ && !relation.is_partition &&
        !relation.primary_key.empty() &&
        (relation.kind == Kind::table || relation.kind == Kind::partitioned))
      follow(relation.name);
  begun_ = true;
  on_table_ready();
}

void RowBinding::follow(const std::string& table) {
  tables_.push_back(std::make_unique<Table>(*this, table));
}

bool RowBinding::is_ready() const {
  return begun_ && std::ranges::all_of(
                       tables_, [](const auto& t) { return t->is_settled(); });
}

void RowBinding::on_table_ready() {
  if (is_ready()) channel_.on_binding_ready();
}

// Of a schema, a table may be missing; all of them may not.
void RowBinding::on_table_refused(const Error& error) {
  const bool all = std::ranges::all_of(
      tables_, [](const auto& table) { return table->is_refused(); });
  if (all) return channel_.on_binding_refused(error.message);
  on_table_ready();
}

void RowBinding::on_resync() {
  channel_.send_system(false, "postgres_changes", "changes may be missing");
}

std::string RowBinding::change_json(const std::string& table,
                                    const RowEvent& event) const {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("schema").string(schema_);
  json.key("table").string(table);
  json.key("commit_timestamp").string(iso_time(now_s()));
  json.key("type").string(type_of(event.op)).key("columns").begin_array();
  const catalog::CatalogRef& current = catalog().current();
  const catalog::Relation* relation =
      current != nullptr ? current->relation(schema_, table) : nullptr;
  if (relation != nullptr)
    for (const catalog::Column& column : relation->columns) {
      const catalog::Type* type = current->type(column.type);
      json.begin_object().key("name").string(column.name);
      json.key("type").string(type != nullptr ? type->name : "text");
      json.end_object();
    }
  json.end_array();
  if (!event.row.empty()) json.key("record").raw(event.row);
  if (event.op != RowEvent::Op::insert)
    json.key("old_record").raw(event.key.empty() ? "{}" : event.key);
  json.key("errors").null().end_object();
  return text;
}

void RowBinding::tell(const std::string& table, const RowEvent& event) {
  if (event.op == RowEvent::Op::truncate) return;
  if (event_ != "*" && event_ != type_of(event.op)) return;
  channel_.send("postgres_changes",
                concat({"{\"ids\":[", std::to_string(id_),
                        "],\"data\":", change_json(table, event), "}"}));
}

}  // namespace trestle::http
