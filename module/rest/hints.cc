#include "rest/hints.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.h"

namespace trestle::rest {
namespace {

using Grams = std::map<std::string, int>;

// Runs of `size` characters of the word between two dashes, letters, digits,
// commas and blanks only.
Grams grams_of(std::string_view word, std::size_t size) {
  std::string text = "-";
  for (char c : ascii_lower(word)) {
    bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
                c == ',' || c == ' ' || static_cast<unsigned char>(c) >= 0x80;
    if (kept) text.push_back(c);
  }
  text.push_back('-');
  Grams grams;
  for (std::size_t i = 0; i + size <= text.size(); ++i)
    ++grams[text.substr(i, size)];
  return grams;
}

double length_of(const Grams& grams) {
  double sum = 0;
  for (const auto& [gram, count] : grams) sum += double(count) * count;
  return std::sqrt(sum);
}

double cosine(const Grams& a, const Grams& b) {
  double dot = 0;
  for (const auto& [gram, count] : a)
    if (auto other = b.find(gram); other != b.end())
      dot += double(count) * other->second;
  double lengths = length_of(a) * length_of(b);
  return lengths == 0 ? 0 : dot / lengths;
}

std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1,
                         diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

constexpr std::size_t kMaxCandidates = 50;
// Longer words are not guessed at: the work is quadratic in them.
constexpr std::size_t kMaxWord = 256;

}  // namespace

std::vector<Guess> nearest_guesses(std::string_view word,
                                   const std::vector<std::string>& candidates,
                                   double least) {
  std::vector<Guess> guesses;
  if (word.empty() || word.size() > kMaxWord) return guesses;
  std::string lower = ascii_lower(word);
  for (std::size_t size : {std::size_t{3}, std::size_t{2}}) {
    Grams grams = grams_of(lower, size);
    std::vector<Guess> near;
    for (const std::string& candidate : candidates) {
      double score = cosine(grams, grams_of(candidate, size));
      if (score > 0) near.push_back({score, candidate});
    }
    if (near.empty()) continue;
    std::stable_sort(
        near.begin(), near.end(),
        [](const Guess& a, const Guess& b) { return a.score > b.score; });
    if (near.size() > kMaxCandidates) near.resize(kMaxCandidates);
    for (Guess& guess : near) {
      std::string other = ascii_lower(guess.word);
      double longest = double(std::max(lower.size(), other.size()));
      guess.score = 1 - double(edits(lower, other)) / longest;
      if (guess.score >= least) guesses.push_back(guess);
    }
    if (guesses.empty()) continue;
    std::stable_sort(
        guesses.begin(), guesses.end(),
        [](const Guess& a, const Guess& b) { return a.score > b.score; });
    break;
  }
  return guesses;
}

}  // namespace trestle::rest
