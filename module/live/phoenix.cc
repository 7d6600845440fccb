#include "live/phoenix.h"

#include "base/json.h"
#include "base/text.h"

namespace trestle::live {
namespace {

using Value = rapidjson::Value;

constexpr char kPushKind = 3;
constexpr char kBroadcastKind = 4;
constexpr unsigned char kJsonEncoding = 1;

bool take_text(const Value& value, std::string& out) {
  if (!value.IsString()) return false;
  out = json_text(value);
  return is_utf8(out);
}

// `out` is emptied: of a member that stands twice the last one counts.
void take_json(const Value& value, std::string& out) {
  out.clear();
  append_json(out, value);
}

// Numbers are taken as well: older clients count with them.
bool take_ref(const Value& value, std::string& out) {
  if (!value.IsString() && !value.IsNull() && !value.IsUint64()) return false;
  take_json(value, out);
  return is_utf8(out);
}

bool take_payload(const Value& value, std::string& out) {
  take_json(value, out);
  // Half a surrogate pair has no UTF-8 form.
  return is_utf8(out);
}

bool take_array(const Value& value, PhoenixMessage& message) {
  if (!value.IsArray() || value.Size() != 5) return false;
  return take_ref(value[0], message.join_ref) &&
         take_ref(value[1], message.ref) &&
         take_text(value[2], message.topic) &&
         take_text(value[3], message.event) &&
         take_payload(value[4], message.payload);
}

bool take_object(const Value& value, PhoenixMessage& message) {
  if (!value.IsObject()) return false;
  for (const char* name : {"topic", "event", "payload"})
    if (!value.HasMember(name)) return false;
  for (const auto& member : value.GetObject()) {
    const std::string_view name = json_text(member.name);
    bool good = true;
    if (name == "topic") good = take_text(member.value, message.topic);
    if (name == "event") good = take_text(member.value, message.event);
    if (name == "payload") good = take_payload(member.value, message.payload);
    if (name == "ref") good = take_ref(member.value, message.ref);
    if (name == "join_ref") good = take_ref(member.value, message.join_ref);
    if (!good) return false;
  }
  return true;
}

std::string ref_of(std::string_view text) {
  std::string ref;
  if (text.empty()) return "null";
  append_json_string(ref, text);
  return ref;
}

// Kind, five lengths, encoding; then join_ref, ref, topic, user event,
// metadata, and the rest is the payload.
bool take_push(std::string_view bytes, PhoenixMessage& message) {
  constexpr std::size_t kHead = 7;
  if (bytes.size() < kHead || bytes[0] != kPushKind) return false;
  std::string_view parts[5];
  std::string_view rest = bytes.substr(kHead);
  for (std::size_t i = 0; i < 5; i++) {
    const auto size = static_cast<unsigned char>(bytes[1 + i]);
    if (rest.size() < size) return false;
    parts[i] = rest.substr(0, size);
    rest.remove_prefix(size);
    if (!is_utf8(parts[i])) return false;
  }
  message.join_ref = ref_of(parts[0]);
  message.ref = ref_of(parts[1]);
  message.topic = parts[2];
  if (static_cast<unsigned char>(bytes[6]) != kJsonEncoding) {
    message.event = parts[3];
    message.payload = rest;
    message.binary = true;
    return true;
  }
  Result<rapidjson::Document> payload = parse_json(rest);
  std::string text;
  if (!payload.ok() || !take_payload(*payload, text)) return false;
  message.event = "broadcast";
  JsonWriter json(message.payload);
  json.begin_object().key("type").string("broadcast");
  json.key("event").string(parts[3]).key("payload").raw(text).end_object();
  return true;
}

}  // namespace

std::optional<PhoenixMessage> parse_phoenix(PhoenixVersion version,
                                            MessageKind kind,
                                            std::string_view text) {
  PhoenixMessage message;
  if (kind == MessageKind::binary) {
    if (version != PhoenixVersion::v2 || !take_push(text, message))
      return std::nullopt;
    return message;
  }
  Result<rapidjson::Document> document = parse_json(text);
  if (!document.ok()) return std::nullopt;
  const bool good = version == PhoenixVersion::v2
                        ? take_array(*document, message)
                        : take_object(*document, message);
  if (!good) return std::nullopt;
  return message;
}

std::string phoenix_text(PhoenixVersion version, std::string_view join_ref,
                         std::string_view ref, std::string_view topic,
                         std::string_view event, std::string_view payload) {
  auto or_null = [](std::string_view json) {
    return json.empty() ? std::string_view("null") : json;
  };
  std::string text;
  text.reserve(topic.size() + payload.size() + 64);
  JsonWriter json(text);
  if (version == PhoenixVersion::v2) {
    json.begin_array().raw(or_null(join_ref)).raw(or_null(ref));
    json.string(topic).string(event).raw(payload).end_array();
    return text;
  }
  json.begin_object().key("topic").string(topic).key("event").string(event);
  json.key("payload").raw(payload).key("ref").raw(or_null(ref));
  if (!join_ref.empty()) json.key("join_ref").raw(join_ref);
  json.end_object();
  return text;
}

// Kind, lengths of topic, user event and metadata, encoding; then these.
std::string phoenix_binary(std::string_view topic, std::string_view event,
                           std::string_view bytes) {
  std::string out;
  out.reserve(5 + topic.size() + event.size() + bytes.size());
  out += kBroadcastKind;
  out += static_cast<char>(topic.size());
  out += static_cast<char>(event.size());
  out += '\0';  // no metadata
  out += '\0';  // bytes
  out.append(topic).append(event).append(bytes);
  return out;
}

}  // namespace trestle::live
