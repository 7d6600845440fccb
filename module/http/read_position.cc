#include "http/read_position.h"

#include <algorithm>

#include "auth/session.h"
#include "base/text.h"

namespace trestle::http {
namespace {

constexpr std::string_view kPrimary = "primary";
// Standbys are looked at twice a second.
constexpr unsigned kSlack_s = 5;

// Positions of two databases are not to be compared.
std::string name_of(const Database& database) {
  std::string name = "trestle-read-";
  for (const char c : database.name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9') || c == '-' || c == '_';
    name.push_back(plain ? c : '_');
  }
  return name;
}

unsigned lifetime_s(const Database& database) {
  unsigned longest_ms = 0;
  for (const pg::Conninfo& replica : database.pool.replicas)
    longest_ms = std::max(longest_ms, replica.max_lag_ms);
  return longest_ms / 1000 + kSlack_s;
}

}  // namespace

bool has_position_cookie(const Database& database) {
  return database.pool.read_your_writes && !database.pool.replicas.empty();
}

WalPosition required_position(const Request& request,
                              const Database& database) {
  if (!has_position_cookie(database)) return 0;
  const auto header = request.header("Cookie");
  if (!header) return 0;
  const auto value = auth::find_cookie(*header, name_of(database));
  if (!value) return 0;
  return *value == kPrimary ? kNoStandby
                            : parse_wal_position(*value).value_or(0);
}

Header position_cookie(const Request& request, const Database& database,
                       WalPosition position) {
  const std::string value = position == kNoStandby
                                ? std::string(kPrimary)
                                : wal_position_text(position);
  return {"Set-Cookie",
          concat({name_of(database), "=", value,
                  "; Path=/; Max-Age=", std::to_string(lifetime_s(database)),
                  "; HttpOnly", request.scheme == "https" ? "; Secure" : "",
                  "; SameSite=Lax"})};
}

}  // namespace trestle::http
