#include "http/headers.h"

#include "base/http_token.h"
#include "base/text.h"
#include "http/context.h"

namespace trestle::http {

namespace {

bool has_control_byte(std::string_view text) {
  for (char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  return false;
}

bool set_content_type(ngx_http_request_t* r, std::string_view type) {
  r->headers_out.content_type = pool_copy(r->pool, type);
  if (r->headers_out.content_type.data == nullptr) return false;
  // nginx compares the media type alone, as in gzip_types.
  std::size_t length = type.find(';');
  if (length == std::string_view::npos) length = type.size();
  r->headers_out.content_type_len = trim(type.substr(0, length)).size();
  r->headers_out.content_type_lowcase = nullptr;
  return true;
}

// Headers that other modules of nginx look at.
void remember(ngx_http_request_t* r, ngx_table_elt_t* header) {
  std::string_view name = view(header->key);
  if (ascii_iequals(name, "ETag")) r->headers_out.etag = header;
  if (ascii_iequals(name, "Content-Encoding"))
    r->headers_out.content_encoding = header;
  if (ascii_iequals(name, "WWW-Authenticate"))
    r->headers_out.www_authenticate = header;
  if (ascii_iequals(name, "Server")) r->headers_out.server = header;
  if (ascii_iequals(name, "Date")) r->headers_out.date = header;
  if (ascii_iequals(name, "Expires")) r->headers_out.expires = header;
  if (ascii_iequals(name, "Content-Range"))
    r->headers_out.content_range = header;
}

bool set_header(ngx_http_request_t* r, const Header& header) {
  if (ascii_iequals(header.name, "Content-Type"))
    return set_content_type(r, header.value);
  // The connection's own affairs: nginx decides them.
  for (std::string_view own :
       {"Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive"})
    if (ascii_iequals(header.name, own)) return true;
  ngx_table_elt_t* added = add_header(r, header.name, header.value);
  if (added == nullptr) return false;
  remember(r, added);
  return true;
}

bool set_status_line(ngx_http_request_t* r, const ResponseHead& head) {
  if (head.reason.empty()) {
    r->headers_out.status_line.len = 0;
    return true;
  }
  u_char number[NGX_INT_T_LEN];
  u_char* end = ngx_sprintf(number, "%03d", head.status);
  std::string_view digits(reinterpret_cast<char*>(number),
                          static_cast<std::size_t>(end - number));
  r->headers_out.status_line =
      pool_copy(r->pool, concat({digits, " ", head.reason}));
  return r->headers_out.status_line.data != nullptr;
}

}  // namespace

ngx_table_elt_t* add_header(ngx_http_request_t* r, std::string_view name,
                            std::string_view value) {
  ngx_str_t key = pool_copy(r->pool, name);
  ngx_str_t text = pool_copy(r->pool, value);
  if (key.data == nullptr || text.data == nullptr) return nullptr;
  auto* header =
      static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_out.headers));
  if (header == nullptr) return nullptr;
  *header = {};
  header->hash = 1;
  header->key = key;
  header->value = text;
  return header;
}

bool set_head(ngx_http_request_t* r, const ResponseHead& head) {
  r->headers_out.status = static_cast<ngx_uint_t>(head.status);
  if (!set_status_line(r, head)) return false;
  if (head.content_type.empty()) {
    r->headers_out.content_type.len = 0;
    r->headers_out.content_type_len = 0;
  } else if (!set_content_type(r, head.content_type)) {
    return false;
  }
  r->headers_out.content_length_n =
      head.content_length ? static_cast<off_t>(*head.content_length) : -1;
  for (const Header& header : head.headers)
    if (!set_header(r, header)) return false;
  if (RequestContext* context = find_context(r); context != nullptr)
    context->error_code = head.error_code;
  r->allow_ranges = 0;
  return true;
}

bool has_header(const ResponseHead& head, std::string_view name) {
  for (const Header& header : head.headers)
    if (ascii_iequals(header.name, name)) return true;
  return false;
}

const Header* find_bad_header(const ResponseHead& head) {
  for (const Header& header : head.headers)
    if (!is_token(header.name) || has_control_byte(header.value))
      return &header;
  return nullptr;
}

}  // namespace trestle::http
