// Translations from compiled gettext catalogs (.mo, GNU gettext manual 10.3).
// Loaded at configuration load, immutable then.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace trestle::pages {

class Translations {
 public:
  // Reads a .mo file's bytes. Errors: TRS220 with what is wrong.
  [[nodiscard]] static Result<Translations> parse(std::string_view bytes);

  // The translation, or empty when there is none. `plural_index` as
  // plural_form() chooses it.
  [[nodiscard]] std::string_view find(std::string_view context,
                                      std::string_view message,
                                      std::size_t plural_index = 0) const;
  // Which of a message's forms stands for `count`: the Plural-Forms header's C
  // expression.
  [[nodiscard]] std::size_t plural_form(std::int64_t count) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> messages_;
  std::string plural_;  // the expression
};

// The message in the visitor's language; `translations` may be null.
[[nodiscard]] std::string_view translate(const Translations* translations,
                                         std::string_view context,
                                         std::string_view message);
[[nodiscard]] std::string_view translate(const Translations* translations,
                                         std::string_view context,
                                         std::string_view singular,
                                         std::string_view plural,
                                         std::int64_t count);

}  // namespace trestle::pages
