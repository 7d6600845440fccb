#include "query/media.h"

#include <gtest/gtest.h>

#include <array>

namespace trestle::query {
namespace {

struct AcceptCase {
  const char* accept;
  std::string_view chosen;  // "": 406
};

TEST(Media, the_format_is_chosen_by_weight_then_order) {
  constexpr std::array kAll = {Format::json, Format::csv, Format::ndjson};
  const AcceptCase cases[] = {
      {"", "application/json"},
      {"*/*", "application/json"},
      {"text/csv", "text/csv"},
      {"TEXT/CSV", "text/csv"},
      {"text/*", "text/csv"},
      {"application/*", "application/json"},
      {"application/json;charset=utf-8", "application/json"},
      {"application/x-ndjson", "application/x-ndjson"},
      {"application/ndjson", "application/x-ndjson"},
      {"text/csv, application/json", "text/csv"},
      {"application/json, text/csv", "application/json"},
      {"text/csv;q=0.5, application/json;q=0.9", "application/json"},
      {"text/csv;q=0.5, */*;q=0.1", "text/csv"},
      {"text/html, application/xhtml+xml, */*;q=0.8", "application/json"},
      {"application/json;q=0, */*", "text/csv"},
      {"*/*;q=0", ""},
      {"text/html", ""},
      {"text/csv;q=", "text/csv"},
      {"text/csv;q=7", "text/csv"},
      {"text/csv;q=nan", "text/csv"},
      {",,;", ""},
  };
  for (const AcceptCase& each : cases) {
    std::optional<Format> chosen = choose_format(each.accept, kAll);
    EXPECT_EQ(chosen ? media_type_of(*chosen) : "", each.chosen) << each.accept;
  }
}

TEST(Media, only_what_is_offered_counts) {
  constexpr std::array kJson = {Format::json};
  EXPECT_EQ(choose_format("text/csv", kJson), std::nullopt);
  EXPECT_EQ(choose_format("text/csv, */*;q=0.1", kJson), Format::json);
}

}  // namespace
}  // namespace trestle::query
