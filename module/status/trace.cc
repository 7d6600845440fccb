#include "status/trace.h"

#include <algorithm>
#include <cstddef>

namespace trestle::status {

namespace {

constexpr std::size_t kVersion = 2;
constexpr std::size_t kTraceId = 32;
constexpr std::size_t kParentId = 16;
constexpr std::size_t kFlags = 2;
constexpr std::size_t kLength = kVersion + kTraceId + kParentId + kFlags + 3;

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

std::optional<std::string_view> trace_id(std::string_view traceparent) {
  if (traceparent.size() < kLength) return std::nullopt;
  const std::string_view version = traceparent.substr(0, kVersion);
  const std::string_view trace = traceparent.substr(kVersion + 1, kTraceId);
  const std::string_view parent =
      traceparent.substr(kVersion + kTraceId + 2, kParentId);
  const std::string_view flags = traceparent.substr(kLength - kFlags, kFlags);
  for (std::size_t dash :
       {kVersion, kVersion + kTraceId + 1, kLength - kFlags - 1})
    if (traceparent[dash] != '-') return std::nullopt;
  // Later versions may add fields behind a dash; 00 has none, ff is no version.
  const bool more = traceparent.size() > kLength;
  if (more && (version == "00" || traceparent[kLength] != '-'))
    return std::nullopt;
  if (version == "ff" || !is_lower_hex(version) || !is_lower_hex(flags) ||
      !is_lower_hex(trace) || is_zero(trace) || !is_lower_hex(parent) ||
      is_zero(parent))
    return std::nullopt;
  return trace;
}

}  // namespace trestle::status
