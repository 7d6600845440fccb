#include "frontend/stored_request.h"

#include <algorithm>

#include "base/text.h"

namespace trestle {
namespace {

constexpr std::string_view kKeptHeaders[] = {
    "accept", "accept-language", "accept-profile", "content-type",
    "prefer", "range",           "range-unit",
};

bool is_kept(std::string_view name, bool cookies) {
  if (ascii_iequals(name, "cookie")) return cookies;
  return std::ranges::any_of(kKeptHeaders, [&](std::string_view kept) {
    return ascii_iequals(name, kept);
  });
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::optional<std::string_view> find(const Pairs& pairs,
                                     std::string_view name) {
  for (const auto& [known, value] : pairs)
    if (known == name) return value;
  return std::nullopt;
}

// With its length in front, so that neighbours cannot run into each other.
void append_part(std::string& key, std::string_view text) {
  key.append(std::to_string(text.size())).append(":").append(text);
}

void append_pairs(std::string& key, const Pairs& pairs) {
  append_part(key, std::to_string(pairs.size()));
  for (const auto& [name, value] : pairs) {
    append_part(key, name);
    append_part(key, value);
  }
}

}  // namespace

StoredRequest::StoredRequest(const Request& request, bool cookies)
    : method_(request.method),
      path_(request.path),
      query_(request.query),
      scheme_(request.scheme),
      host_(request.host),
      body_(request.body) {
  for (const HeaderView& header : request.headers)
    if (is_kept(header.name, cookies))
      headers_.emplace_back(ascii_lower(header.name), header.value);
  static_cast<void>(take_argument("access_token"));
  static_cast<void>(take_argument("apikey"));
}

std::string StoredRequest::take_argument(std::string_view name) {
  std::string rest;
  std::string value;
  for (std::string_view pair : split(query_, '&')) {
    const std::size_t equal = pair.find('=');
    if (pair.substr(0, equal) == name) {
      if (equal != std::string_view::npos)
        value = url_decode(pair.substr(equal + 1), true).value_or("");
    } else if (!pair.empty()) {
      if (!rest.empty()) rest.push_back('&');
      rest.append(pair);
    }
  }
  query_ = std::move(rest);
  return value;
}

void StoredRequest::add_param(std::string_view name, std::string_view value) {
  params_.emplace_back(name, value);
}
void StoredRequest::add_capture(std::string_view name, std::string_view value) {
  captures_.emplace_back(name, value);
}
void StoredRequest::add_variable(std::string_view name,
                                 std::string_view value) {
  variables_.emplace_back(name, value);
}

void StoredRequest::set_header(std::string_view name, std::string_view value) {
  std::erase_if(headers_, [&](const auto& header) {
    return ascii_iequals(header.first, name);
  });
  headers_.emplace_back(ascii_lower(name), value);
}

Request StoredRequest::view() const {
  header_views_.clear();
  for (const auto& [name, value] : headers_)
    header_views_.push_back({.name = name, .value = value});
  return {.method = method_,
          .path = path_,
          .query = query_,
          .scheme = scheme_,
          .host = host_,
          .headers = header_views_,
          .body = body_};
}

std::string StoredRequest::key() const {
  std::string key;
  for (const std::string* part :
       {&method_, &path_, &query_, &scheme_, &host_, &body_})
    append_part(key, *part);
  for (const Pairs* pairs : {&headers_, &params_, &captures_, &variables_})
    append_pairs(key, *pairs);
  return key;
}

std::optional<std::string_view> StoredRequest::param(
    std::string_view name) const {
  return find(params_, name);
}
std::optional<std::string_view> StoredRequest::capture(
    std::string_view name) const {
  return find(captures_, name);
}
std::optional<std::string_view> StoredRequest::variable(
    std::string_view name) const {
  return find(variables_, name);
}

}  // namespace trestle
