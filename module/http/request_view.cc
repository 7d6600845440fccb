#include "http/request_view.h"

#include "base/text.h"
#include "http/outside.h"

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

}  // namespace

bool view_request(ngx_http_request_t* r, Request& request) {
  request.method = view(r->method_name);
  request.path = view(r->uri);
  request.query = view(r->args);
  auto* main = static_cast<MainConf*>(
      ngx_http_get_module_main_conf(r, ngx_http_trestle_module));
  const OutsideView seen = outside_view(r, main->trusted_proxies);
  request.scheme = seen.scheme;
  request.host = seen.host;
  // Asked for by few, and not free.
  request.is_local =
      location_conf(r).dev == 1 && is_local_client(r, main->trusted_proxies);
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
