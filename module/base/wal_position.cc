#include "base/wal_position.h"

#include <array>
#include <charconv>

namespace trestle {
namespace {

constexpr std::size_t kMaxDigits = 8;

std::optional<std::uint64_t> parse_half(std::string_view digits) {
  std::uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value, 16);
  if (digits.empty() || digits.size() > kMaxDigits ||
      parsed.ec != std::errc() || parsed.ptr != end)
    return std::nullopt;
  return value;
}

void append_half(std::string& text, std::uint64_t half) {
  std::array<char, kMaxDigits> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), half, 16);
  for (const char* at = digits.data(); at != end.ptr; at++)
    text.push_back(*at >= 'a' ? static_cast<char>(*at - 'a' + 'A') : *at);
}

}  // namespace

std::optional<WalPosition> parse_wal_position(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto high = parse_half(text.substr(0, slash));
  const auto low = parse_half(text.substr(slash + 1));
  if (!high || !low) return std::nullopt;
  return *high << 32 | *low;
}

std::string wal_position_text(WalPosition position) {
  std::string text;
  append_half(text, position >> 32);
  text.push_back('/');
  append_half(text, position & 0xffffffffU);
  return text;
}

}  // namespace trestle
