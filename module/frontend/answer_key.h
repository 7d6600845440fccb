// The name under which an answer may be kept: everything that a front-end can
// make it of. Equal keys mean equal plans: the same statements with the same
// parameters, the same settings, the same form of the answer.
//
// It is made without planning, which costs more than a kept answer does. So two
// spellings of one request have two keys, and nothing that planning can see is
// left out: identity, message, values of the server's configuration.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "frontend/frontend.h"

namespace trestle {

// Appends a value with its length, so that no two lists of values are one key.
void append_key_part(std::string& key, std::optional<std::string_view> part);

// Appends whom and what: role and claims, and of the message what
// `frontend` may read (Frontend::reads_header, reads_cookies).
void append_request_key(std::string& key, const Frontend& frontend,
                        const auth::Identity& identity, const Request& request);

}  // namespace trestle
