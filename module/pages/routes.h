// Which page answers a path: a tree made of file names at configuration load.
// Requests are matched against it and never against a file system, so there is
// nothing to break out of.
//
//   index             /           the folder itself
//   about             /about
//   products/[id]     /products/42
//   docs/[...path]    /docs/a/b
//
// A file's own name wins over [x], [x] over [...x].
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace trestle::pages {

// Names and values of a route's placeholders; the names borrow from the table.
using RouteParams = std::vector<std::pair<std::string_view, std::string>>;

struct RouteMatch {
  std::size_t page = 0;
  bool is_rest = false;  // by [...x]
  RouteParams params;
};

class RouteTable {
 public:
  // `name` is a page's file without its ending. Errors (TRS010): a placeholder
  // that is not one, a second one at the same place.
  [[nodiscard]] Result<void> add(std::string_view name, std::size_t page);

  // `path` begins with a slash, is decoded and normalised.
  [[nodiscard]] std::optional<RouteMatch> find(std::string_view path) const;

 private:
  struct Leaf {
    std::size_t page;
    std::string param;
  };
  struct Folder {
    std::map<std::string, std::unique_ptr<Folder>, std::less<>> folders;
    std::map<std::string, std::size_t, std::less<>> pages;
    std::optional<std::size_t> index;
    std::optional<Leaf> param_page;
    std::optional<Leaf> rest_page;
    std::unique_ptr<Folder> param_folder;
    std::string param_name;  // of param_folder
  };

  [[nodiscard]] static Result<void> add_page(Folder& folder,
                                             std::string_view segment,
                                             std::size_t page);
  // `rest` has no leading slash.
  [[nodiscard]] static bool match(const Folder& folder, std::string_view rest,
                                  RouteMatch& found);

  Folder root_;
};

// Placeholders of a page's name, in order: {"id", "path"}.
[[nodiscard]] std::vector<std::string_view> placeholders(std::string_view name);

}  // namespace trestle::pages
