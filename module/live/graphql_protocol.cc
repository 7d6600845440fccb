#include "live/graphql_protocol.h"

#include "base/text.h"

namespace trestle::live {
namespace {

constexpr std::uint16_t kBadRequest = 4400;
constexpr std::uint16_t kUnauthorized = 4401;
constexpr std::uint16_t kForbidden = 4403;
constexpr std::uint16_t kInitTimeout = 4408;
constexpr std::uint16_t kIdTaken = 4409;
constexpr std::uint16_t kTooManyInits = 4429;

// A Close frame holds 125 bytes, two of them the code (RFC 6455 5.5).
constexpr std::size_t kMaxReason = 123;

using Value = rapidjson::Value;

// Null: there is none.
const Value* member(const Value& object, const char* name) {
  auto found = object.FindMember(name);
  return found == object.MemberEnd() ? nullptr : &found->value;
}

bool is_string(const Value* value) {
  return value != nullptr && value->IsString();
}

// Absent and null are the same.
bool is_optional_object(const Value* value) {
  return value == nullptr || value->IsNull() || value->IsObject();
}

bool is_optional_string(const Value* value) {
  return value == nullptr || value->IsNull() || value->IsString();
}

// The id of a message that must have one; empty: it has none.
std::string_view id_of(const Value& message) {
  const Value* id = member(message, "id");
  return is_string(id) ? json_text(*id) : std::string_view();
}

bool is_request(const Value* payload) {
  return payload != nullptr && payload->IsObject() &&
         is_string(member(*payload, "query")) &&
         is_optional_string(member(*payload, "operationName")) &&
         is_optional_object(member(*payload, "variables")) &&
         is_optional_object(member(*payload, "extensions"));
}

std::string message_text(std::string_view type, std::string_view id,
                         std::string_view payload) {
  std::string text;
  text.reserve(id.size() + payload.size() + 48);
  JsonWriter json(text);
  json.begin_object();
  if (!id.empty()) json.key("id").string(id);
  json.key("type").string(type);
  if (!payload.empty()) json.key("payload").raw(payload);
  json.end_object();
  return text;
}

}  // namespace

void GraphqlProtocol::close(std::uint16_t code, std::string_view reason) {
  if (closed_) return;
  closed_ = true;
  while (reason.size() > kMaxReason || !is_utf8(reason))
    reason.remove_suffix(1);
  outlet_.close(code, reason);
}

void GraphqlProtocol::on_message(MessageKind kind, std::string_view message) {
  if (closed_) return;
  Result<rapidjson::Document> document =
      parse_json(kind == MessageKind::text ? message : std::string_view());
  if (!document.ok() || !document->IsObject())
    return close(kBadRequest, "Invalid message: no JSON object");
  const Value* type = member(*document, "type");
  const Value* payload = member(*document, "payload");
  const std::string_view word = is_string(type) ? json_text(*type) : "";
  if (word == "subscribe") return on_subscribe(*document);
  if (word == "complete") return on_complete(*document);
  const bool known =
      word == "connection_init" || word == "ping" || word == "pong";
  if (!known || !is_optional_object(payload))
    return close(kBadRequest, "Invalid message");
  if (word == "connection_init") return on_connection_init(*document);
  if (word == "ping") {
    std::string echo;
    if (payload != nullptr && payload->IsObject()) append_json(echo, *payload);
    outlet_.answer(MessageKind::text, message_text("pong", {}, echo));
  }
}

void GraphqlProtocol::on_init_timeout() {
  if (!initialised_) close(kInitTimeout, "Connection initialisation timeout");
}

// A client that gets 4403 comes back and asks for a new token first.
void GraphqlProtocol::on_over(std::string_view reason) {
  close(kForbidden, reason);
}

void GraphqlProtocol::on_connection_init(const Value& message) {
  if (initialised_)
    return close(kTooManyInits, "Too many initialisation requests");
  const Value* payload = member(message, "payload");
  if (payload != nullptr && payload->IsNull()) payload = nullptr;
  Result<void> known = operations_.on_init(payload);
  if (!known.ok()) return close(kForbidden, known.error().message);
  initialised_ = true;
  outlet_.answer(MessageKind::text, message_text("connection_ack", {}, {}));
}

void GraphqlProtocol::on_subscribe(const Value& message) {
  const std::string_view id = id_of(message);
  const Value* payload = member(message, "payload");
  if (id.empty() || !is_utf8(id) || !is_request(payload))
    return close(kBadRequest, "Invalid message: subscribe");
  if (!initialised_) return close(kUnauthorized, "Unauthorized");
  if (!running_.emplace(id).second)
    return close(kIdTaken, concat({"Subscriber for ", id, " already exists"}));
  std::string request;
  append_json(request, *payload);
  operations_.on_subscribe(id, std::move(request));
}

void GraphqlProtocol::on_complete(const Value& message) {
  const std::string_view id = id_of(message);
  if (id.empty()) return close(kBadRequest, "Invalid message: complete");
  if (!initialised_) return close(kUnauthorized, "Unauthorized");
  if (running_.erase(std::string(id)) != 0) operations_.on_complete(id);
}

void GraphqlProtocol::next(std::string_view id, std::string_view result,
                           bool pushed) {
  if (closed_ || !running_.contains(std::string(id))) return;
  const std::string text = message_text("next", id, result);
  if (!pushed) return outlet_.answer(MessageKind::text, text);
  OutMessage message(MessageKind::text, text);
  outlet_.push(message, {});
}

// True: it was running and is no more.
bool GraphqlProtocol::end(std::string_view id) {
  return !closed_ && running_.erase(std::string(id)) != 0;
}

void GraphqlProtocol::error(std::string_view id, std::string_view errors) {
  if (end(id))
    outlet_.answer(MessageKind::text, message_text("error", id, errors));
}

void GraphqlProtocol::complete(std::string_view id) {
  if (end(id))
    outlet_.answer(MessageKind::text, message_text("complete", id, {}));
}

}  // namespace trestle::live
