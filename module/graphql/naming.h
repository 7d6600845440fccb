// Names of GraphQL objects: what a comment says and what is made up when it
// says nothing.
#pragma once

#include <rapidjson/document.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trestle::graphql {

// A database comment: text, and in its last line perhaps "@trestle {json}".
struct Comment {
  std::optional<std::string> text;  // without that line; absent when empty
  rapidjson::Document options;      // an object, empty when there is none
  bool malformed = false;           // the line is there, but is no JSON object

  // Members of the options; a wrong type reads as absent.
  [[nodiscard]] bool flag(std::string_view name, bool otherwise) const;
  [[nodiscard]] std::optional<std::string> string(std::string_view name) const;
  [[nodiscard]] const rapidjson::Value* object(std::string_view name) const;
};

[[nodiscard]] Comment parse_comment(const std::optional<std::string>& comment);

// The member of a JSON object, or null when it is absent or no object.
[[nodiscard]] const rapidjson::Value* find_member(
    const rapidjson::Value& object, std::string_view name);
// Its text, or nullopt when it is no string.
[[nodiscard]] std::optional<std::string> text_member(
    const rapidjson::Value& object, std::string_view name);

// Whether GraphQL allows it: [_A-Za-z][_0-9A-Za-z]*, not beginning with "__".
[[nodiscard]] bool is_graphql_name(std::string_view name);

// house -> houses, box -> boxes, city -> cities; what ends in s stays.
[[nodiscard]] std::string plural(std::string_view noun);

// author_id -> author, authorId -> author; empty when it ends in neither.
[[nodiscard]] std::string_view without_id(std::string_view column);

}  // namespace trestle::graphql
