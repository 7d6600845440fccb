// Reads just enough of an nginx.conf to find directives of ours: words, quotes,
// blocks, comments and `include`. Whether the file is right, `nginx -t` says.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace trestle::tools {

struct ConfDirective {
  std::vector<std::string> words;  // the name first
  std::string file;
  int line = 0;
};

// Every directive of the file and of those it includes, inner ones behind the
// blocks that they stand in. Error: a file cannot be read, or ends in the
// middle.
[[nodiscard]] Result<std::vector<ConfDirective>> read_nginx_conf(
    const std::string& path);

}  // namespace trestle::tools
