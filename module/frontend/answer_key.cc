#include "frontend/answer_key.h"

#include <cstdint>
#include <cstring>

namespace trestle {
namespace {

// Of the visitor, who is named apart.
constexpr std::string_view kCredentials[] = {"authorization", "apikey"};
// Tells what the client has already; whoever keeps answers compares it himself.
constexpr std::string_view kValidator = "if-none-match";

bool is_one_of(std::string_view name, std::span<const std::string_view> list) {
  for (std::string_view each : list)
    if (ascii_iequals(name, each)) return true;
  return false;
}

bool counts(const Frontend& frontend, std::string_view name) {
  if (ascii_iequals(name, kValidator)) return false;
  if (ascii_iequals(name, "cookie")) return frontend.reads_cookies();
  // A SQL file or a page may show what was sent.
  if (is_one_of(name, kCredentials)) return frontend.reads_cookies();
  return frontend.reads_header(name);
}

}  // namespace

void append_key_part(std::string& key, std::optional<std::string_view> part) {
  // The greatest length stands for none at all.
  const std::uint32_t size =
      part ? static_cast<std::uint32_t>(part->size()) : UINT32_MAX;
  char bytes[sizeof size];
  std::memcpy(bytes, &size, sizeof size);
  key.append(bytes, sizeof bytes);
  if (part) key.append(*part);
}

void append_request_key(std::string& key, const Frontend& frontend,
                        const auth::Identity& identity,
                        const Request& request) {
  append_key_part(key, identity.role);
  append_key_part(key,
                  identity.claims != nullptr
                      ? std::optional<std::string_view>(identity.claims->json)
                      : std::nullopt);
  for (std::string_view part : {request.method, request.scheme, request.host,
                                request.path, request.query, request.body})
    append_key_part(key, part);
  for (const HeaderView& header : request.headers) {
    if (!counts(frontend, header.name)) continue;
    append_key_part(key, header.name);
    append_key_part(key, header.value);
  }
}

}  // namespace trestle
