// Walks over a template, its layouts and includes and finds the columns that
// rows are asked for but do not have. It knows what a page's variables are,
// follows them through loops, `set`, `with` and filters, and keeps silent where
// it cannot be sure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pages/program.h"
#include "pages/template_error.h"

namespace trestle::pages {

// What is known of a value.
struct Shape {
  enum class Kind { unknown, row, rows };
  Kind kind = Kind::unknown;
  const std::vector<std::string>* columns = nullptr;  // outlives the walk

  bool operator==(const Shape&) const = default;
};

// Of a page's variables, by name.
using Shapes = std::map<std::string_view, Shape>;

struct ColumnMistake {
  TemplateError place;  // file and line
  std::string object;   // as the template names it; may be empty
  std::string column;
  const std::vector<std::string>* columns = nullptr;  // that there are
};

[[nodiscard]] std::vector<ColumnMistake> find_mistakes(const Program& entry,
                                                       const Shapes& shapes);

}  // namespace trestle::pages
