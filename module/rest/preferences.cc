#include "rest/preferences.h"

#include <charconv>

#include "rest/errors.h"

namespace trestle::rest {
namespace {

template <class Enum>
void set_once(Enum& target, Enum value) {
  if (target == Enum::none) target = value;
}

// The value behind "name=", or nullopt for another preference.
std::optional<std::string_view> value_of(std::string_view word,
                                         std::string_view name) {
  if (!word.starts_with(name) || word.size() <= name.size() ||
      word[name.size()] != '=')
    return std::nullopt;
  return word.substr(name.size() + 1);
}

bool apply_enum(std::string_view word, bool tx_allowed, Preferences& p) {
  using P = Preferences;
  if (word == "resolution=merge-duplicates")
    set_once(p.resolution, P::Resolution::merge_duplicates);
  else if (word == "resolution=ignore-duplicates")
    set_once(p.resolution, P::Resolution::ignore_duplicates);
  else if (word == "return=representation")
    set_once(p.return_, P::Return::representation);
  else if (word == "return=headers-only")
    set_once(p.return_, P::Return::headers_only);
  else if (word == "return=minimal")
    set_once(p.return_, P::Return::minimal);
  else if (word == "count=exact")
    set_once(p.count, P::Count::exact);
  else if (word == "count=planned")
    set_once(p.count, P::Count::planned);
  else if (word == "count=estimated")
    set_once(p.count, P::Count::estimated);
  else if (word == "handling=strict")
    set_once(p.handling, P::Handling::strict);
  else if (word == "handling=lenient")
    set_once(p.handling, P::Handling::lenient);
  else if (word == "missing=default")
    p.missing_default = !p.missing_null;
  else if (word == "missing=null")
    p.missing_null = !p.missing_default;
  else if (tx_allowed && word == "tx=commit")
    set_once(p.tx, P::Tx::commit);
  else if (tx_allowed && word == "tx=rollback")
    set_once(p.tx, P::Tx::rollback);
  else
    return false;
  return true;
}

bool apply_value(std::string_view word, Preferences& p) {
  if (auto zone = value_of(word, "timezone")) {
    if (!p.timezone) p.timezone = std::string(*zone);
    return true;
  }
  if (auto number = value_of(word, "max-affected")) {
    std::int64_t value = 0;
    auto [end, problem] =
        std::from_chars(number->data(), number->data() + number->size(), value);
    if (problem != std::errc() || end != number->data() + number->size())
      return false;
    if (!p.max_affected) p.max_affected = value;
    return true;
  }
  return false;
}

}  // namespace

Result<Preferences> parse_preferences(const Request& request, bool tx_allowed) {
  Preferences preferences;
  std::vector<std::string> unknown;
  for (const HeaderView& header : request.headers) {
    if (!ascii_iequals(header.name, "Prefer")) continue;
    for (std::string_view piece : split(header.value, ',')) {
      std::string_view word = trim(piece);
      if (word.empty()) continue;
      if (!apply_enum(word, tx_allowed, preferences) &&
          !apply_value(word, preferences))
        unknown.emplace_back(word);
    }
  }
  if (preferences.handling == Preferences::Handling::strict && !unknown.empty())
    return errors::bad_preferences(unknown);
  return preferences;
}

}  // namespace trestle::rest
