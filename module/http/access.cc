#include "http/access.h"

#include <algorithm>

#include "auth/errors.h"
#include "base/text.h"
#include "http/config.h"
#include "http/context.h"
#include "http/headers.h"
#include "http/session_lookup.h"

namespace trestle::http {

namespace {

Result<void> check(RequestContext& context, const AuthRule& rule) {
  Result<void> known = authenticate(context, *rule.database);
  if (!known.ok()) return known;
  const auth::Identity& identity = *context.identity;
  if (!identity.authenticated() && !rule.optional)
    return auth::errors::anonymous_disabled();
  if (!rule.roles.empty() &&
      std::ranges::find(rule.roles, identity.role) == rule.roles.end())
    return auth::errors::role_not_allowed(identity.role);
  return {};
}

ngx_int_t refuse(ngx_http_request_t* r, RequestContext& context, Error error) {
  if (std::optional<std::string> challenge = auth::challenge(error)) {
    r->headers_out.www_authenticate =
        add_header(r, "WWW-Authenticate", *challenge);
    if (r->headers_out.www_authenticate == nullptr)
      return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  ngx_int_t status = error.http_status;
  context.refusal = std::move(error);
  return status;
}

}  // namespace

const ngx_table_elt_t* find_header(ngx_http_request_t* r,
                                   std::string_view name) {
  for (ngx_list_part_t* part = &r->headers_in.headers.part; part != nullptr;
       part = part->next) {
    auto* headers = static_cast<ngx_table_elt_t*>(part->elts);
    for (ngx_uint_t i = 0; i < part->nelts; i++)
      if (ascii_iequals(view(headers[i].key), name)) return &headers[i];
  }
  return nullptr;
}

bool is_preflight(ngx_http_request_t* r) {
  return r->method == NGX_HTTP_OPTIONS && find_header(r, "Origin") != nullptr &&
         find_header(r, "Access-Control-Request-Method") != nullptr;
}

ngx_int_t preflight_handler(ngx_http_request_t* r) noexcept {
  if (r != r->main || location_conf(r).cors == nullptr || !is_preflight(r))
    return NGX_DECLINED;
  return NGX_HTTP_NO_CONTENT;  // the header filter adds what it is about
}

ngx_int_t access_handler(ngx_http_request_t* r) noexcept {
  return guard(r->connection->log, ngx_int_t{NGX_HTTP_INTERNAL_SERVER_ERROR},
               [&]() -> ngx_int_t {
                 ngx_int_t asked = look_up_sessions(r);
                 if (asked != NGX_DECLINED) return asked;
                 const AuthRule* rule = location_conf(r).auth.get();
                 if (rule == nullptr) return NGX_DECLINED;
                 RequestContext* context = get_context(r);
                 if (context == nullptr) return NGX_HTTP_INTERNAL_SERVER_ERROR;
                 context->database = rule->database;
                 Result<void> outcome = check(*context, *rule);
                 if (outcome.ok()) return NGX_OK;
                 return refuse(r, *context, std::move(outcome).error());
               });
}

}  // namespace trestle::http
