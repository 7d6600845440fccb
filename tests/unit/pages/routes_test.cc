#include "pages/routes.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace trestle::pages {
namespace {

const std::vector<std::string> kPages = {"index",
                                         "about",
                                         "docs/[...path]",
                                         "docs/intro",
                                         "products/[id]",
                                         "products/index",
                                         "products/new",
                                         "[lang]/news/[slug]",
                                         "products/[id]/edit"};

// "products/[id] id=42", or "none".
std::string route(std::string_view path) {
  RouteTable table;
  for (std::size_t i = 0; i < kPages.size(); i++)
    EXPECT_TRUE(table.add(kPages[i], i).ok()) << kPages[i];
  std::optional<RouteMatch> match = table.find(path);
  if (!match) return "none";
  std::string text = kPages[match->page];
  for (const auto& [name, value] : match->params)
    text.append(concat({" ", name, "=", value}));
  return text;
}

TEST(Routes, follow_the_names_of_files) {
  EXPECT_EQ(route("/"), "index");
  EXPECT_EQ(route("/about"), "about");
  EXPECT_EQ(route("/about/"), "none");
  EXPECT_EQ(route("/products/"), "products/index");
  EXPECT_EQ(route("/products"), "none");
  EXPECT_EQ(route("/products/42"), "products/[id] id=42");
  EXPECT_EQ(route("/products/42/edit"), "products/[id]/edit id=42");
  EXPECT_EQ(route("/products/42/other"), "none");
  EXPECT_EQ(route("/de/news/summer"), "[lang]/news/[slug] lang=de slug=summer");
}

TEST(Routes, a_name_wins_over_placeholders) {
  EXPECT_EQ(route("/products/new"), "products/new");
  EXPECT_EQ(route("/docs/intro"), "docs/intro");
  EXPECT_EQ(route("/docs/intro/more"), "docs/[...path] path=intro/more");
  EXPECT_EQ(route("/docs/"), "none");
  EXPECT_EQ(route("/docs/a"), "docs/[...path] path=a");
  // The folder products has no news: the placeholder's turn.
  EXPECT_EQ(route("/products/news/a"),
            "[lang]/news/[slug] lang=products slug=a");
}

TEST(Routes, nothing_else_is_a_route) {
  for (const char* path : {"", "about", "//", "//about", "/products//edit",
                           "/products/[id", "/About", "/about.html", "/index",
                           "/..", "/../about", "/.", "/about\\"})
    EXPECT_EQ(route(path), std::string_view(path).starts_with("/products/[")
                               ? "products/[id] id=[id"
                               : "none")
        << path;
}

TEST(Routes, refuse_what_cannot_be_told_apart) {
  for (const char* name : {"products/[nr]", "[x]/news/[slug]", "docs/[...rest]",
                           "a/[...b]/c", "x[id]", "[]", "[1a]", "[...]"}) {
    RouteTable table;
    for (std::size_t i = 0; i < kPages.size(); i++)
      ASSERT_TRUE(table.add(kPages[i], i).ok());
    EXPECT_FALSE(table.add(name, 99).ok()) << name;
  }
}

}  // namespace
}  // namespace trestle::pages
