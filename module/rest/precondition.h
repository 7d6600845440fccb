// What a write asks of its row before it may happen (RFC 9110 13.1): If-Match
// names the version that the client has seen, If-None-Match: * wants there to
// be none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/http_message.h"

namespace trestle::rest {

struct Precondition {
  enum class Kind {
    none,
    exists,    // If-Match: *
    version,   // If-Match: "...", ...
    is_absent  // If-None-Match: *, of PUT
  };
  Kind kind = Kind::none;
  // The row's, any of them; a tag without one names no row.
  std::vector<std::string> versions;
  int slot = 0;  // see QueryParameter::slot
};

// Of PUT, PATCH and DELETE; other methods have none.
[[nodiscard]] Precondition read_precondition(const Request& message);

// The entity tag of one row's representation. It changes with the body, and
// ends in the row's version.
[[nodiscard]] std::string versioned_tag(std::string_view body,
                                        std::string_view version);

}  // namespace trestle::rest
