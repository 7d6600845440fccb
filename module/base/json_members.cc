#include "base/json_members.h"

namespace trestle {

const rapidjson::Value* find_member(const rapidjson::Value& value,
                                    std::string_view name) {
  if (!value.IsObject()) return nullptr;
  auto found = value.FindMember(rapidjson::Value(rapidjson::StringRef(
      name.data(), static_cast<rapidjson::SizeType>(name.size()))));
  return found == value.MemberEnd() ? nullptr : &found->value;
}

std::string_view member_text(const rapidjson::Value& value,
                             std::string_view name) {
  const rapidjson::Value* member = find_member(value, name);
  return member != nullptr && member->IsString() ? json_text(*member)
                                                 : std::string_view();
}

bool member_flag(const rapidjson::Value& value, std::string_view name) {
  const rapidjson::Value* member = find_member(value, name);
  return member != nullptr && member->IsTrue();
}

std::string member_json(const rapidjson::Value& value, std::string_view name,
                        std::string_view otherwise) {
  const rapidjson::Value* member = find_member(value, name);
  if (member == nullptr) return std::string(otherwise);
  std::string text;
  append_json(text, *member);
  return text;
}

}  // namespace trestle
