// Requests of one shape differ in values only: they mean the same plan and the
// same SQL, with other parameters. The key of a shape is all that plan and SQL
// may depend on; what is left out of it are the slots, each the text of one
// parameter.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rest/request.h"

namespace trestle::rest {

struct ShapeKey {
  std::string text;
  // By slot number, from 1; the place 0 is not used.
  std::vector<std::string> slots;
};

// Numbers the slots of `begun` and `parts` and takes their values. A shape
// whose every value counts (a function called by GET) has no slots.
[[nodiscard]] ShapeKey make_shape_key(const Request& message,
                                      const RestConfig& config,
                                      std::string_view role, ApiRequest& begun,
                                      RequestParts& parts);

}  // namespace trestle::rest
