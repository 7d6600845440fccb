// Reading a folder of templates. Apart from the rest, which does no I/O.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "pages/program.h"

namespace trestle::pages {

std::optional<TemplateError> add_folder(TemplateSet& set,
                                        const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code failed;
  std::vector<fs::path> files;
  fs::recursive_directory_iterator entries(folder, failed);
  for (; !failed && entries != fs::end(entries); entries.increment(failed))
    if (entries->is_regular_file()) files.push_back(entries->path());
  auto error = [&](const fs::path& path, std::string message) {
    return TemplateError{.kind = TemplateError::Kind::notfound,
                         .file = path.string(),
                         .message = std::move(message)};
  };
  if (failed) return error(folder, failed.message());
  std::ranges::sort(files);
  for (const fs::path& path : files) {
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file) return error(path, "cannot be read");
    set.add(fs::relative(path, folder, failed).generic_string(), text);
  }
  return std::nullopt;
}

}  // namespace trestle::pages
