#include "pages/site_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.h"

namespace trestle::pages {

namespace {

namespace fs = std::filesystem;

Error unreadable(const fs::path& path, std::string_view why) {
  return {.code = "TRS010", .message = concat({path.string(), ": ", why})};
}

bool is_hidden(const fs::path& path) {
  return path.filename().string().starts_with('.');
}

Result<std::string> read_text(const fs::path& path, std::size_t limit_bytes) {
  std::error_code failed;
  if (fs::file_size(path, failed) > limit_bytes || failed)
    return unreadable(
        path, failed ? failed.message()
                     : concat({"larger than ", std::to_string(limit_bytes),
                               " bytes; serve it from a location of its own"}));
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return unreadable(path, "cannot be read");
  return text;
}

Result<std::vector<SiteFile>> read_all(const std::string& folder,
                                       std::vector<fs::path> paths,
                                       std::size_t limit_bytes) {
  std::ranges::sort(paths);
  std::vector<SiteFile> files;
  for (const fs::path& path : paths) {
    Result<std::string> text = read_text(path, limit_bytes);
    if (!text.ok()) return std::move(text).error();
    files.push_back({.name = path.lexically_relative(folder).generic_string(),
                     .text = std::move(text).value()});
  }
  return files;
}

}  // namespace

Result<std::vector<SiteFile>> read_site_files(const std::string& folder,
                                              std::size_t limit_bytes) {
  std::error_code failed;
  std::vector<fs::path> paths;
  fs::recursive_directory_iterator entries(folder, failed);
  for (; !failed && entries != fs::end(entries); entries.increment(failed)) {
    if (is_hidden(entries->path())) {
      entries.disable_recursion_pending();
      continue;
    }
    if (entries->is_symlink(failed))
      return unreadable(entries->path(),
                        "symbolic links are not followed in a folder of pages");
    if (entries->is_regular_file(failed)) paths.push_back(entries->path());
  }
  if (failed) return unreadable(folder, failed.message());
  return read_all(folder, std::move(paths), limit_bytes);
}

Result<SiteFile> read_file(const std::string& path, std::size_t limit_bytes) {
  Result<std::string> text = read_text(path, limit_bytes);
  if (!text.ok()) return std::move(text).error();
  return SiteFile{.name = path, .text = std::move(text).value()};
}

std::uint64_t stamp_of_files(const std::string& path) {
  auto stamp = [](const fs::directory_entry& entry) {
    std::error_code gone;
    auto time = entry.last_write_time(gone).time_since_epoch().count();
    auto size = entry.is_regular_file(gone) ? entry.file_size(gone) : 0;
    return fnv1a(concat({entry.path().string(), " ", std::to_string(time), " ",
                         std::to_string(size)}));
  };
  std::error_code failed;
  fs::directory_entry root(path, failed);
  std::uint64_t sum = stamp(root);  // of all files, in whatever order they come
  if (!root.is_directory(failed)) return sum;
  fs::recursive_directory_iterator entries(path, failed);
  for (; !failed && entries != fs::end(entries); entries.increment(failed))
    sum += stamp(*entries);
  return sum;
}

Result<std::vector<SiteFile>> read_templates(const std::string& folder,
                                             std::size_t limit_bytes) {
  std::error_code failed;
  std::vector<fs::path> paths;
  fs::directory_iterator entries(folder, failed);
  for (; !failed && entries != fs::end(entries); entries.increment(failed))
    if (!is_hidden(entries->path()) && is_template(entries->path().string()) &&
        entries->is_regular_file(failed))
      paths.push_back(entries->path());
  if (failed) return unreadable(folder, failed.message());
  return read_all(folder, std::move(paths), limit_bytes);
}

bool is_template(std::string_view name) {
  return name.ends_with(".html") || name.ends_with(".jinja") ||
         name.ends_with(".xml") || name.ends_with(".txt");
}

}  // namespace trestle::pages
