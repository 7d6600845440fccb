#include "tools/trestle/options.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/text.h"

namespace trestle::tools {

namespace {

Error usage_error(std::string message) {
  return {.code = "TRS000", .http_status = 500, .message = std::move(message)};
}

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

}  // namespace

Result<Options> Options::parse(Arguments arguments,
                               std::span<const OptionSpec> specs) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); i++) {
    std::string_view word = arguments[i];
    bool is_short = word.size() == 2 && word[0] == '-' && word[1] != '-';
    if (!is_short && !word.starts_with("--")) {
      options.plain_.push_back(word);
      continue;
    }
    std::size_t equals = word.find('=');
    std::string_view name = word.substr(0, equals).substr(is_short ? 1 : 2);
    auto spec = std::find_if(specs.begin(), specs.end(),
                             [&](const auto& s) { return s.name == name; });
    if (spec == specs.end())
      return usage_error(concat({"unknown option \"--", name, "\""}));
    if (!spec->repeats && options.has(name))
      return usage_error(concat({"\"--", name, "\" is given twice"}));
    if (!spec->takes_value && equals != std::string_view::npos)
      return usage_error(concat({"\"--", name, "\" takes no value"}));
    std::string_view value;
    if (equals != std::string_view::npos)
      value = word.substr(equals + 1);
    else if (spec->takes_value && ++i == arguments.size())
      return usage_error(concat({"\"--", name, "\" needs a value"}));
    else if (spec->takes_value)
      value = arguments[i];
    options.given_.push_back({name, value});
  }
  return options;
}

bool Options::has(std::string_view name) const {
  return value(name).has_value();
}

std::optional<std::string_view> Options::value(std::string_view name) const {
  for (const Given& given : given_)
    if (given.name == name) return given.value;
  return std::nullopt;
}

std::vector<std::string_view> Options::values(std::string_view name) const {
  std::vector<std::string_view> all;
  for (const Given& given : given_)
    if (given.name == name) all.push_back(given.value);
  return all;
}

int complain(std::string_view command, std::string_view message, int status) {
  std::string line = concat({"trestle ", command, ": ", message, "\n"});
  std::fwrite(line.data(), 1, line.size(), stderr);
  return status;
}

Result<std::string> read_file(std::string_view path) {
  std::string name(path);
  std::unique_ptr<std::FILE, CloseFile> file(
      name == "-" ? stdin : std::fopen(name.c_str(), "rb"));
  std::string content;
  std::array<char, 4096> buffer;
  while (file) {
    std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get());
    content.append(buffer.data(), got);
    if (got < buffer.size()) break;
  }
  if (file && std::ferror(file.get()) == 0) return content;
  return usage_error(
      concat({"cannot read \"", path, "\": ", std::strerror(errno)}));
}

}  // namespace trestle::tools
