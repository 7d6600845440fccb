#include "auth/origin.h"

#include <algorithm>

#include "auth/errors.h"
#include "base/text.h"

namespace trestle::auth {

namespace {

// Lower case, without the port that the scheme implies.
std::string normal_origin(std::string_view scheme, std::string_view authority) {
  std::string origin = ascii_lower(concat({scheme, "://", authority}));
  std::string_view port = origin.starts_with("https:")  ? ":443"
                          : origin.starts_with("http:") ? ":80"
                                                        : "";
  if (!port.empty() && origin.ends_with(port))
    origin.resize(origin.size() - port.size());
  return origin;
}

bool is_authority(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' ||
           c == '[' || c == ']' || c == '_';
  });
}

// A header that may stand once. `repeated` is set when it stands more often.
std::optional<std::string_view> only(const Request& request,
                                     std::string_view name, bool& repeated) {
  std::optional<std::string_view> found;
  for (const HeaderView& header : request.headers) {
    if (!ascii_iequals(header.name, name)) continue;
    repeated = repeated || found.has_value();
    found = trim(header.value);
  }
  return found;
}

}  // namespace

Result<std::string> parse_origin(std::string_view text) {
  std::size_t end = text.find("://");
  if (end != std::string_view::npos && end > 0) {
    std::string_view scheme = text.substr(0, end);
    std::string_view authority = text.substr(end + 3);
    if (is_authority(scheme) && is_authority(authority))
      return normal_origin(scheme, authority);
  }
  return errors::configuration(
      concat({"\"", text,
              "\" is not an origin, expected scheme://host[:port] without a "
              "path, as in https://app.example.com"}));
}

Provenance provenance(const Request& request,
                      const std::vector<std::string>& trusted) {
  bool repeated = false;
  std::optional<std::string_view> origin = only(request, "origin", repeated);
  std::optional<std::string_view> site =
      only(request, "sec-fetch-site", repeated);
  if (repeated) return Provenance::cross_origin;

  std::string from;
  if (origin) {
    Result<std::string> parsed = parse_origin(*origin);
    if (parsed.ok()) from = std::move(parsed).value();
    if (!from.empty() &&
        std::find(trusted.begin(), trusted.end(), from) != trusted.end())
      return Provenance::same_origin;
  }
  if (site)
    return *site == "same-origin" || *site == "none" ? Provenance::same_origin
                                                     : Provenance::cross_origin;
  if (!origin) return Provenance::unknown;
  return !from.empty() && from == normal_origin(request.scheme, request.host)
             ? Provenance::same_origin
             : Provenance::cross_origin;
}

bool is_safe_method(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" ||
         method == "TRACE";
}

}  // namespace trestle::auth
