#include "sql/handler_file.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace trestle {

namespace {

constexpr auto kReadMethods = std::to_array<std::string_view>({"GET", "HEAD"});
constexpr auto kWriteMethods =
    std::to_array<std::string_view>({"POST", "PUT", "PATCH", "DELETE"});

bool contains(const auto& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

bool serves(const FileSection& section, std::string_view method) {
  if (!section.method.empty())
    return section.method == method ||
           (section.method == "GET" && method == "HEAD");
  bool may_write = std::ranges::any_of(
      section.statements, [](const FileStatement& statement) {
        return statement.facts.access == Access::write ||
               statement.facts.calls_functions;
      });
  bool reads = !section.writes() && !section.ends_session && !section.token_s &&
               !section.begins_session;
  return contains(kReadMethods, method)
             ? reads
             : (may_write || !reads) && contains(kWriteMethods, method);
}

}  // namespace

std::string FileParam::spelling() const {
  switch (source) {
    case ParamSource::named:
    case ParamSource::body:
      return name;
    case ParamSource::claim:
      return concat({"claims.", name});
    case ParamSource::header:
      return concat({"header.", name});
    case ParamSource::cookie:
      return concat({"cookie.", name});
    case ParamSource::variable:
      return concat({"var.", name});
  }
  return name;
}

bool FileSection::writes() const {
  return std::ranges::any_of(statements, [](const FileStatement& statement) {
    return statement.facts.access == Access::write;
  });
}

std::size_t FileSection::result_count() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(statements, [](const FileStatement& statement) {
        return statement.shape != ResultShape::exec;
      }));
}

const FileSection* HandlerFile::find(std::string_view method,
                                     std::string_view name) const {
  for (const FileSection& section : sections)
    if (section.name == name && serves(section, method)) return &section;
  return nullptr;
}

std::vector<std::string_view> HandlerFile::methods() const {
  std::vector<std::string_view> served;
  auto add_if_served = [&](std::string_view method) {
    if (std::ranges::any_of(sections, [&](const FileSection& section) {
          return serves(section, method);
        }))
      served.push_back(method);
  };
  for (std::string_view method : kReadMethods) add_if_served(method);
  for (std::string_view method : kWriteMethods) add_if_served(method);
  return served;
}

std::vector<FileParam> variable_params(const HandlerFile& file) {
  std::vector<FileParam> found;
  for (const FileSection& section : file.sections)
    for (const FileParam& param : section.params)
      if (param.source == ParamSource::variable) found.push_back(param);
  return found;
}

}  // namespace trestle
