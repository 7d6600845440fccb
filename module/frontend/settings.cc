#include "frontend/settings.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "catalog/catalog.h"

namespace trestle {

namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// HTTP's field values are bytes, settings are UTF-8: what is not UTF-8 is read
// as Latin-1 (RFC 9110 5.5), so that no header can make a statement fail.
std::string as_utf8(std::string_view bytes) {
  std::string text;
  if (is_ascii(bytes) || is_utf8(bytes)) {
    text = bytes;
  } else {
    for (char c : bytes) append_utf8(text, static_cast<unsigned char>(c));
  }
  std::erase(text, '\0');
  return text;
}

void append_json_text(std::string& out, std::string_view bytes) {
  if (is_ascii(bytes))
    append_json_string(out, bytes);
  else
    append_json_string(out, as_utf8(bytes));
}

// Names and values that become one JSON object. Sorting finds equal names in
// n log n steps: a request may bring thousands of them.
struct Entry {
  std::string name;
  std::string value;
};

std::vector<Entry> sorted(std::vector<Entry> entries) {
  std::ranges::stable_sort(entries, {}, &Entry::name);
  return entries;
}

std::string object_of(const std::vector<Entry>& entries) {
  std::string json = "{";
  for (const Entry& entry : entries) {
    if (json.size() > 1) json.push_back(',');
    append_json_text(json, entry.name);
    json.push_back(':');
    append_json_text(json, entry.value);
  }
  json.push_back('}');
  return json;
}

// Values of equal names are joined by ", " as RFC 9110 5.3 allows.
std::string headers_json(const Request& request) {
  std::vector<Entry> all;
  all.reserve(request.headers.size());
  for (const HeaderView& header : request.headers)
    if (!ascii_iequals(header.name, "cookie"))
      all.push_back({.name = ascii_lower(header.name),
                     .value = std::string(header.value)});
  std::vector<Entry> distinct;
  distinct.reserve(all.size());
  for (Entry& entry : sorted(std::move(all))) {
    if (!distinct.empty() && distinct.back().name == entry.name)
      distinct.back().value.append(", ").append(entry.value);
    else
      distinct.push_back(std::move(entry));
  }
  return object_of(distinct);
}

// The pairs of all Cookie headers (RFC 6265 4.2.1). The first of equal names
// wins, as the longest path comes first.
std::string cookies_json(const Request& request) {
  std::vector<Entry> all;
  for (const HeaderView& header : request.headers) {
    if (!ascii_iequals(header.name, "cookie")) continue;
    for (std::string_view pair : split(header.value, ';')) {
      std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos) continue;
      std::string_view name = trim(pair.substr(0, equals));
      if (!name.empty())
        all.push_back({.name = std::string(name),
                       .value = std::string(trim(pair.substr(equals + 1)))});
    }
  }
  all = sorted(std::move(all));
  all.erase(std::unique(all.begin(), all.end(),
                        [](const Entry& a, const Entry& b) {
                          return a.name == b.name;
                        }),
            all.end());
  return object_of(all);
}

// Empty: nobody is named at all.
std::string claims_json(const auth::Identity& identity) {
  if (identity.claims) return identity.claims->json;
  if (identity.role.empty()) return {};
  std::string json = "{\"role\":";
  append_json_string(json, identity.role);
  json.push_back('}');
  return json;
}

template <class Reads>
Settings settings_where(const auth::Identity& identity, const Request& request,
                        Reads reads) {
  constexpr std::size_t kMost = 6;
  Settings settings;
  settings.reserve(kMost);
  if (!identity.role.empty())
    settings.push_back({.name = "role", .value = identity.role});
  const auto add = [&](const char* name, auto make) {
    if (!reads(name)) return;
    std::string value = make();
    if (!value.empty())
      settings.push_back({.name = name, .value = std::move(value)});
  };
  add("request.jwt.claims", [&] { return claims_json(identity); });
  add("request.method", [&] { return as_utf8(request.method); });
  add("request.path", [&] { return as_utf8(request.path); });
  add("request.headers", [&] { return headers_json(request); });
  add("request.cookies", [&] { return cookies_json(request); });
  return settings;
}

}  // namespace

Settings request_settings(const auth::Identity& identity,
                          const Request& request) {
  return settings_where(identity, request,
                        [](std::string_view) { return true; });
}

Settings request_settings(const Exchange& exchange,
                          const Judgement& judgement) {
  if (exchange.catalog == nullptr)
    return request_settings(exchange.identity, exchange.request);
  const SettingsRead& read = exchange.catalog->reach().settings_read();
  return settings_where(
      exchange.identity, exchange.request, [&](std::string_view name) {
        return read.reads(name) || judgement.settings.reads(name);
      });
}

}  // namespace trestle
