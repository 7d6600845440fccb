#include "http/request_view.h"

#include "base/text.h"

namespace trestle::http {

namespace {

bool view_headers(ngx_http_request_t* r, Request& request) {
  std::size_t count = 0;
  for (ngx_list_part_t* part = &r->headers_in.headers.part; part != nullptr;
       part = part->next)
    count += part->nelts;
  if (count == 0) return true;
  auto* views =
      static_cast<HeaderView*>(ngx_palloc(r->pool, count * sizeof(HeaderView)));
  if (views == nullptr) return false;
  HeaderView* next = views;
  for (ngx_list_part_t* part = &r->headers_in.headers.part; part != nullptr;
       part = part->next) {
    auto* elements = static_cast<ngx_table_elt_t*>(part->elts);
    for (ngx_uint_t i = 0; i < part->nelts; i++)
      new (next++) HeaderView{view(elements[i].key), view(elements[i].value)};
  }
  request.headers = {views, count};
  return true;
}

std::string_view host_of(ngx_http_request_t* r) {
  if (r->headers_in.host != nullptr) return view(r->headers_in.host->value);
  return view(r->headers_in.server);
}

std::string_view scheme_of(ngx_http_request_t* r) {
#if (NGX_HTTP_SSL)
  if (r->connection->ssl != nullptr) return "https";
#endif
  return "http";
}

}  // namespace

bool view_request(ngx_http_request_t* r, Request& request) {
  request.method = view(r->method_name);
  request.path = view(r->uri);
  request.query = view(r->args);
  request.scheme = scheme_of(r);
  request.host = host_of(r);
  return view_headers(r, request);
}

std::optional<std::string_view> NginxFacts::param(std::string_view name) const {
  for (const BindParam& param : conf_.params) {
    if (param.name != name) continue;
    ngx_str_t value;
    auto* compiled = const_cast<ngx_http_complex_value_t*>(&param.value);
    if (ngx_http_complex_value(r_, compiled, &value) != NGX_OK)
      return std::nullopt;
    return view(value);
  }
  return std::nullopt;
}

std::optional<std::string_view> NginxFacts::capture(
    std::string_view name) const {
  return indexed(conf_.captures, name);
}

std::optional<std::string_view> NginxFacts::variable(
    std::string_view name) const {
  return indexed(conf_.variables, name);
}

std::optional<std::string_view> NginxFacts::indexed(
    const std::vector<VariableIndex>& table, std::string_view name) const {
  for (const VariableIndex& entry : table) {
    if (entry.name != name) continue;
    ngx_http_variable_value_t* value =
        ngx_http_get_flushed_variable(r_, entry.index);
    if (value == nullptr || value->not_found || !value->valid)
      return std::nullopt;
    return view(*value);
  }
  return std::nullopt;
}

}  // namespace trestle::http
