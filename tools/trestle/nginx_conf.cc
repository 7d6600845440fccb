#include "tools/trestle/nginx_conf.h"

#include <glob.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "tools/trestle/options.h"

namespace trestle::tools {

namespace {

constexpr int kDeepestInclude = 16;

Error wrong(std::string message) {
  return {.code = "TRS010", .message = std::move(message)};
}

// Relative names are those of the main file's folder, as nginx has it.
std::string absolute(const std::string& folder, const std::string& name) {
  return name.starts_with('/') ? name : concat({folder, "/", name});
}

std::vector<std::string> matching(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0)
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  return paths;
}

class Reader {
 public:
  explicit Reader(std::string folder) : folder_(std::move(folder)) {}

  Result<void> read(const std::string& path, int depth) {
    if (depth > kDeepestInclude)
      return wrong(concat({path, ": includes are nested too deeply"}));
    Result<std::string> text = read_file(path);
    if (!text.ok()) return wrong(concat({path, ": ", text.error().message}));
    return scan(path, *text, depth);
  }

  std::vector<ConfDirective> take() { return std::move(directives_); }

 private:
  Result<void> scan(const std::string& path, std::string_view text, int depth) {
    ConfDirective current{.words = {}, .file = path, .line = 1};
    int line = 1;
    for (std::size_t i = 0; i < text.size();) {
      char c = text[i];
      if (c == '\n') line++;
      if (c == '#') {
        i = std::min(text.find('\n', i), text.size());
      } else if (c == ';' || c == '{' || c == '}') {
        Result<void> done = finish(current, depth);
        if (!done.ok()) return done;
        i++;
      } else if (std::strchr(" \t\r\n", c) != nullptr) {
        i++;
      } else {
        if (current.words.empty()) current.line = line;
        std::size_t end = word_end(text, i);
        line += static_cast<int>(
            std::count(text.begin() + static_cast<std::ptrdiff_t>(i),
                       text.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
        current.words.push_back(word(text.substr(i, end - i)));
        i = end;
      }
    }
    if (current.words.empty()) return {};
    return wrong(concat({path, ":", std::to_string(current.line),
                         ": the file ends inside \"", current.words[0], "\""}));
  }

  static std::size_t word_end(std::string_view text, std::size_t i) {
    char quote = text[i] == '"' || text[i] == '\'' ? text[i] : '\0';
    for (i++; i < text.size(); i++) {
      char c = text[i];
      if (c == '\\') {
        i++;
      } else if (quote != '\0') {
        if (c == quote) return i + 1;
      } else if (std::strchr(" \t\r\n;", c) != nullptr) {
        return i;
      } else if (c == '{' && text[i - 1] != '$') {
        return i;
      }
    }
    return text.size();
  }

  static std::string word(std::string_view written) {
    char first = written[0];
    if ((first == '"' || first == '\'') && written.size() > 1)
      written = written.substr(1, written.size() - 2);
    std::string plain;
    for (std::size_t i = 0; i < written.size(); i++) {
      if (written[i] == '\\' && i + 1 < written.size() &&
          std::strchr("\"'\\", written[i + 1]) != nullptr)
        i++;
      plain.push_back(written[i]);
    }
    return plain;
  }

  Result<void> finish(ConfDirective& current, int depth) {
    if (current.words.empty()) return {};
    ConfDirective done = current;
    current.words.clear();
    if (done.words[0] != "include" || done.words.size() != 2) {
      directives_.push_back(std::move(done));
      return {};
    }
    for (const std::string& path : matching(absolute(folder_, done.words[1]))) {
      Result<void> read_in = read(path, depth + 1);
      if (!read_in.ok()) return read_in;
    }
    return {};
  }

  std::string folder_;
  std::vector<ConfDirective> directives_;
};

}  // namespace

Result<std::vector<ConfDirective>> read_nginx_conf(const std::string& path) {
  std::size_t slash = path.rfind('/');
  Reader reader(slash == std::string::npos ? "." : path.substr(0, slash));
  Result<void> read = reader.read(path, 0);
  if (!read.ok()) return std::move(read).error();
  return reader.take();
}

}  // namespace trestle::tools
