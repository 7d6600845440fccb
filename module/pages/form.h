// A form's values against the rules of its section.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "frontend/named_values.h"
#include "pages/section_rules.h"

namespace trestle::pages {

// Field and message, in the order of the rules; "form" stands for the whole.
using FieldErrors = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view kWholeForm = "form";

// Checks each field and brings its value into the form that SQL takes: what was
// left empty is NULL, a check box is true or false.
[[nodiscard]] FieldErrors check_form(const SectionRules& rules,
                                     NamedValues& values);

}  // namespace trestle::pages
