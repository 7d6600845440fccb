#include "http/outside.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "http/access.h"

namespace trestle::http {

namespace {

// The peer's address, where realip has not touched it: false when there is
// none.
bool peer_address(ngx_http_request_t* r, ngx_addr_t& address) {
  static constexpr std::string_view kName = "realip_remote_addr";
  ngx_str_t name = borrow(kName);
  const ngx_uint_t key = ngx_hash_key(name.data, name.len);
  const ngx_http_variable_value_t* text = ngx_http_get_variable(r, &name, key);
  if (text == nullptr || text->not_found || text->len == 0 ||
      view(*text) == view(r->connection->addr_text)) {
    address.sockaddr = r->connection->sockaddr;
    address.socklen = r->connection->socklen;
    return true;
  }
  static sockaddr_un unix_socket = {.sun_family = AF_UNIX, .sun_path = {}};
  if (view(*text).starts_with("unix:")) {
    address.sockaddr = reinterpret_cast<sockaddr*>(&unix_socket);
    address.socklen = sizeof unix_socket;
    return true;
  }
  return ngx_parse_addr(r->pool, &address, text->data, text->len) == NGX_OK;
}

bool is_trusted(ngx_http_request_t* r, ngx_array_t* proxies) {
  ngx_addr_t peer = {};
  return proxies != nullptr && peer_address(r, peer) &&
         ngx_cidr_match(peer.sockaddr, proxies) == NGX_OK;
}

bool is_loopback(const sockaddr* address) {
  switch (address->sa_family) {
    case AF_UNIX:
      return true;
    case AF_INET: {
      const auto* in = reinterpret_cast<const sockaddr_in*>(address);
      return (ntohl(in->sin_addr.s_addr) >> 24) == 127;
    }
    case AF_INET6: {
      const auto* in6 = reinterpret_cast<const sockaddr_in6*>(address);
      return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
    }
    default:
      return false;
  }
}

// The last element of the last header of that name.
std::string_view last_value(ngx_http_request_t* r, std::string_view name) {
  std::string_view found;
  for (ngx_list_part_t* part = &r->headers_in.headers.part; part != nullptr;
       part = part->next) {
    auto* headers = static_cast<ngx_table_elt_t*>(part->elts);
    for (ngx_uint_t i = 0; i < part->nelts; i++)
      if (ascii_iequals(view(headers[i].key), name))
        found = view(headers[i].value);
  }
  const std::size_t comma = found.rfind(',');
  return trim(comma == std::string_view::npos ? found
                                              : found.substr(comma + 1));
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 255 + 6 &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
                  c == ':' || c == '[' || c == ']';
         });
}

std::string_view own_host(ngx_http_request_t* r) {
  if (r->headers_in.host != nullptr) return view(r->headers_in.host->value);
  return view(r->headers_in.server);
}

std::string_view own_scheme(ngx_http_request_t* r) {
#if (NGX_HTTP_SSL)
  if (r->connection->ssl != nullptr) return "https";
#endif
  return "http";
}

}  // namespace

OutsideView outside_view(ngx_http_request_t* r, ngx_array_t* proxies) {
  OutsideView seen = {.scheme = own_scheme(r), .host = own_host(r)};
  if (!is_trusted(r, proxies)) return seen;
  const std::string_view scheme = last_value(r, "X-Forwarded-Proto");
  for (std::string_view known : {"http", "https"})
    if (ascii_iequals(scheme, known)) seen.scheme = known;
  const std::string_view host = last_value(r, "X-Forwarded-Host");
  if (is_host(host)) seen.host = host;
  return seen;
}

bool is_local_client(ngx_http_request_t* r, ngx_array_t* proxies) {
  static constexpr std::array<std::string_view, 5> kMarks = {
      "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via"};
  ngx_addr_t peer = {};
  if (!peer_address(r, peer) || !is_loopback(peer.sockaddr) ||
      !is_loopback(r->connection->sockaddr) || is_trusted(r, proxies))
    return false;
  return std::none_of(kMarks.begin(), kMarks.end(), [&](std::string_view mark) {
    return find_header(r, mark) != nullptr;
  });
}

}  // namespace trestle::http
