#include "http/status.h"

#include "http/admin.h"
#include "http/config.h"
#include "http/context.h"
#include "http/readiness.h"
#include "http/runtime.h"
#include "http/send_answer.h"

namespace trestle::http {

namespace {

constexpr std::string_view kJson = "application/json; charset=utf-8";
constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kMetrics =
    "text/plain; version=0.0.4; charset=utf-8";

// What stands behind the location's own name, without its slash.
std::string_view subject_of(ngx_http_request_t* r) {
  const auto* core = static_cast<ngx_http_core_loc_conf_t*>(
      ngx_http_get_module_loc_conf(r, ngx_http_core_module));
  std::string_view rest =
      view(r->uri).substr(std::min<std::size_t>(core->name.len, r->uri.len));
  if (rest.starts_with('/')) rest.remove_prefix(1);
  return rest;
}

bool wants_html(ngx_http_request_t* r) {
  // Browsers name text/html first; programs send no Accept or name JSON.
  const RequestContext* context = get_context(r);
  if (context == nullptr) return false;
  std::optional<std::string_view> accept = context->request.header("Accept");
  return accept && accept->find("text/html") != std::string_view::npos;
}

ngx_int_t show(ngx_http_request_t* r) {
  Runtime* runtime = Runtime::get();
  const std::string_view subject = subject_of(r);
  if (subject == "live") return send_text(r, 200, "text/plain", "live\n");
  if (runtime == nullptr) return NGX_HTTP_SERVICE_UNAVAILABLE;
  if (subject == "ready") return readiness_handler(r);
  if (subject == "metrics")
    return send_text(r, 200, kMetrics,
                     prometheus_report(runtime->status().report()));
  if (!subject.empty()) return NGX_HTTP_NOT_FOUND;
  const status::Report report = runtime->status().report();
  return wants_html(r) ? send_text(r, 200, kHtml, html_report(report))
                       : send_text(r, 200, kJson, json_report(report));
}

}  // namespace

ngx_int_t send_text(ngx_http_request_t* r, int status,
                    std::string_view content_type, const std::string& text) {
  ResponseHead head = {
      .status = status,
      .content_type = std::string(content_type),
      .headers = {{"Cache-Control", "no-store"}, {"Vary", "Accept"}}};
  return send_answer(r, std::move(head), text);
}

ngx_int_t status_handler(ngx_http_request_t* r) noexcept {
  return guard(r->connection->log, ngx_int_t{NGX_HTTP_INTERNAL_SERVER_ERROR},
               [&]() -> ngx_int_t {
                 if (r->method & NGX_HTTP_POST) return admin_handler(r);
                 if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)))
                   return NGX_HTTP_NOT_ALLOWED;
                 ngx_int_t rc = ngx_http_discard_request_body(r);
                 if (rc != NGX_OK) return rc;
                 return show(r);
               });
}

}  // namespace trestle::http
