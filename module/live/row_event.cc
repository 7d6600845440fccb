#include "live/row_event.h"

#include "base/json.h"

namespace trestle::live {

std::string_view op_name(RowEvent::Op op) {
  constexpr std::string_view kNames[] = {"insert", "update", "delete",
                                         "truncate"};
  return kNames[static_cast<std::size_t>(op)];
}

OutMessage& RowMessage::plain(std::string_view ref) {
  for (const std::unique_ptr<Made>& made : made_)
    if (made->ref == ref) return made->message;
  std::string text;
  text.reserve(event_.row.size() + event_.key.size() + 64);
  JsonWriter json(text);
  json.begin_object().key("ch").string(table_);
  json.key("op").string(op_name(event_.op));
  if (!event_.row.empty()) json.key("new").raw(event_.row);
  if (!event_.key.empty()) json.key("old").raw(event_.key);
  if (event_.again) json.key("again").boolean(true);
  json.key("id").string(id_);
  if (!ref.empty()) json.key("ref").raw(ref);
  json.end_object();
  made_.push_back(std::make_unique<Made>(std::string(ref), std::move(text)));
  return made_.back()->message;
}

std::string rows_text(std::string_view table, std::string_view rows,
                      std::string_view id, std::string_view ref) {
  std::string text;
  text.reserve(rows.size() + 64);
  JsonWriter json(text);
  json.begin_object().key("ch").string(table).key("rows").raw(rows);
  json.key("id").string(id);
  if (!ref.empty()) json.key("ref").raw(ref);
  json.end_object();
  return text;
}

}  // namespace trestle::live
