#include "pg/conninfo.h"

#include <arpa/inet.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "base/text.h"

namespace trestle::pg {
namespace {

struct Pinned {
  const char* keyword;
  const char* value;
};

// Always these, whatever the process or the string says.
constexpr std::array<Pinned, 3> kFixed = {{
    {"gssencmode", "disable"},  // a ticket look-up may block
    {"client_encoding", "UTF8"},
    {"target_session_attrs", "any"},  // roles of hosts are our own affair
}};

// These unless the string says otherwise.
constexpr std::array<Pinned, 7> kDefaults = {{
    {"application_name", "trestle"},
    // No file can be below a device: libpq finds none and stays silent.
    {"passfile", "/dev/null/none"},
    {"keepalives", "1"},
    {"keepalives_idle", "10"},
    {"keepalives_interval", "5"},
    {"keepalives_count", "3"},
    // A firewall that forgot the flow is noticed by data that nobody
    // acknowledges.
    {"tcp_user_timeout", "3000"},
}};

constexpr const char* kDefaultSocketFolder = "/var/run/postgresql";

Error bad_conninfo(std::string message, std::string hint = {}) {
  Error error{.code = "TRS010", .message = std::move(message)};
  if (!hint.empty()) error.hint = std::move(hint);
  return error;
}

// libpq quotes pieces of the string in its messages, and any piece may be part
// of a password.
std::string without_quoted_parts(std::string_view message) {
  std::string out;
  bool quoted = false;
  for (char c : message) {
    if (c == '"') {
      out.append(quoted ? "...\"" : "\"");
      quoted = !quoted;
    } else if (!quoted) {
      out.push_back(c);
    }
  }
  return std::string(trim(out));
}

std::string safe_reason(std::string_view text, const char* message) {
  const std::string_view reason = trim(message == nullptr ? "" : message);
  if (reason.empty()) return "the connection string cannot be parsed";
  const bool may_hold_secrets =
      ascii_lower(text).find("pass") != std::string::npos ||
      text.find("://") != std::string_view::npos;
  return may_hold_secrets ? without_quoted_parts(reason) : std::string(reason);
}

const std::string* find(const Conninfo& conninfo, std::string_view keyword) {
  for (const auto& [name, value] : conninfo.keywords)
    if (name == keyword) return &value;
  return nullptr;
}

void set(Conninfo& conninfo, std::string_view keyword, std::string_view value) {
  for (auto& [name, old] : conninfo.keywords)
    if (name == keyword) {
      old = value;
      return;
    }
  conninfo.keywords.emplace_back(keyword, value);
}

Result<void> check(const Conninfo& conninfo) {
  if (find(conninfo, "service") != nullptr)
    return bad_conninfo("\"service\" is not supported",
                        "write the service's keywords themselves");
  const std::string* encoding = find(conninfo, "client_encoding");
  if (encoding != nullptr && !ascii_iequals(*encoding, "UTF8") &&
      !ascii_iequals(*encoding, "UTF-8"))
    return bad_conninfo("\"client_encoding\" can only be UTF8");
  const std::string* gss = find(conninfo, "gssencmode");
  if (gss != nullptr && *gss == "require")
    return bad_conninfo("\"gssencmode=require\" is not supported",
                        "use sslmode=verify-full");
  return {};
}

// Takes over what the string says. libpq reads an empty value as none given.
void take_keywords(const PQconninfoOption* options, Conninfo& conninfo) {
  for (const PQconninfoOption* option = options; option->keyword != nullptr;
       option++) {
    if (option->val == nullptr || option->val[0] == '\0') continue;
    if (std::string_view(option->keyword) == "options")
      conninfo.options = option->val;
    else
      conninfo.keywords.emplace_back(option->keyword, option->val);
  }
}

void pin(Conninfo& conninfo) {
  if (find(conninfo, "host") == nullptr &&
      find(conninfo, "hostaddr") == nullptr)
    set(conninfo, "host", kDefaultSocketFolder);
  if (find(conninfo, "port") == nullptr) set(conninfo, "port", "5432");
  for (const Pinned& fixed : kFixed) set(conninfo, fixed.keyword, fixed.value);
  for (const Pinned& value : kDefaults)
    if (find(conninfo, value.keyword) == nullptr)
      set(conninfo, value.keyword, value.value);

  const std::string* address = find(conninfo, "hostaddr");
  conninfo.host = address != nullptr ? *address : *find(conninfo, "host");
  conninfo.port = *find(conninfo, "port");
}

// The words of the lists that name servers.
struct Servers {
  std::array<const char*, 3> keywords = {"host", "hostaddr", "port"};
  std::array<std::vector<std::string>, 3> lists;
  std::size_t count = 1;
};

Result<Servers> split_servers(const Conninfo& all) {
  Servers servers;
  const char* counted = "host";
  for (std::size_t i = 0; i < servers.keywords.size(); i++) {
    const char* keyword = servers.keywords[i];
    const std::string* value = find(all, keyword);
    if (value == nullptr) continue;
    for (std::string_view word : split(*value, ','))
      servers.lists[i].emplace_back(trim(word));
    const std::size_t size = servers.lists[i].size();
    if (size == 1) continue;
    if (servers.count != 1 && servers.count != size)
      return bad_conninfo(concat({"\"", keyword, "\" names ",
                                  std::to_string(size), " servers, \"", counted,
                                  "\" ", std::to_string(servers.count)}));
    servers.count = size;
    counted = keyword;
  }
  return servers;
}

// What the string says of the server with that number.
Conninfo server_at(const Conninfo& all, const Servers& servers,
                   std::size_t number) {
  Conninfo one = all;
  for (std::size_t i = 0; i < servers.keywords.size(); i++) {
    const std::vector<std::string>& list = servers.lists[i];
    if (list.empty()) continue;
    const std::string& word = list.size() == 1 ? list[0] : list[number];
    if (word.empty())
      std::erase_if(one.keywords, [&](const auto& keyword) {
        return keyword.first == servers.keywords[i];
      });
    else
      set(one, servers.keywords[i], word);
  }
  return one;
}

}  // namespace

bool Conninfo::needs_lookup() const {
  if (host.empty() || host[0] == '/' || host[0] == '@') return false;
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET, host.c_str(), address.data()) != 1 &&
         inet_pton(AF_INET6, host.c_str(), address.data()) != 1;
}

