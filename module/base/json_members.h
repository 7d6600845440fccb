// Reads members of JSON objects that a client has made: what is not there, or
// of another type, reads as nothing.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace trestle {

// Null: there is no such member, or `value` is no object.
[[nodiscard]] const rapidjson::Value* find_member(const rapidjson::Value& value,
                                                  std::string_view name);
// Empty: it is no text.
[[nodiscard]] std::string_view member_text(const rapidjson::Value& value,
                                           std::string_view name);
// False: it is not true.
[[nodiscard]] bool member_flag(const rapidjson::Value& value,
                               std::string_view name);
// The member as JSON text; `otherwise`: it is not there.
[[nodiscard]] std::string member_json(const rapidjson::Value& value,
                                      std::string_view name,
                                      std::string_view otherwise = {});

}  // namespace trestle
