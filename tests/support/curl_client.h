// Requests that need TLS or HTTP/2, by libcurl.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/http_client.h"

namespace trestle::testing {

enum class HttpVersion { one, two, two_prior_knowledge };

struct CurlOptions {
  HttpVersion version = HttpVersion::one;
  std::string method = "GET";
  Headers headers = {};
  std::string body = {};
  bool compressed = false;    // asks for gzip, and undoes it
  long bytes_per_second = 0;  // of the answer; 0: as fast as it comes
};

struct CurlResponse : Response {
  int version = 0;    // 1 or 2
  std::string error;  // why status is 0
};

// One request. Certificates are not checked: the tests make their own.
[[nodiscard]] CurlResponse curl(const std::string& url,
                                const CurlOptions& options = {});

// All at once, over one connection where HTTP/2 allows it.
[[nodiscard]] std::vector<CurlResponse> curl_all(
    const std::vector<std::string>& urls, const CurlOptions& options = {});

}  // namespace trestle::testing
