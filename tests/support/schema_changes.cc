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

std::vector<std::string> item_changes() {
  return {
      "alter table api.item add extra int default 7",
      "alter table api.item alter price type bigint",
      "alter table api.item drop extra",
      "alter table api.item add extra api.place default row (7, 8)",
      "alter table api.item drop extra",
      "alter table api.item rename spot to location;"
      "alter table api.item rename location to spot",
      "alter table api.item alter price type numeric",
      "alter table api.item alter price type text",
      "begin; alter table api.item rename to item_before;"
      "create table api.item (like api.item_before including all);"
      "insert into api.item select * from api.item_before;"
      "drop function api.named, api.listed; drop table api.item_before;"
      "create function api.named(id bigint) returns setof api.item"
      "  language sql stable as"
      "  $$ select * from api.item where item.id = named.id $$;"
      "create function api.listed(id int) returns setof api.item"
      "  language plpgsql stable as $$ begin return query"
      "  select * from api.item where item.id = listed.id; end $$; commit",
      "alter table api.item alter price type int using price::int",
      "alter table api.item alter id type bigint",
      "drop function api.named; create function api.named(id numeric)"
      "  returns setof api.item language sql stable as"
      "  $$ select * from api.item where item.id = named.id $$",
      "alter table api.item alter id type int",
      "drop function api.named; create function api.named(id int)"
      "  returns setof api.item language sql stable as"
      "  $$ select * from api.item where item.id = named.id $$",
  };
}

bool has_status(const std::string& json) {
  const char* forms[] = {R"("status":"new")", R"("status":["new"])",
                         R"("status":{"name":"new"})",
                         R"("status":[{"name":"new"}])"};
  return std::ranges::any_of(
      forms, [&](const char* form) { return json.find(form) != json.npos; });
}

}  // namespace trestle::testing
