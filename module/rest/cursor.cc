#include "rest/cursor.h"

#include "base/json.h"
#include "base/text.h"

namespace trestle::rest {

std::optional<Cursor> parse_cursor(std::string_view text) {
  if (text.empty()) return Cursor();
  std::optional<std::string> json = base64url_decode(text);
  if (!json) return std::nullopt;
  Result<rapidjson::Document> list = parse_json(*json);
  if (!list.ok() || !list->IsArray() || list->Size() < 2 ||
      !(*list)[0].IsString())
    return std::nullopt;
  Cursor cursor{.order = std::string(json_text((*list)[0])), .values = {}};
  for (rapidjson::SizeType i = 1; i < list->Size(); ++i) {
    const rapidjson::Value& value = (*list)[i];
    if (value.IsNull()) {
      cursor.values.emplace_back();
      continue;
    }
    if (!value.IsString()) return std::nullopt;
    std::string decoded(json_text(value));
    if (decoded.find('\0') != std::string::npos) return std::nullopt;
    cursor.values.emplace_back(std::move(decoded));
  }
  return cursor;
}

std::string write_cursor(
    std::string_view order,
    const std::vector<std::optional<std::string>>& values) {
  std::string json = "[";
  append_json_string(json, order);
  for (const std::optional<std::string>& value : values) {
    json.push_back(',');
    append_json_string_or_null(json, value);
  }
  json.push_back(']');
  return base64url_encode(json);
}

}  // namespace trestle::rest
