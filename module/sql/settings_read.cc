#include "sql/settings_read.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace trestle {
namespace {

// The literal that current_setting( begins with; nullopt: it is not just that.
std::optional<std::string_view> literal_argument(std::string_view text) {
  text = trim(text);
  if (!text.starts_with('(')) return std::nullopt;
  text = trim(text.substr(1));
  if (!text.starts_with('\'')) return std::nullopt;
  const std::size_t end = text.find('\'', 1);
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view rest = trim(text.substr(end + 1));
  if (rest.starts_with("::text")) rest = trim(rest.substr(6));
  if (!rest.starts_with(',') && !rest.starts_with(')')) return std::nullopt;
  return text.substr(1, end - 1);
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word(text[at - 1])) &&
        (end == text.size() || !is_word(text[end])))
      return true;
  }
  return false;
}

}  // namespace

void SettingsRead::add(const SettingsRead& other) {
  any = any || other.any;
  for (const std::string& name : other.names) add(name);
}

void SettingsRead::add(std::string_view name) {
  std::string lower = ascii_lower(name);
  if (std::ranges::find(names, lower) == names.end())
    names.push_back(std::move(lower));
}

bool SettingsRead::reads(std::string_view name) const {
  return any || std::ranges::find(names, name) != names.end();
}

SettingsRead read_settings(std::string_view body) {
  constexpr std::string_view kReader = "current_setting";
  SettingsRead read;
  const std::string text = ascii_lower(body);
  std::string_view rest = text;
  for (std::size_t at = rest.find(kReader); at != std::string_view::npos;
       at = rest.find(kReader)) {
    rest.remove_prefix(at + kReader.size());
    std::optional<std::string_view> name = literal_argument(rest);
    if (name)
      read.add(*name);
    else
      read.any = true;
  }
  for (std::string_view word :
       {"pg_settings", "pg_show_all_settings", "show", "execute"})
    if (has_word(text, word)) read.any = true;
  return read;
}

}  // namespace trestle
