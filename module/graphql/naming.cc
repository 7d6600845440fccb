#include "graphql/naming.h"

#include "base/json.h"
#include "base/text.h"

namespace trestle::graphql {

const rapidjson::Value* find_member(const rapidjson::Value& object,
                                    std::string_view name) {
  if (!object.IsObject()) return nullptr;
  for (const auto& member : object.GetObject())
    if (json_text(member.name) == name) return &member.value;
  return nullptr;
}

std::optional<std::string> text_member(const rapidjson::Value& object,
                                       std::string_view name) {
  const rapidjson::Value* value = find_member(object, name);
  if (value == nullptr || !value->IsString()) return std::nullopt;
  return std::string(json_text(*value));
}

bool Comment::flag(std::string_view name, bool otherwise) const {
  const rapidjson::Value* value = find_member(options, name);
  return value != nullptr && value->IsBool() ? value->GetBool() : otherwise;
}

std::optional<std::string> Comment::string(std::string_view name) const {
  return text_member(options, name);
}

const rapidjson::Value* Comment::object(std::string_view name) const {
  const rapidjson::Value* value = find_member(options, name);
  return value != nullptr && value->IsObject() ? value : nullptr;
}

Comment parse_comment(const std::optional<std::string>& comment) {
  Comment parsed;
  parsed.options.SetObject();
  if (!comment) return parsed;
  std::string_view text = trim(*comment);
  std::size_t line = text.rfind('\n');
  std::string_view last =
      trim(line == std::string_view::npos ? text : text.substr(line + 1));
  if (last.starts_with("@trestle")) {
    Result<rapidjson::Document> json =
        parse_json(trim(last.substr(std::string_view("@trestle").size())));
    if (json.ok() && json->IsObject())
      parsed.options = std::move(*json);
    else
      parsed.malformed = true;
    text = line == std::string_view::npos ? std::string_view()
                                          : trim(text.substr(0, line));
  }
  if (!text.empty()) parsed.text = std::string(text);
  return parsed;
}

bool is_graphql_name(std::string_view name) {
  if (name.empty() || name.starts_with("__")) return false;
  for (std::size_t i = 0; i < name.size(); i++) {
    char c = name[i];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!letter && !(i > 0 && c >= '0' && c <= '9')) return false;
  }
  return true;
}

std::string plural(std::string_view noun) {
  if (noun.ends_with("s")) return std::string(noun);
  if (noun.ends_with("x") || noun.ends_with("z") || noun.ends_with("ch") ||
      noun.ends_with("sh"))
    return concat({noun, "es"});
  constexpr std::string_view kVowels = "aeiouAEIOU";
  if (noun.size() > 1 && noun.ends_with("y") &&
      kVowels.find(noun[noun.size() - 2]) == std::string_view::npos)
    return concat({noun.substr(0, noun.size() - 1), "ies"});
  return concat({noun, "s"});
}

std::string_view without_id(std::string_view column) {
  if (column.size() > 3 && column.ends_with("_id"))
    return column.substr(0, column.size() - 3);
  if (column.size() > 2 && column.ends_with("Id"))
    return column.substr(0, column.size() - 2);
  return {};
}

}  // namespace trestle::graphql
