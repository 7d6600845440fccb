#include "auth/claims_text.h"

#include "base/json.h"

namespace trestle::auth {

namespace {

using Memory = rapidjson::MemoryPoolAllocator<>;

// The parsed form takes about this much more than its text.
constexpr std::size_t kGrowth = 3;

// Members are destroyed from the last: the document before its memory.
struct OwnedClaims {
  explicit OwnedClaims(std::size_t bytes) : memory(bytes) {}

  Memory memory;
  Claims claims;
};

// Valid JSON without the blanks outside of its strings.
std::string compact(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); i++) {
    char c = json[i];
    if (!in_string && (c == ' ' || c == '\t' || c == '\n' || c == '\r'))
      continue;
    out.push_back(c);
    if (in_string && c == '\\') out.push_back(json[++i]);
    if (c == '"') in_string = !in_string;
  }
  return out;
}

std::string with_role_replaced(const rapidjson::Value& document,
                               std::string_view role) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  for (const auto& member : document.GetObject()) {
    writer.key(json_text(member.name));
    if (json_text(member.name) == "role") {
      writer.string(role);
      continue;
    }
    std::string value;
    append_json(value, member.value);
    writer.raw(value);
  }
  writer.end_object();
  return out;
}

}  // namespace

std::string claims_text(std::string_view json, const rapidjson::Value& document,
                        std::string_view role) {
  auto member = document.FindMember("role");
  if (member == document.MemberEnd()) {
    std::string text = compact(json);
    std::string first = R"({"role":)";
    append_json_string(first, role);
    if (document.MemberCount() > 0) first.push_back(',');
    return first.append(text, 1);
  }
  if (member->value.IsString() && json_text(member->value) == role)
    return compact(json);
  return with_role_replaced(document, role);
}

std::shared_ptr<const Claims> make_claims(std::string json) {
  Result<rapidjson::Document> parsed = parse_json(json);
  if (!parsed.ok()) return nullptr;
  auto owned = std::make_shared<OwnedClaims>(kGrowth * json.size());
  rapidjson::Document small(&owned->memory);
  small.CopyFrom(*parsed, owned->memory);
  owned->claims.document = std::move(small);
  owned->claims.json = std::move(json);
  const Claims* claims = &owned->claims;
  return {std::move(owned), claims};
}

}  // namespace trestle::auth
