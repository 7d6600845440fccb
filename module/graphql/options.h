// What a location's trestle_graphql says.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "graphql/limits.h"
#include "graphql/persisted_texts.h"

namespace trestle::graphql {

struct GraphqlOptions {
  // Exposed schemas; names of the first are not prefixed.
  std::vector<std::string> schemas = {"public"};
  Limits limits = {};
  bool stringify_numbers = false;
  // Roles that may ask __schema and __type; nullopt: all.
  std::optional<std::vector<std::string>> introspection_roles = std::nullopt;
  // Documents by the SHA-256 of their text, in hexadecimal digits.
  std::unordered_map<std::string, std::string> trusted = {};
  bool trusted_only = false;
  // Texts of persisted queries beside those that a worker knows by itself;
  // null: there are none.
  std::shared_ptr<PersistedTexts> persisted = nullptr;
};

}  // namespace trestle::graphql
