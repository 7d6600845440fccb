// RoleClaim is the path at which a token names its role: `role_claim ".role"`.
//
// Two spellings are read. PostgREST's own up to version 15: .a.b[0], ."a-b",
// .roles[?(@ == "x")] with == != ^== ==^ *== (equal, unequal, begins, ends,
// contains). RFC 9535's: $.a.b[0], $['a-b'], [-1], [*], [?@ == 'x'],
// [?(@ != 'x')], [?search(@, '^x')], [?match(@, 'x')] where the pattern is
// plain text with optional anchors: there is no regular expression engine
// here. Slices and descendants (..) are refused at configuration load.
#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace trestle::auth {

class RoleClaim {
 public:
  // The path ".role".
  RoleClaim();

  // Configuration load. Error: TRS020 with the column and what is expected.
  [[nodiscard]] static Result<RoleClaim> parse(std::string_view path);

  // The first node that the path selects, in document order, or null. Borrows
  // from `claims`.
  [[nodiscard]] const rapidjson::Value* find(
      const rapidjson::Value& claims) const;

 private:
  friend class RoleClaimParser;

  enum class Kind {
    name,
    index,
    wildcard,
    equal,
    unequal,
    begins,
    ends,
    contains
  };
  struct Step {
    Kind kind;
    std::string text = {};  // member name or what the filter compares with
    std::int64_t index = 0;
  };

  // A path that the parser fills.
  struct Empty {};
  explicit RoleClaim(Empty) {}

  // Whether a filter or wildcard takes this item.
  static bool matches(const Step& step, const rapidjson::Value& value);
  // Appends what one step selects below `from`.
  static void select(const Step& step, const rapidjson::Value& from,
                     std::vector<const rapidjson::Value*>& to);

  std::vector<Step> steps_;
};

// Whether the text can name a role: PostgreSQL's length, UTF-8, and not "none",
// which would set the role back to the login role. Error: TRS020.
[[nodiscard]] Result<void> check_role_name(std::string_view name);

}  // namespace trestle::auth
