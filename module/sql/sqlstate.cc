#include "sql/sqlstate.h"

#include <algorithm>
#include <array>

namespace trestle {

namespace {

struct Rule {
  std::string_view prefix;
  int status;
};

// The first rule whose prefix fits decides.
constexpr auto kRules = std::to_array<Rule>({
    {"08", 503},     // connection exception
    {"09", 500},     // triggered action exception
    {"0L", 403},     // invalid grantor
    {"0P", 403},     // invalid role specification
    {"21000", 500},  // cardinality violation
    {"23503", 409},  // foreign key
    {"23505", 409},  // unique
    {"25006", 405},  // read-only transaction
    {"25", 500},     // invalid transaction state
    {"28", 403},     // invalid authorization
    {"2D", 500},     // invalid transaction termination
    {"38", 500},     // external routine exception
    {"39", 500},     // external routine invocation
    {"3B", 500},     // savepoint exception
    {"40", 500},     // transaction rollback
    {"42501", 403},  // insufficient privilege
    {"42883", 404},  // undefined function
    {"42P01", 404},  // undefined table
    {"42P17", 500},  // infinite recursion in a policy
    {"53400", 500},  // configuration limit exceeded
    {"53", 503},     // insufficient resources
    {"54", 500},     // program limit exceeded
    {"55", 500},     // object not in prerequisite state
    {"57014",
     504},  // canceled: by a time-out, since a client that left is gone
    {"57P01", 503},  // terminated by an administrator
    {"57", 500},     // operator intervention
    {"58", 500},     // system error
    {"F0", 500},     // configuration file error
    {"HV", 500},     // foreign data wrapper
    {"P0001", 400},  // raise exception
    {"P0", 500},     // PL/pgSQL error
    {"XX", 500},     // internal error
});

constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

int chosen_status(std::string_view sqlstate) {
  return (sqlstate[2] - '0') * 100 + (sqlstate[3] - '0') * 10 +
         (sqlstate[4] - '0');
}

}  // namespace

bool is_chosen_status(std::string_view sqlstate) {
  return sqlstate.size() == 5 && sqlstate.starts_with("PT") &&
         sqlstate[2] >= '2' && sqlstate[2] <= '5' &&
         std::ranges::all_of(sqlstate.substr(3),
                             [](char c) { return c >= '0' && c <= '9'; });
}

int http_status_of(std::string_view sqlstate, std::string_view message,
                   bool authenticated) {
  if (is_chosen_status(sqlstate)) return chosen_status(sqlstate);
  if (sqlstate.starts_with("PT")) return 500;
  if (sqlstate == "42501") return authenticated ? kForbidden : kUnauthorized;
  if (sqlstate == "22023" && message.starts_with("role \"") &&
      message.ends_with("\" does not exist"))
    return kUnauthorized;
  if (sqlstate == "21000" && contains(message, "requires a WHERE clause"))
    return 400;
  if (sqlstate == "42883" && message.starts_with("function xmlagg("))
    return 406;
  for (const Rule& rule : kRules)
    if (sqlstate.starts_with(rule.prefix)) return rule.status;
  return 400;
}

bool may_be_outdated(std::string_view sqlstate) {
  constexpr auto kStates = std::to_array<std::string_view>({
      "25006",  // a write in a transaction that was to read
      "3F000",  // no such schema
      "42703",  // no such column
      "42704",  // no such type or other object
      "42804",  // an expression of another type
      "42809",  // a table that has become a view, a function an aggregate ...
      "42846",  // no cast between what two columns are now
      "42883",  // no such function or operator
      "428C9",  // a column that has become a generated one
      "42P01",  // no such relation
      "42P10",  // ON CONFLICT without its constraint
      "42P13",  // a function's rows of another type than it answers
      "XX000",  // cache lookup failed, could not open relation with OID
  });
  return std::ranges::find(kStates, sqlstate) != kStates.end();
}

bool is_internal(std::string_view sqlstate) {
  if (sqlstate == "57014") return false;
  constexpr auto kClasses = std::to_array<std::string_view>(
      {"08", "28", "53", "57", "58", "F0", "XX"});
  return std::ranges::any_of(kClasses, [&](std::string_view prefix) {
    return sqlstate.starts_with(prefix);
  });
}

}  // namespace trestle
