// "Perhaps you meant": the nearest of some names, found as fuzzy sets do it:
// candidates share a run of characters, the nearest by edits wins.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trestle::rest {

struct Guess {
  double score = 0;  // 1: equal
  std::string_view word;
};

// Those at least as near as `least`, nearest first. Borrows from `candidates`.
[[nodiscard]] std::vector<Guess> nearest_guesses(
    std::string_view word, const std::vector<std::string>& candidates,
    double least = 0.33);

}  // namespace trestle::rest
