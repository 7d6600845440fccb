#include "http/realtime_rows.h"

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

void RowBinding::subscribe(const auth::Identity& identity) {
  const RealtimeContext& context = channel_.context();
  subscription_.reset();
  subscription_ = context.runtime.rows().subscribe(
      context.database,
      {.request = {.table = table_, .filter = filter_, .select = {}},
       .rows = false,
       .since = {},
       .max_rows = context.max_rows},
      identity, *this);
}

void RowBinding::on_ready(const live::EventId&) {
  ready_ = true;
  channel_.on_binding_ready();
}

void RowBinding::on_refused(const Error& error) {
  channel_.on_binding_refused(error.message);
}

void RowBinding::on_resync() {
  channel_.send_system(false, "postgres_changes", "changes may be missing");
}

const catalog::Relation* RowBinding::relation() const {
  const RealtimeContext& context = channel_.context();
  const catalog::CatalogRef& catalog =
      context.runtime.catalog(context.database).current();
  if (catalog == nullptr) return nullptr;
  return catalog->relation(schema_, table_);
}

std::string RowBinding::change_json(const RowEvent& event) const {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("schema").string(schema_);
  json.key("table").string(table_);
  json.key("commit_timestamp").string(iso_time(now_s()));
  json.key("type").string(type_of(event.op)).key("columns").begin_array();
  if (const catalog::Relation* table = relation()) {
    const catalog::CatalogRef& catalog =
        channel_.context()
            .runtime.catalog(channel_.context().database)
            .current();
    for (const catalog::Column& column : table->columns) {
      const catalog::Type* type = catalog->type(column.type);
      json.begin_object().key("name").string(column.name);
      json.key("type").string(type != nullptr ? type->name : "text");
      json.end_object();
    }
  }
  json.end_array();
  if (!event.row.empty()) json.key("record").raw(event.row);
  if (event.op != RowEvent::Op::insert)
    json.key("old_record").raw(event.key.empty() ? "{}" : event.key);
  json.key("errors").null().end_object();
  return text;
}

void RowBinding::on_event(live::RowMessage& message) {
  const RowEvent& event = message.event();
  if (event.op == RowEvent::Op::truncate) return;
  if (event_ != "*" && event_ != type_of(event.op)) return;
  channel_.send("postgres_changes",
                concat({"{\"ids\":[", std::to_string(id_),
                        "],\"data\":", change_json(event), "}"}));
}

}  // namespace trestle::http
