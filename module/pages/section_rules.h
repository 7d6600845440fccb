// What pages add to the annotations of SQL files (docs/pages.md): who may ask,
// what a form's fields must be, where the browser goes on success, and which
// list is sent while it is read.
//
//   -- @require session.user_id else /login
//   -- @field stars int required min=1 max=5
//   -- @redirect /products/{id}#reviews
//   -- @flash ok "Thank you, {author}"
//   -- @refuse "Wrong e-mail address or password"
//   -- @stream
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/handler_file.h"

namespace trestle::pages {

struct FieldRule {
  enum class Type { text, integer, number, boolean, date, email, url, file };
  std::string name;
  Type type = Type::text;
  bool required = false;
  // Of a number's value, a text's characters, a file's bytes.
  std::optional<double> min = std::nullopt;
  std::optional<double> max = std::nullopt;
  std::vector<std::string> choices = {};  // oneof=a|b|c; empty: any
  std::string message = {};               // in place of ours; empty: none
};

struct Requirement {
  std::string claim;
  std::string otherwise;  // path below the site's root
};

struct FlashRule {
  std::string category;
  std::vector<TemplatePiece> text;
};

// A piece of `redirect` and `flashes` that is neither text nor a cell has a
// parameter's or field's name as its text, and kUnresolved as statement.
struct SectionRules {
  std::vector<FieldRule> fields;
  std::vector<Requirement> requirements;
  std::vector<TemplatePiece> redirect;
  std::vector<FlashRule> flashes;
  std::string refusal;  // of @one without a row, under POST
  // The last statement, whose rows are sent as they come.
  std::optional<std::size_t> stream;

  [[nodiscard]] const FieldRule* field(std::string_view name) const;
};

inline constexpr auto kPageAnnotations = std::to_array<std::string_view>(
    {"field", "require", "redirect", "flash", "refuse", "stream"});

// Errors: TRS021, "path:line: what".
[[nodiscard]] Result<SectionRules> parse_section_rules(
    const HandlerFile& file, const FileSection& section);

}  // namespace trestle::pages
