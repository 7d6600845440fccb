// Messages for the next page, in a sealed cookie that is read once.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/authenticator.h"
#include "base/http_message.h"

namespace trestle::pages {

// Category and text.
using Flashes = std::vector<std::pair<std::string, std::string>>;

// What the request's cookie brings; nothing when it is not ours.
[[nodiscard]] Flashes read_flashes(const auth::Authenticator& authenticator,
                                   const Request& request);

// The Set-Cookie value; nullopt when it cannot be made.
[[nodiscard]] std::optional<std::string> flash_cookie(
    const auth::Authenticator& authenticator, const Flashes& flashes,
    bool secure);
[[nodiscard]] std::string clear_flash_cookie(bool secure);

}  // namespace trestle::pages
