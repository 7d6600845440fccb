// The text of claims as SQL will see them.
#pragma once

#include <rapidjson/document.h>

#include <memory>
#include <string>
#include <string_view>

#include "auth/identity.h"

namespace trestle::auth {

// The JSON object without blanks between its tokens and with "role" as the
// effective role: session.role and request.jwt.claims must tell the same.
// Numbers keep the spelling they came in, unless another role had to be
// replaced. `document` is `json`, parsed.
[[nodiscard]] std::string claims_text(std::string_view json,
                                      const rapidjson::Value& document,
                                      std::string_view role);

// Claims of that text in as little memory as they need: thousands of them may
// lie in a cache. Null when `json` is no JSON.
[[nodiscard]] std::shared_ptr<const Claims> make_claims(std::string json);

}  // namespace trestle::auth
