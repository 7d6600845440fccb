#include "sql/section_checks.h"

#include <algorithm>

#include "base/text.h"

namespace trestle {

namespace {

using Fault = std::optional<SqlFault>;

Fault fault(std::size_t offset, std::string message) {
  return SqlFault{.message = std::move(message), .offset = offset};
}

Fault check_statements(const FileSection& section,
                       const SectionPlaces& places) {
  bool answers_itself = section.ends_session || !section.extras.empty();
  if (!section.statements.empty() || answers_itself) return std::nullopt;
  return fault(places.section, section.method.empty()
                                   ? "the file has no statement"
                                   : "the section has no statement");
}

bool is_taken(const FileSection& section, std::size_t index) {
  const std::string& name = section.statements[index].name;
  if (name.empty()) return false;
  for (std::size_t i = 0; i < index; i++)
    if (section.statements[i].name == name) return true;
  return false;
}

Fault check_results(const FileSection& section, const SectionPlaces& places) {
  bool several = section.statements.size() > 1;
  bool names_needed = section.result_count() > 1;
  for (std::size_t i = 0; i < section.statements.size(); i++) {
    const FileStatement& statement = section.statements[i];
    std::size_t begin = places.statements[i].begin;
    if (several && !places.statements[i].annotated)
      return fault(begin,
                   "one of several statements needs \"@one name\", \"@many "
                   "name\", \"@value name\" or \"@exec\" before it");
    if (statement.shape == ResultShape::exec) continue;
    if (names_needed && statement.name.empty())
      return fault(begin,
                   "one of several results needs a name, as in \"@one "
                   "product\"");
    if (is_taken(section, i))
      return fault(begin, concat({"a second result \"", statement.name, "\""}));
  }
  return std::nullopt;
}

Fault check_access(const FileSection& section, const SectionPlaces& places) {
  if (section.method != "GET") return std::nullopt;
  for (std::size_t i = 0; i < section.statements.size(); i++)
    if (section.statements[i].facts.access == Access::write)
      return fault(places.statements[i].begin,
                   "a statement under \"@get\" changes data or locks rows, "
                   "but GET is read-only");
  return std::nullopt;
}

Fault check_login(const FileSection& section, const SectionPlaces& places) {
  if (!places.session && !places.token) return std::nullopt;
  if (section.ends_session) {
    if (!places.token) return std::nullopt;
    return fault(*places.token,
                 "\"@token\" and \"@session end\" exclude each other");
  }
  bool has_claims =
      section.result_count() == 1 &&
      std::ranges::any_of(section.statements, [](const FileStatement& each) {
        return each.shape == ResultShape::one;
      });
  if (has_claims) return std::nullopt;
  return fault(places.token ? *places.token : *places.session,
               "the section must have exactly one result, and \"@one\" before "
               "it: its row becomes the claims");
}

// Index of the only @one.
std::optional<std::size_t> only_one(const FileSection& section) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < section.statements.size(); i++) {
    if (section.statements[i].shape != ResultShape::one) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

std::optional<std::size_t> named_result(const FileSection& section,
                                        std::string_view name,
                                        ResultShape shape) {
  for (std::size_t i = 0; i < section.statements.size(); i++)
    if (!name.empty() && section.statements[i].name == name &&
        section.statements[i].shape == shape)
      return i;
  return std::nullopt;
}

// {value}, {result.column}, or {column} of the only @one.
bool resolve(const FileSection& section, TemplatePiece& piece) {
  std::string text = std::move(piece.text);
  std::size_t dot = text.find('.');
  if (dot != std::string::npos) {
    piece.statement =
        named_result(section, text.substr(0, dot), ResultShape::one);
    piece.column = text.substr(dot + 1);
  } else {
    piece.statement = named_result(section, text, ResultShape::value);
    if (!piece.statement && !text.empty()) {
      piece.statement = only_one(section);
      piece.column = text;
    }
  }
  piece.text.clear();
  return piece.statement.has_value();
}

Fault resolve_headers(FileSection& section, const SectionPlaces& places) {
  for (std::size_t i = 0; i < section.headers.size(); i++)
    for (TemplatePiece& piece : section.headers[i].value) {
      if (!piece.statement) continue;
      std::string written = piece.text;
      if (resolve(section, piece)) continue;
      return fault(places.headers[i],
                   concat({"{", written,
                           "} names no \"@value\" and no column of an \"@one\" "
                           "result"}));
    }
  return std::nullopt;
}

}  // namespace

Fault check_section(FileSection& section, const SectionPlaces& places) {
  for (auto check :
       {&check_statements, &check_results, &check_access, &check_login})
    if (Fault found = check(section, places)) return found;
  return resolve_headers(section, places);
}

}  // namespace trestle
