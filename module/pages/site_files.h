// The files of a site, read once at configuration load: the only place where
// pages touch the file system.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace trestle::pages {

struct SiteFile {
  std::string name;  // below the folder, with forward slashes
  std::string text;
};

// Every file below `folder`, by name; whatever begins with a dot is left out.
// Errors (TRS010): the folder or a file cannot be read, a symbolic link (it
// could lead out of the folder), a file of more than `limit_bytes`.
[[nodiscard]] Result<std::vector<SiteFile>> read_site_files(
    const std::string& folder, std::size_t limit_bytes);

// One file, under its whole path.
[[nodiscard]] Result<SiteFile> read_file(const std::string& path,
                                         std::size_t limit_bytes);

// Of a folder or a file: another number when a file has changed, come or gone.
[[nodiscard]] std::uint64_t stamp_of_files(const std::string& path);

// The templates that lie in `folder` itself, for a page outside of a site.
[[nodiscard]] Result<std::vector<SiteFile>> read_templates(
    const std::string& folder, std::size_t limit_bytes);

// Whether a file of that name is a template: .html, .jinja, .xml, .txt.
[[nodiscard]] bool is_template(std::string_view name);

}  // namespace trestle::pages
