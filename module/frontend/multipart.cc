#include "frontend/multipart.h"

#include <optional>
#include <string>

#include "base/text.h"

namespace trestle {

namespace {

constexpr std::size_t kMostParts = 1000;
constexpr std::size_t kLongestBoundary = 70;  // RFC 2046 5.1.1

Error malformed() {
  return {.code = "TRS109",
          .http_status = 400,
          .message = "The body is not the multipart form that it says it is"};
}

// The value of `name` among "; name=value; name="value"" parameters.
std::optional<std::string> parameter(std::string_view header,
                                     std::string_view name) {
  std::size_t at = header.find(';');
  while (at < header.size()) {
    at++;
    std::size_t equals = header.find('=', at);
    if (equals == std::string_view::npos) return std::nullopt;
    std::string_view key = trim(header.substr(at, equals - at));
    std::string value;
    at = equals + 1;
    if (at < header.size() && header[at] == '"') {
      std::size_t end = header.find('"', at + 1);
      if (end == std::string_view::npos) return std::nullopt;
      value = header.substr(at + 1, end - at - 1);
      at = std::min(header.find(';', end), header.size());
    } else {
      std::size_t end = std::min(header.find(';', at), header.size());
      value = trim(header.substr(at, end - at));
      at = end;
    }
    if (ascii_iequals(key, name)) return value;
  }
  return std::nullopt;
}

// What browsers write for a quote and line ends inside a name (HTML standard,
// "multipart/form-data encoding algorithm").
std::string unescape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::string_view three = text.substr(0, 3);
    bool is_escape = three == "%22" || three == "%0D" || three == "%0A";
    if (is_escape)
      out.push_back(three == "%22" ? '"' : three == "%0D" ? '\r' : '\n');
    else
      out.push_back(text.front());
    text.remove_prefix(is_escape ? 3 : 1);
  }
  return out;
}

struct Part {
  std::optional<std::string> name;
  std::optional<std::string> file;
  std::string_view type;
  std::string_view content;
};

void read_header(Part& part, std::string_view line) {
  std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string_view value = trim(line.substr(colon + 1));
  if (ascii_iequals(line.substr(0, colon), "content-type")) part.type = value;
  if (!ascii_iequals(line.substr(0, colon), "content-disposition")) return;
  part.name = parameter(value, "name");
  part.file = parameter(value, "filename");
}

// Headers, a blank line, content.
std::optional<Part> read_part(std::string_view text) {
  Part part;
  while (true) {
    std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.empty()) break;
    read_header(part, line);
  }
  part.content = text;
  if (!part.name) return std::nullopt;
  return part;
}

void add(NamedValues& values, const Part& part) {
  std::string name = unescape(*part.name);
  if (!part.file) return values.add(name, std::string(part.content));
  if (part.file->empty() && part.content.empty()) return;
  values.add(concat({name, "_name"}), unescape(*part.file));
  values.add(concat({name, "_type"}), std::string(part.type));
  values.add(std::move(name), concat({"\\x", hex_encode(part.content)}));
}

}  // namespace

Result<NamedValues> parse_multipart(std::string_view content_type,
                                    std::string_view body) {
  std::optional<std::string> boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kLongestBoundary)
    return malformed();
  std::string first = concat({"--", *boundary});
  std::string next = concat({"\r\n--", *boundary});
  if (!body.starts_with(first)) return malformed();
  body.remove_prefix(first.size());

  NamedValues values;
  for (std::size_t parts = 0; !body.starts_with("--"); parts++) {
    if (!body.starts_with("\r\n") || parts == kMostParts) return malformed();
    body.remove_prefix(2);
    std::size_t end = body.find(next);
    if (end == std::string_view::npos) return malformed();
    std::optional<Part> part = read_part(body.substr(0, end));
    if (!part) return malformed();
    add(values, *part);
    body.remove_prefix(end + next.size());
  }
  return values;
}

}  // namespace trestle
