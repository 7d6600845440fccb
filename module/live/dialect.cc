#include "live/dialect.h"

#include "base/json.h"
#include "base/text.h"

namespace trestle::live {
namespace {

constexpr std::size_t kMaxTopic = 255;

// The members of one command, as views into the document.
struct Members {
  const rapidjson::Value* verb = nullptr;
  const rapidjson::Value* data = nullptr;
  const rapidjson::Value* ref = nullptr;
  const rapidjson::Value* since = nullptr;
  Command::Kind kind = Command::Kind::none;
};

Command::Kind kind_of(std::string_view name) {
  if (name == "join") return Command::Kind::join;
  if (name == "leave") return Command::Kind::leave;
  if (name == "pub") return Command::Kind::pub;
  if (name == "auth") return Command::Kind::auth;
  return Command::Kind::none;
}

// False: a member that no command has, or one given twice.
bool take_member(Members& members, std::string_view name,
                 const rapidjson::Value& value) {
  const rapidjson::Value** place = nullptr;
  if (name == "ref") place = &members.ref;
  if (name == "data") place = &members.data;
  if (name == "since") place = &members.since;
  if (Command::Kind kind = kind_of(name); kind != Command::Kind::none) {
    place = &members.verb;
    members.kind = kind;
  }
  if (place == nullptr || *place != nullptr) return false;
  *place = &value;
  return true;
}

bool is_whole(const Members& members) {
  using Kind = Command::Kind;
  if (members.verb == nullptr || !members.verb->IsString()) return false;
  if ((members.data != nullptr) != (members.kind == Kind::pub)) return false;
  return members.since == nullptr ||
         (members.kind == Kind::join && members.since->IsString());
}

}  // namespace

Command parse_command(std::string_view message) {
  Command command;
  if (!trim(message).starts_with('{')) return command;
  Result<rapidjson::Document> document = parse_json(message);
  if (!document.ok() || !document->IsObject()) return command;
  Members members;
  for (const auto& member : document->GetObject())
    if (!take_member(members, json_text(member.name), member.value))
      return command;
  if (!is_whole(members)) return command;

  command.kind = members.kind;
  const std::string_view word = json_text(*members.verb);
  if (command.kind == Command::Kind::auth)
    command.token = word;
  else
    command.topic = word;
  if (members.data != nullptr) append_json(command.data, *members.data);
  if (members.ref != nullptr) append_json(command.ref, *members.ref);
  if (members.since != nullptr) command.since = json_text(*members.since);
  // Half of a surrogate pair, as in "\udc00", is JSON by its grammar but has no
  // UTF-8 form: passed on, it would end the connections of all who get it.
  if (!is_utf8(command.topic) || !is_utf8(command.data) ||
      !is_utf8(command.ref))
    return {};
  return command;
}

bool is_topic(std::string_view topic) {
  if (topic.empty() || topic.size() > kMaxTopic) return false;
  for (char c : topic)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  return true;
}

std::string ok_text(std::string_view id, std::string_view ref) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("ok").number(1);
  if (!id.empty()) json.key("id").string(id);
  if (!ref.empty()) json.key("ref").raw(ref);
  json.end_object();
  return text;
}

std::string channel_text(std::string_view topic, std::string_view data,
                         std::string_view id) {
  std::string text;
  text.reserve(topic.size() + data.size() + id.size() + 32);
  JsonWriter json(text);
  json.begin_object().key("ch").string(topic).key("data").raw(data);
  json.key("id").string(id).end_object();
  return text;
}

std::string resync_text(std::string_view topic) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("resync").string(topic).end_object();
  return text;
}

}  // namespace trestle::live
