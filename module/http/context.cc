#include "http/context.h"

#include <algorithm>

#include "auth/authenticator.h"
#include "base/text.h"
#include "http/errors.h"
#include "http/inner_connection.h"
#include "http/request_view.h"
#include "http/runtime.h"

namespace trestle::http {

namespace {

void destroy_context(void* data) noexcept {
  static_cast<RequestContext*>(data)->~RequestContext();
}

}  // namespace

RequestContext* find_context(ngx_http_request_t* r) {
  auto* context = static_cast<RequestContext*>(
      ngx_http_get_module_ctx(r, ngx_http_trestle_module));
  if (context != nullptr) return context;
  if (!r->internal && !r->filter_finalize) return nullptr;
  // Subrequests share the pool, so the context must be this request's.
  for (ngx_pool_cleanup_t* cleanup = r->pool->cleanup; cleanup != nullptr;
       cleanup = cleanup->next) {
    if (cleanup->handler != destroy_context) continue;
    context = static_cast<RequestContext*>(cleanup->data);
    if (context->r != r) continue;
    ngx_http_set_ctx(r, context, ngx_http_trestle_module);
    return context;
  }
  return nullptr;
}

RequestContext* get_context(ngx_http_request_t* r) {
  if (RequestContext* context = find_context(r); context != nullptr)
    return context;
  ngx_pool_cleanup_t* cleanup =
      ngx_pool_cleanup_add(r->pool, sizeof(RequestContext));
  if (cleanup == nullptr) return nullptr;
  auto* context = new (cleanup->data) RequestContext(r, monotonic_us());
  cleanup->handler = destroy_context;
  if (!view_request(r, context->request)) return nullptr;
  ngx_http_set_ctx(r, context, ngx_http_trestle_module);
  return context;
}

bool is_context_cleanup(ngx_pool_cleanup_pt handler) {
  return handler == destroy_context;
}

auth::Use use_of(const Request& request) {
  if (request.header("Upgrade")) return auth::Use::upgrade_or_event_source;
  std::optional<std::string_view> accept = request.header("Accept");
  if (accept && accept->find("text/event-stream") != std::string_view::npos)
    return auth::Use::upgrade_or_event_source;
  return auth::Use::plain;
}

Result<void> authenticate(RequestContext& context, const Database& database) {
  if (context.identity && context.identity_of == &database) return {};
  Runtime* runtime = Runtime::get();
  if (runtime == nullptr) return errors::no_database();
  if (const auth::Identity* inner =
          inner_identity(*context.r->connection, database)) {
    context.identity = *inner;
    context.identity_of = &database;
    return {};
  }
  auto stored =
      std::ranges::find(context.stored, &database, &StoredIdentity::database);
  Result<auth::Identity> identity =
      stored != context.stored.end()
          ? stored->identity
          : database.auth->authenticate(context.request, now_s(),
                                        use_of(context.request),
                                        runtime->tokens());
  if (!identity.ok()) return std::move(identity).error();
  context.identity = std::move(identity).value();
  context.identity_of = &database;
  return {};
}

}  // namespace trestle::http
