#include "support/curl_client.h"

#include <curl/curl.h>

#include <deque>

namespace trestle::testing {
namespace {

struct Transfer {
  CURL* handle = nullptr;
  curl_slist* headers = nullptr;
  CurlResponse response;
};

std::size_t take_body(char* bytes, std::size_t, std::size_t n, void* to) {
  static_cast<CurlResponse*>(to)->body.append(bytes, n);
  return n;
}

std::size_t take_header(char* bytes, std::size_t, std::size_t n, void* to) {
  std::string_view line(bytes, n);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return n;
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  while (!value.empty() && (value.back() == '\r' || value.back() == '\n'))
    value.remove_suffix(1);
  static_cast<CurlResponse*>(to)->headers.emplace_back(line.substr(0, colon),
                                                       value);
  return n;
}

void prepare(Transfer& transfer, const std::string& url,
             const CurlOptions& options) {
  CURL* handle = transfer.handle = curl_easy_init();
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(kDeadline.count()));
  curl_easy_setopt(handle, CURLOPT_PIPEWAIT, 1L);
  const long version = options.version == HttpVersion::two
                           ? CURL_HTTP_VERSION_2TLS
                       : options.version == HttpVersion::two_prior_knowledge
                           ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
                           : CURL_HTTP_VERSION_1_1;
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, version);
  if (options.method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else {
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, options.method.c_str());
  }
  if (!options.body.empty()) {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(options.body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, options.body.data());
  }
  for (const auto& [name, value] : options.headers)
    transfer.headers =
        curl_slist_append(transfer.headers, (name + ": " + value).c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, transfer.headers);
  if (options.compressed)
    curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(handle, CURLOPT_MAX_RECV_SPEED_LARGE,
                   static_cast<curl_off_t>(options.bytes_per_second));
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer.response);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer.response);
}

void finish(Transfer& transfer, CURLcode code) {
  long status = 0;
  long version = 0;
  curl_easy_getinfo(transfer.handle, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(transfer.handle, CURLINFO_HTTP_VERSION, &version);
  transfer.response.status = code == CURLE_OK ? static_cast<int>(status) : 0;
  transfer.response.version = version >= CURL_HTTP_VERSION_2_0 ? 2 : 1;
  if (code != CURLE_OK) transfer.response.error = curl_easy_strerror(code);
}

}  // namespace

CurlResponse curl(const std::string& url, const CurlOptions& options) {
  return curl_all({url}, options).front();
}

std::vector<CurlResponse> curl_all(const std::vector<std::string>& urls,
                                   const CurlOptions& options) {
  CURLM* all = curl_multi_init();
  curl_multi_setopt(all, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  std::deque<Transfer> transfers;  // addresses stay
  for (const std::string& url : urls) {
    prepare(transfers.emplace_back(), url, options);
    curl_multi_add_handle(all, transfers.back().handle);
  }
  int running = 1;
  while (running > 0 && curl_multi_perform(all, &running) == CURLM_OK)
    if (running > 0) curl_multi_poll(all, nullptr, 0, 100, nullptr);
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(all, &left))
    for (Transfer& transfer : transfers)
      if (transfer.handle == message->easy_handle)
        finish(transfer, message->data.result);
  std::vector<CurlResponse> responses;
  for (Transfer& transfer : transfers) {
    responses.push_back(std::move(transfer.response));
    curl_multi_remove_handle(all, transfer.handle);
    curl_easy_cleanup(transfer.handle);
    curl_slist_free_all(transfer.headers);
  }
  curl_multi_cleanup(all);
  return responses;
}

}  // namespace trestle::testing
