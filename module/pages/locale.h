// The language of a visit, among those that a site has translations for
// (translations/de/LC_MESSAGES/messages.mo, as gettext lays them out): what the
// session says, then a cookie, then Accept-Language (RFC 9110 12.5.4).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "auth/identity.h"
#include "base/http_message.h"
#include "base/result.h"
#include "pages/gettext.h"

namespace trestle::pages {

struct Locale {
  std::string name;  // "de", "pt_BR"
  Translations translations;
};

// Whether a site's file is a catalog of messages, and of which locale; "" if
// not.
[[nodiscard]] std::string_view locale_of_file(std::string_view name);

// The locale of the visit; null: the templates' own language. Claim and cookie
// are both called `locale`.
[[nodiscard]] const Locale* choose_locale(const std::vector<Locale>& locales,
                                          const auth::Identity& identity,
                                          const Request& request);

}  // namespace trestle::pages
