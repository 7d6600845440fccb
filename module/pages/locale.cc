#include "pages/locale.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "frontend/request_values.h"

namespace trestle::pages {

namespace {

constexpr std::string_view kFolder = "translations/";
constexpr std::string_view kEnding = "/LC_MESSAGES/messages.mo";
constexpr std::string_view kClaim = "locale";

// pt-BR and pt_br are the same.
std::string folded(std::string_view name) {
  std::string text = ascii_lower(name);
  std::ranges::replace(text, '-', '_');
  return text;
}

std::string_view language_of(std::string_view name) {
  return name.substr(0, name.find('_'));
}

// The locale itself, else one of its language.
const Locale* find(const std::vector<Locale>& locales, std::string_view name) {
  std::string wanted = folded(trim(name));
  for (const Locale& locale : locales)
    if (folded(locale.name) == wanted) return &locale;
  for (const Locale& locale : locales)
    if (folded(locale.name) == language_of(wanted)) return &locale;
  for (const Locale& locale : locales)
    if (language_of(folded(locale.name)) == wanted) return &locale;
  return nullptr;
}

// "de;q=0.8": 0.8.
double quality_of(std::string_view parameters) {
  std::size_t at = parameters.find("q=");
  if (at == std::string_view::npos) return 1;
  double quality = 0;
  std::string_view text = trim(parameters.substr(at + 2));
  std::from_chars(text.data(), text.data() + text.size(), quality);
  return quality;
}

// The first of the best liked that there is.
const Locale* find_accepted(const std::vector<Locale>& locales,
                            std::string_view header) {
  constexpr std::size_t kMostRanges = 32;
  const Locale* best = nullptr;
  double best_quality = 0;
  std::size_t ranges = 0;
  for (std::string_view range : split(header, ',')) {
    if (++ranges > kMostRanges) break;
    std::size_t semicolon = range.find(';');
    double quality = semicolon == std::string_view::npos
                         ? 1
                         : quality_of(range.substr(semicolon));
    if (quality <= best_quality) continue;
    const Locale* found = find(locales, range.substr(0, semicolon));
    if (found == nullptr) continue;
    best = found;
    best_quality = quality;
  }
  return best;
}

}  // namespace

std::string_view locale_of_file(std::string_view name) {
  if (!name.starts_with(kFolder) || !name.ends_with(kEnding) ||
      name.size() <= kFolder.size() + kEnding.size())
    return "";
  return name.substr(kFolder.size(),
                     name.size() - kFolder.size() - kEnding.size());
}

const Locale* choose_locale(const std::vector<Locale>& locales,
                            const auth::Identity& identity,
                            const Request& request) {
  if (locales.empty()) return nullptr;
  for (Param named :
       {claim_value(identity, kClaim), cookie_value(request, kClaim)})
    if (named)
      if (const Locale* found = find(locales, *named)) return found;
  return find_accepted(locales, request.header("accept-language").value_or(""));
}

}  // namespace trestle::pages
