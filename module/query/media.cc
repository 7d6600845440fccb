#include "query/media.h"

#include <charconv>
#include <string>
#include <vector>

#include "base/text.h"

namespace trestle::query {

namespace {

// One range of Accept. `weight` in thousandths.
struct Range {
  std::string type;
  int weight = 1000;
};

int parse_weight(std::string_view text) {
  constexpr int kScale = 1000;
  double weight = 1;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), weight);
  if (error != std::errc() || !(weight >= 0) || weight > 1) return kScale;
  return static_cast<int>(weight * kScale);
}

Range parse_range(std::string_view text) {
  Range range;
  bool is_type = true;
  for (std::string_view part : split(text, ';')) {
    part = trim(part);
    if (is_type)
      range.type = ascii_lower(part);
    else if (part.starts_with("q=") || part.starts_with("Q="))
      range.weight = parse_weight(part.substr(2));
    is_type = false;
  }
  return range;
}

// How exactly a range names the type; 0: not at all.
int exactness(std::string_view range, std::string_view type) {
  if (range == type) return 3;
  if (range == "*/*") return 1;
  bool is_family = range.ends_with("/*");
  return is_family && type.starts_with(range.substr(0, range.size() - 1)) ? 2
                                                                          : 0;
}

struct Liking {
  int weight = 0;
  std::size_t place = 0;  // in Accept
};

// The most exact range that covers the format decides its weight.
Liking liking_of(Format format, const std::vector<Range>& ranges) {
  Liking liking;
  int best = 0;
  for (std::size_t i = 0; i < ranges.size(); i++) {
    int exact = exactness(ranges[i].type, media_type_of(format));
    if (format == Format::ndjson && ranges[i].type == "application/ndjson")
      exact = 3;
    if (exact <= best) continue;
    best = exact;
    liking = {.weight = ranges[i].weight, .place = i};
  }
  return liking;
}

}  // namespace

std::string_view content_type_of(Format format) {
  switch (format) {
    case Format::csv:
      return "text/csv; charset=utf-8";
    case Format::ndjson:
      return "application/x-ndjson; charset=utf-8";
    case Format::json:
      break;
  }
  return "application/json; charset=utf-8";
}

std::string_view media_type_of(Format format) {
  std::string_view type = content_type_of(format);
  return type.substr(0, type.find(';'));
}

std::optional<Format> choose_format(std::string_view accept,
                                    std::span<const Format> offered) {
  if (trim(accept).empty()) accept = "*/*";
  std::vector<Range> ranges;
  for (std::string_view range : split(accept, ','))
    ranges.push_back(parse_range(range));
  std::optional<Format> chosen;
  Liking best;
  for (Format format : offered) {
    Liking liking = liking_of(format, ranges);
    bool is_better =
        liking.weight > best.weight ||
        (chosen && liking.weight == best.weight && liking.place < best.place);
    if (liking.weight == 0 || !is_better) continue;
    best = liking;
    chosen = format;
  }
  return chosen;
}

}  // namespace trestle::query
