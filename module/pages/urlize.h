// Turns the web and mail addresses of a text into links, after Jinja's urlize.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trestle::pages {

struct UrlizeOptions {
  std::optional<std::size_t> limit;  // of the shown text, in code points
  std::string rel;                   // escaped; empty: no attribute
  std::string target;                // escaped; empty: no attribute
  std::vector<std::string> schemes;  // further ones, as "tel:"
};

// `escaped` is HTML already.
[[nodiscard]] std::string urlize(std::string_view escaped,
                                 const UrlizeOptions& options);

// Like "tel:" or "git+ssh://".
[[nodiscard]] bool is_url_scheme(std::string_view text);

}  // namespace trestle::pages
