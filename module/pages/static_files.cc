#include "pages/static_files.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/text.h"
#include "pages/http_cache.h"

namespace trestle::pages {

namespace {

struct MediaType {
  std::string_view ending;
  std::string_view type;
};

constexpr auto kMediaTypes = std::to_array<MediaType>({
    {"avif", "image/avif"},
    {"css", "text/css; charset=utf-8"},
    {"csv", "text/csv; charset=utf-8"},
    {"gif", "image/gif"},
    {"html", "text/html; charset=utf-8"},
    {"ico", "image/x-icon"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "text/javascript; charset=utf-8"},
    {"json", "application/json"},
    {"map", "application/json"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"svg", "image/svg+xml"},
    {"txt", "text/plain; charset=utf-8"},
    {"wasm", "application/wasm"},
    {"webmanifest", "application/manifest+json"},
    {"webp", "image/webp"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"xml", "application/xml"},
});

constexpr std::size_t kFingerprintDigits = 8;
constexpr int kNotModified = 304;

std::string_view media_type_of(std::string_view name) {
  std::size_t dot = name.rfind('.');
  if (dot != std::string_view::npos)
    for (const MediaType& each : kMediaTypes)
      if (ascii_iequals(each.ending, name.substr(dot + 1))) return each.type;
  return "application/octet-stream";
}

std::string fingerprint_of(std::string_view text) {
  std::uint64_t hash = fnv1a(text);
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>((hash ^ (hash << 29)) >> shift));
  return hex_encode(bytes).substr(0, kFingerprintDigits);
}

// Where the last ending of the file name begins, or its end.
std::size_t ending_of(std::string_view name) {
  std::size_t slash = name.rfind('/');
  std::size_t dot = name.rfind('.');
  bool has_ending = dot != std::string_view::npos &&
                    (slash == std::string_view::npos || dot > slash + 1);
  return has_ending ? dot : name.size();
}

// "css/app.3fa9c1d2.css": the name without it, and the fingerprint.
struct Split {
  std::string name;
  std::string_view fingerprint;
};
std::optional<Split> split_fingerprint(std::string_view name) {
  std::size_t end = ending_of(name);
  std::string_view stem = name.substr(0, end);
  std::size_t dot = stem.rfind('.');
  if (dot == std::string_view::npos ||
      stem.size() - dot != kFingerprintDigits + 1)
    return std::nullopt;
  return Split{.name = concat({stem.substr(0, dot), name.substr(end)}),
               .fingerprint = stem.substr(dot + 1)};
}

bool takes_gzip(const Request& request) {
  std::string_view accepted = request.header("accept-encoding").value_or("");
  for (std::string_view item : split(accepted, ',')) {
    if (trim(item.substr(0, item.find(';'))) != "gzip") continue;
    std::size_t quality = item.find("q=");
    return quality == std::string_view::npos ||
           item.find_first_not_of("0.", quality + 2) != std::string_view::npos;
  }
  return false;
}

}  // namespace

void StaticFiles::add(std::string name, std::string text) {
  files_[std::move(name)].text = std::move(text);
}

void StaticFiles::finish() {
  for (auto& [name, file] : files_) {
    file.fingerprint = fingerprint_of(file.text);
    std::size_t end = ending_of(name);
    file.public_name =
        concat({std::string_view(name).substr(0, end), ".", file.fingerprint,
                std::string_view(name).substr(end)});
    auto gzip = files_.find(concat({name, ".gz"}));
    if (gzip != files_.end()) file.gzip = gzip->second.text;
  }
}

std::string_view StaticFiles::fingerprinted(std::string_view name) const {
  auto found = files_.find(name);
  if (found == files_.end()) return {};
  return found->second.public_name;
}

bool StaticFiles::answer(std::string_view name, const Request& request,
                         ResponseSink& response) const {
  auto found = files_.find(name);
  bool is_immutable = false;
  if (found == files_.end()) {
    std::optional<Split> named = split_fingerprint(name);
    if (named) found = files_.find(named->name);
    if (found == files_.end()) return false;
    is_immutable = named->fingerprint == found->second.fingerprint;
  }
  const File& file = found->second;
  bool gzip = !file.gzip.empty() && takes_gzip(request);
  const std::string& text = gzip ? file.gzip : file.text;
  ResponseHead head{.content_type = std::string(media_type_of(found->first))};
  std::string tag = concat({"\"", file.fingerprint, gzip ? "-gzip\"" : "\""});
  head.headers.push_back({.name = "Cache-Control",
                          .value = is_immutable
                                       ? "public, max-age=31536000, immutable"
                                       : "no-cache"});
  head.headers.push_back(
      {.name = "X-Content-Type-Options", .value = "nosniff"});
  if (!file.gzip.empty())
    head.headers.push_back({.name = "Vary", .value = "Accept-Encoding"});
  bool is_known = has_tag(request, tag);
  head.headers.push_back({.name = "ETag", .value = std::move(tag)});
  if (is_known) {
    head.status = kNotModified;
    head.content_type.clear();
  } else {
    if (gzip)
      head.headers.push_back({.name = "Content-Encoding", .value = "gzip"});
    head.content_length = text.size();
  }
  response.head(std::move(head));
  if (!is_known) static_cast<void>(response.body(text));
  response.end();
  return true;
}

}  // namespace trestle::pages