Result<Conninfo> parse_conninfo(std::string_view text) {
  Result<std::vector<Conninfo>> all = parse_conninfos(text);
  if (!all.ok()) return std::move(all).error();
  if (all->size() > 1)
    return bad_conninfo("several servers are named where one can be");
  return std::move(all->front());
}

Result<std::vector<Conninfo>> parse_conninfos(std::string_view text) {
  if (text.find('\0') != std::string_view::npos)
    return bad_conninfo("the connection string holds a NUL byte");
  char* raw_problem = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(std::string(text).c_str(), &raw_problem), PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> problem(
      raw_problem, [](void* p) { PQfreemem(p); });
  if (options == nullptr) return bad_conninfo(safe_reason(text, problem.get()));

  Conninfo all;
  take_keywords(options.get(), all);
  if (Result<void> checked = check(all); !checked.ok())
    return std::move(checked).error();
  Result<Servers> servers = split_servers(all);
  if (!servers.ok()) return std::move(servers).error();
  std::vector<Conninfo> each;
  for (std::size_t i = 0; i < servers->count; i++) {
    each.push_back(server_at(all, *servers, i));
    pin(each.back());
  }
  return each;
}

std::string startup_options(const Conninfo& conninfo,
                            std::uint64_t statement_timeout_ms) {
  const std::string timeout = std::to_string(statement_timeout_ms);
  // The string's own come behind the time-out, which they may change, and
  // before the formats, which they may not.
  return concat({"-c statement_timeout=", timeout, " ", conninfo.options,
                 " -c DateStyle=ISO -c IntervalStyle=postgres"
                 " -c extra_float_digits=1 -c bytea_output=hex"
                 " -c standard_conforming_strings=on"});
}

}  // namespace trestle::pg
