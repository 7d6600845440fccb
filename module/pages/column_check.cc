#include "pages/column_check.h"

#include <algorithm>

#include "base/text.h"
#include "pages/column_walk.h"
#include "pages/results.h"

namespace trestle::pages {

namespace {

// PostgreSQL's own words on a statement it could not describe. Rights are a
// matter of the visitor's role, which is not known yet.
bool is_mistake(const RunError& error) {
  bool is_right = error.sqlstate == "42501" || error.sqlstate == "28000";
  return error.kind == RunError::Kind::database && !is_right;
}

class SiteCheck {
 public:
  SiteCheck(const Site& site, const std::string& folder,
            std::span<const Description> descriptions)
      : site_(site), folder_(folder), descriptions_(descriptions) {}

  std::vector<std::string> check() {
    for (const Page& page : site_.pages) {
      Shapes shapes;
      for (const PageSection& section : page.sections) {
        bool is_shown = &section == page.section("GET");
        for (const FileStatement& statement : section.file->statements) {
          if (next_ == descriptions_.size()) return std::move(mistakes_);
          const Description& told = descriptions_[next_++];
          if (told.error && is_mistake(*told.error))
            tell(concat({page.sql->path, ":", std::to_string(statement.line),
                         ": ", told.error->message}));
          if (is_shown && !told.error)
            add_shape(shapes, statement, told.columns);
        }
      }
      if (page.program != nullptr && !shapes.empty()) walk(page, shapes);
    }
    return std::move(mistakes_);
  }

 private:
  static void add_shape(Shapes& shapes, const FileStatement& statement,
                        const std::vector<std::string>& columns) {
    bool is_row = statement.shape == ResultShape::one;
    if (!is_row && statement.shape != ResultShape::many) return;
    shapes[variable_of(statement)] = {
        .kind = is_row ? Shape::Kind::row : Shape::Kind::rows,
        .columns = &columns};
  }

  void walk(const Page& page, const Shapes& shapes) {
    for (const ColumnMistake& mistake : find_mistakes(*page.program, shapes)) {
      std::vector<std::string_view> known(mistake.columns->begin(),
                                          mistake.columns->end());
      std::string_view nearest = nearest_word(mistake.column, known);
      std::string line =
          concat({folder_, "/", mistake.place.file, ":",
                  std::to_string(mistake.place.line), ": ",
                  mistake.object.empty() ? std::string("the row")
                                         : concat({"\"", mistake.object, "\""}),
                  " has no column \"", mistake.column, "\""});
      if (!nearest.empty())
        line.append(concat({", perhaps \"", nearest, "\""}));
      tell(std::move(line));
    }
  }

  void tell(std::string line) {
    if (std::ranges::find(mistakes_, line) == mistakes_.end())
      mistakes_.push_back(std::move(line));
  }

  const Site& site_;
  const std::string& folder_;
  std::span<const Description> descriptions_;
  std::size_t next_ = 0;
  std::vector<std::string> mistakes_;
};

}  // namespace

std::vector<SqlRef> statements_of(const Site& site) {
  std::vector<SqlRef> all;
  for (const Page& page : site.pages)
    for (const PageSection& section : page.sections)
      all.insert(all.end(), section.statements.begin(),
                 section.statements.end());
  return all;
}

std::vector<std::string> check_site(const Site& site, const std::string& folder,
                                    std::span<const Description> descriptions) {
  return SiteCheck(site, folder, descriptions).check();
}

}  // namespace trestle::pages
