// Prefer (RFC 7240): what the client would like, and what of it was done.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/http_message.h"
#include "base/result.h"

namespace trestle::rest {

struct Preferences {
  enum class Resolution { none, merge_duplicates, ignore_duplicates };
  enum class Return { none, representation, headers_only, minimal };
  enum class Count { none, exact, planned, estimated };
  enum class Tx { none, commit, rollback };
  enum class Handling { none, strict, lenient };

  Resolution resolution = Resolution::none;
  Return return_ = Return::none;
  Count count = Count::none;
  Tx tx = Tx::none;
  Handling handling = Handling::none;
  bool missing_default = false;
  bool missing_null = false;
  std::optional<std::string> timezone;
  std::optional<std::int64_t> max_affected;
};

// All Prefer headers together; the first value of a kind wins. Unknown ones
// are ignored, or refused with handling=strict (PGRST122). `tx_allowed`: tx=
// is a known preference.
Result<Preferences> parse_preferences(const Request& request, bool tx_allowed);

}  // namespace trestle::rest
