// Headers that depend on the request alone: CORS (Fetch Standard 3.2), trace.
#include <algorithm>

#include "rest/answer.h"

namespace trestle::rest {

std::vector<Header> request_headers(const Request& request,
                                    const RestConfig& config) {
  std::vector<Header> headers;
  headers.push_back({"Vary", "Accept, Prefer, Range"});
  if (!config.trace_header.empty())
    if (auto value = request.header(config.trace_header))
      headers.push_back({config.trace_header, std::string(*value)});
  std::optional<std::string_view> origin = request.header("Origin");
  if (!origin) return headers;
  bool any = config.cors_origins.empty();
  if (!any && std::find(config.cors_origins.begin(), config.cors_origins.end(),
                        *origin) == config.cors_origins.end())
    return headers;
  headers.push_back({"Access-Control-Allow-Origin",
                     any ? std::string("*") : std::string(*origin)});
  if (!any) headers.push_back({"Vary", "Origin"});
  if (request.method != "OPTIONS") {
    headers.push_back(
        {"Access-Control-Expose-Headers",
         "Content-Encoding, Content-Location, Content-Range, Content-Type, "
         "Date, Location, Server, Transfer-Encoding, Range-Unit"});
    if (config.etag)
      headers.push_back({"Access-Control-Expose-Headers", "ETag"});
    if (request.query.find("after=") != std::string_view::npos)
      headers.push_back({"Access-Control-Expose-Headers", "Link"});
    return headers;
  }
  headers.push_back({"Access-Control-Allow-Methods",
                     "GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD"});
  std::string allowed = "Authorization";
  if (auto asked = request.header("Access-Control-Request-Headers"))
    for (std::string_view name : split(*asked, ',')) {
      allowed += ", ";
      allowed += trim(name);
    }
  headers.push_back({"Access-Control-Allow-Headers",
                     allowed + ", Accept, Accept-Language, Content-Language"});
  headers.push_back({"Access-Control-Max-Age", "86400"});
  return headers;
}

}  // namespace trestle::rest
