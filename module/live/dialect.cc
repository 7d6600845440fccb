#include "live/dialect.h"

#include <algorithm>
#include <vector>

#include "base/json.h"
#include "base/text.h"

namespace trestle::live {
namespace {

constexpr std::size_t kMaxTopic = 255;

using Kind = Command::Kind;

// What a command is called by, and which members may stand beside its verb.
// `needed` must.
struct Form {
  std::string_view verb;
  Kind kind;
  std::string_view allowed;  // between blanks
  std::string_view needed;
};
constexpr Form kForms[] = {
    {"join", Kind::join, " ref since presence ", {}},
    {"leave", Kind::leave, " ref ", {}},
    {"pub", Kind::pub, " ref data ", "data"},
    {"track", Kind::track, " ref data ", "data"},
    {"untrack", Kind::untrack, " ref ", {}},
    {"sub", Kind::sub, " ref filter select rows since ", {}},
    {"unsub", Kind::unsub, " ref only ", {}},
    {"live", Kind::live, " ref ", {}},
    {"unlive", Kind::unlive, " ref only ", {}},
    {"auth", Kind::auth, " ref ", {}},
};

// The form whose verb is the only one among the members; null: none.
const Form* form_of(const rapidjson::Document& document) {
  const Form* found = nullptr;
  for (const Form& form : kForms) {
    const bool there = std::ranges::any_of(
        document.GetObject(),
        [&](const auto& m) { return json_text(m.name) == form.verb; });
    if (there && found != nullptr) return nullptr;
    if (there) found = &form;
  }
  return found;
}

// Puts one member to its place. False: it cannot be there, or its type is
// another.
bool take_member(const Form& form, std::string_view name,
                 const rapidjson::Value& value, Command& command) {
  const auto take_flag = [&](bool& place) {
    place = value.IsTrue();
    return value.IsBool();
  };
  const auto take_text = [&](std::string& place) {
    if (value.IsString()) place = json_text(value);
    return value.IsString();
  };
  if (name == form.verb)
    return take_text(form.kind == Kind::auth ? command.token : command.topic);
  if (!is_word_of(form.allowed, name)) return false;
  if (name == "since") return take_text(command.since);
  if (name == "filter") return take_text(command.filter);
  if (name == "select") return take_text(command.select);
  if (name == "rows") return take_flag(command.rows);
  if (name == "presence") return take_flag(command.presence);
  if (form.kind == Kind::track && name == "data" && !value.IsObject())
    return false;
  append_json(name == "data"   ? command.data
              : name == "only" ? command.only
                               : command.ref,
              value);
  return true;
}

// Each at most once, and the verb's own is there.
bool take_members(const Form& form, const rapidjson::Document& document,
                  Command& command) {
  std::vector<std::string_view> seen;
  for (const auto& member : document.GetObject()) {
    const std::string_view name = json_text(member.name);
    if (std::ranges::find(seen, name) != seen.end() ||
        !take_member(form, name, member.value, command))
      return false;
    seen.push_back(name);
  }
  return form.needed.empty() ||
         std::ranges::find(seen, form.needed) != seen.end();
}

}  // namespace

Command parse_command(std::string_view message) {
  if (!trim(message).starts_with('{')) return {};
  Result<rapidjson::Document> document = parse_json(message);
  if (!document.ok() || !document->IsObject()) return {};
  const Form* form = form_of(*document);
  Command command;
  if (form == nullptr || !take_members(*form, *document, command)) return {};
  command.kind = form->kind;
  return command;
}

std::string command_text(const Command& command) {
  const bool sub = command.kind == Kind::sub;
  std::string text;
  JsonWriter json(text);
  json.begin_object().key(sub ? "sub" : "join").string(command.topic);
  for (const auto& [name, value] :
       {std::pair<std::string_view, const std::string&>{"filter",
                                                        command.filter},
        {"select", command.select},
        {"since", command.since}})
    if (!value.empty()) json.key(name).string(value);
  if (command.rows) json.key("rows").boolean(true);
  if (command.presence) json.key("presence").boolean(true);
  if (!command.ref.empty()) json.key("ref").raw(command.ref);
  json.end_object();
  return text;
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

std::string live_text(std::string_view url, std::string_view data,
                      std::string_view ref) {
  std::string text;
  text.reserve(data.size() + url.size() + 64);
  JsonWriter json(text);
  json.begin_object().key("live").string(url).key("data");
  if (parse_json(data).ok())
    json.raw(data);
  else
    json.string(data);
  if (!ref.empty()) json.key("ref").raw(ref);
  json.end_object();
  return text;
}

std::string resync_text(std::string_view topic, std::string_view ref) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("resync").string(topic);
  if (!ref.empty()) json.key("ref").raw(ref);
  json.end_object();
  return text;
}

}  // namespace trestle::live
