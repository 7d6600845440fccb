#include "auth/role_claim.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/text.h"

namespace trestle::auth {
namespace {

constexpr std::string_view kClaims = R"({
  "role": "top",
  "a": {"b": ["zero", "one", "web_author"]},
  "a-b": {"c d": "dashed"},
  "https://www.example.com/role": {"key": "author"},
  "quo'te": "it",
  "back\\slash": "bs",
  "roles": ["other", 7, "author", "admin_x"],
  "map": {"x": "first", "y": "second"},
  "$at@": "special",
  "": "empty",
  "n": 7
})";

// The text found, "-" for nothing, the JSON for what is no text.
std::string found(std::string_view path) {
  Result<RoleClaim> claim = RoleClaim::parse(path);
  if (!claim.ok()) return claim.error().message;
  rapidjson::Document claims = parse_json(kClaims).value();
  const rapidjson::Value* value = claim->find(claims);
  if (value == nullptr) return "-";
  if (value->IsString()) return std::string(json_text(*value));
  std::string json;
  append_json(json, *value);
  return json;
}

TEST(RoleClaim, finds_what_the_path_names) {
  struct {
    const char* path;
    const char* value;
  } const cases[] = {
      {".role", "top"},
      {".a.b[2]", "web_author"},
      {".a.b[3]", "-"},
      {".a.b", R"(["zero","one","web_author"])"},
      {R"(."a-b"."c d")", "dashed"},
      {R"(."back\slash")", "bs"},
      {R"(."https://www.example.com/role".key)", "author"},
      {".$at@", "special"},
      {R"(."")", "empty"},
      {".n", "7"},
      {".missing", "-"},
      {".role.deeper", "-"},
      {".role[0]", "-"},
      {R"(.roles[?(@ == "author")])", "author"},
      {R"(.roles[?(@ != "other")])", "author"},
      {R"(.roles[?(@ ^== "adm")])", "admin_x"},
      {R"(.roles[?(@ ==^ "_x")])", "admin_x"},
      {R"(.roles[?(@ *== "min")])", "admin_x"},
      {R"(.roles[?(@ == "nobody")])", "-"},
      {"$.role", "top"},
      {"$['role']", "top"},
      {R"($["role"])", "top"},
      {"$['a'].b[-1]", "web_author"},
      {"$.a.b[-4]", "-"},
      {"$['https://www.example.com/role'].key", "author"},
      {R"($['quo\'te'])", "it"},
      {R"($['back\\slash'])", "bs"},
      {"$.roles[?(@ == 'author')]", "author"},
      {"$.roles[?@ == 'author']", "author"},
      {"$.roles[?@=='author']", "author"},
      {"$.roles[?search(@, '^au')]", "author"},
      {"$.roles[?search(@, 'min')]", "admin_x"},
      {"$.roles[?search(@, '_x$')]", "admin_x"},
      {"$.roles[?match(@, 'author')]", "author"},
      {"$.roles[?match(@, 'auth')]", "-"},
      {"$.roles[*]", "other"},
      {"$.map.*", "first"},
      {"$.map[?@ == 'second']", "second"},
      {"$.*.key", "author"},
  };
  for (const auto& c : cases) EXPECT_EQ(found(c.path), c.value) << c.path;
}

TEST(RoleClaim, a_bad_path_tells_the_column) {
  struct {
    const char* path;
    const char* told;
  } const cases[] = {
      {"", "expected a member, as in .role at column 1"},
      {"$", "expected a member, as in .role at column 2"},
      {"role", "expected \".name\" or \"[...]\" at column 1"},
      {".",
       "expected a name of letters, digits, \"_\", \"$\" and \"@\" (write "
       "others as ['a-b']) at column 2"},
      {".a-b", "expected \".name\" or \"[...]\" at column 3"},
      {"$..role",
       "expected a name of letters, digits, \"_\", \"$\" and \"@\" "
       "(write others as ['a-b']) at column 3"},
      {".a[", "expected an index, a quoted name, \"*\" or \"?\" at column 4"},
      {".a[1", "expected \"]\" at column 5"},
      {".a[1:2]", "expected \"]\" at column 5"},
      {".a[99999999999999999999]",
       "expected an index, a quoted name, \"*\" or \"?\" at column 4"},
      {R"(."a)", "expected the closing quote at column 4"},
      {"$['a", "expected the closing quote at column 5"},
      {"$.a[?(@ > 'x')]", "expected one of == != ^== ==^ *== at column 9"},
      {"$.a[?(@ == x)]", "expected a quoted text at column 12"},
      {"$.a[?(@ == 'x']", "expected \")\" at column 15"},
      {"$.a[?search(@, '^a.*')]",
       "expected plain text with ^ in front or $ behind it at column 16"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(found(c.path),
              concat({"role claim path \"", c.path, "\": ", c.told}));
}

TEST(RoleName, none_is_refused) {
  EXPECT_TRUE(check_role_name("web_user").ok());
  EXPECT_TRUE(check_role_name(std::string(63, 'x')).ok());
  for (std::string bad :
       {std::string(), std::string("none"), std::string(64, 'x'),
        std::string("a\0b", 3), std::string("\xff")})
    EXPECT_FALSE(check_role_name(bad).ok()) << bad;
}

}  // namespace
}  // namespace trestle::auth
