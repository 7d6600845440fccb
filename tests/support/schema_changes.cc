#include "support/schema_changes.h"

#include <algorithm>

namespace trestle::testing {

std::vector<std::string> status_changes(const std::string& table) {
  const struct {
    const char* type;
    const char* value;
    const char* back;
  } types[] = {
      {"api.mood", "status::api.mood", "status::text"},
      {"api.label", "row(status)::api.label", "(status).name"},
      {"text[]", "array[status]", "status[1]"},
      {"api.mood[]", "array[status]::api.mood[]", "status[1]::text"},
      {"api.label[]", "array[row(status)::api.label]", "(status[1]).name"},
  };
  std::vector<std::string> changes;
  for (const auto& [type, value, back] : types) {
    const std::string alter = "alter table " + table +
                              " alter status drop default, alter status type ";
    std::string initial = value;
    initial.replace(initial.find("status"), 6, "'new'");
    changes.push_back(alter + type + " using " + value +
                      ", alter status set default " + initial);
    changes.push_back(alter + "text using " + back +
                      ", alter status set default 'new'");
  }
  return changes;
}

bool has_status(const std::string& json) {
  const char* forms[] = {R"("status":"new")", R"("status":["new"])",
                         R"("status":{"name":"new"})",
                         R"("status":[{"name":"new"}])"};
  return std::ranges::any_of(
      forms, [&](const char* form) { return json.find(form) != json.npos; });
}

}  // namespace trestle::testing
