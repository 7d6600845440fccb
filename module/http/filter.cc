#include "http/filter.h"

#include "base/json.h"
#include "base/text.h"
#include "http/access.h"
#include "http/config.h"
#include "http/context.h"
#include "http/errors.h"
#include "http/headers.h"

namespace trestle::http {

namespace {

ngx_http_output_header_filter_pt next_header_filter;
ngx_http_output_body_filter_pt next_body_filter;

// --- CORS --------------------------------------------------------------------

// The header names that a preflight asks for, when they are but names.
std::string requested_headers(ngx_http_request_t* r) {
  const ngx_table_elt_t* asked =
      find_header(r, "Access-Control-Request-Headers");
  if (asked == nullptr) return {};
  for (char c : view(asked->value))
    if (c < ' ' || c >= 0x7f || c == '"' || c == ':') return {};
  return std::string(view(asked->value));
}

bool add_preflight_headers(ngx_http_request_t* r, const Cors& cors) {
  std::string age;
  append_number(age, cors.max_age_s);
  std::string headers =
      cors.headers.empty() ? requested_headers(r) : cors.headers;
  return add_header(r, "Access-Control-Allow-Methods", cors.methods) &&
         (headers.empty() ||
          add_header(r, "Access-Control-Allow-Headers", headers)) &&
         add_header(r, "Access-Control-Max-Age", age);
}

bool add_cors_headers(ngx_http_request_t* r, const Cors& cors) {
  if (!add_header(r, "Vary", "Origin")) return false;
  const ngx_table_elt_t* origin = find_header(r, "Origin");
  if (origin == nullptr) return true;
  std::optional<std::string_view> allowed =
      allowed_origin(cors, view(origin->value));
  if (!allowed) return true;
  if (!add_header(r, "Access-Control-Allow-Origin", *allowed)) return false;
  if (cors.credentials &&
      !add_header(r, "Access-Control-Allow-Credentials", "true"))
    return false;
  if (is_preflight(r)) return add_preflight_headers(r, cors);
  return cors.expose.empty() ||
         add_header(r, "Access-Control-Expose-Headers", cors.expose);
}

// --- error pages -------------------------------------------------------------

// Takes what a front-end answers to a refused request.
class CapturedAnswer final : public ResponseSink {
 public:
  void head(ResponseHead head) override { head_ = std::move(head); }
  bool body(std::string_view bytes) override {
    body_.append(bytes);
    return true;
  }
  void end() override {}
  void abort() override {}

  [[nodiscard]] const ResponseHead& answered_head() const { return head_; }
  [[nodiscard]] const std::string& answered_body() const { return body_; }

 private:
  ResponseHead head_;
  std::string body_;
};

// A person's browser names HTML and not JSON: it gets nginx's page.
bool accepts_json(ngx_http_request_t* r) {
  const ngx_table_elt_t* accept = find_header(r, "Accept");
  if (accept == nullptr) return true;
  std::string value = ascii_lower(view(accept->value));
  auto names = [&value](std::string_view type) {
    return value.find(type) != std::string::npos;
  };
  if (names("/json") || names("+json")) return true;
  if (names("text/html")) return false;
  return names("*/*") || names("application/*");
}

// Could this be one of nginx's own error pages? Judged by its header alone.
bool may_be_error_page(ngx_http_request_t* r) {
  const ngx_http_headers_out_t& out = r->headers_out;
  if (out.status < 400 || r->err_status != out.status) return false;
  if (out.last_modified_time != -1) return false;
  // Another server's page; one of ours says that it could not be asked.
  if (r->upstream != nullptr && r->upstream->headers_in.status_n != 0)
    return false;
  if (out.content_type.len == 0) return out.content_length_n == 0;
  return view(out.content_type) == "text/html" && out.content_length_n > 0;
}

bool wants_our_errors(ngx_http_request_t* r, const LocationConf& conf) {
  if (r != r->main || conf.json_errors == 0) return false;
  if (conf.frontend != nullptr) return true;
  return conf.json_errors == 1 && accepts_json(r);
}

// The page that ngx_http_special_response.c writes; else nothing at all.
bool is_error_page(const ngx_chain_t* in) {
  constexpr std::string_view kStart = "<html>\r\n<head><title>";
  const ngx_buf_t* buf = in->buf;
  if (!ngx_buf_in_memory(buf)) return buf->last_buf && !buf->in_file;
  std::string_view text(reinterpret_cast<const char*>(buf->pos),
                        static_cast<std::size_t>(buf->last - buf->pos));
  return text.starts_with(kStart);
}

CapturedAnswer answer_error(ngx_http_request_t* r, RequestContext& context) {
  int status = static_cast<int>(r->headers_out.status);
  Error error = context.refusal && context.refusal->http_status == status
                    ? *context.refusal
                    : errors::of_status(status);
  CapturedAnswer answer;
  if (const Frontend* frontend = location_conf(r).frontend) {
    frontend->refuse(context.request, error, answer);
  } else {
    answer.head({.content_type = "application/json; charset=utf-8",
                 .error_code = error.code});
    static_cast<void>(answer.body(error_body(error)));
  }
  return answer;
}

// Sends the held header with our length and type, and our text as the body.
ngx_int_t send_replacement(ngx_http_request_t* r, RequestContext& context) {
  CapturedAnswer answer = answer_error(r, context);
  ngx_str_t text = pool_copy(r->pool, answer.answered_body());
  if (text.data == nullptr) return NGX_ERROR;
  ResponseHead head = answer.answered_head();
  head.status = static_cast<int>(r->headers_out.status);
  head.content_length = text.len;
  if (!set_head(r, head)) return NGX_ERROR;

  ngx_int_t rc = next_header_filter(r);
  if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) return rc;
  auto* buf = static_cast<ngx_buf_t*>(ngx_calloc_buf(r->pool));
  if (buf == nullptr) return NGX_ERROR;
  buf->pos = text.data;
  buf->last = text.data + text.len;
  buf->memory = text.len != 0 ? 1 : 0;
  buf->last_buf = 1;
  buf->last_in_chain = 1;
  ngx_chain_t out = {.buf = buf, .next = nullptr};
  return next_body_filter(r, &out);
}

ngx_int_t send_held(ngx_http_request_t* r, RequestContext& context,
                    ngx_chain_t* in) {
  context.header_held = false;
  if (is_error_page(in)) {
    context.replaced = true;
    return send_replacement(r, context);
  }
  ngx_int_t rc = next_header_filter(r);
  if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) return rc;
  return next_body_filter(r, in);
}

// --- nginx's calls -----------------------------------------------------------

ngx_int_t header_filter(ngx_http_request_t* r) noexcept {
  return guard(r->connection->log, ngx_int_t{NGX_ERROR}, [&]() -> ngx_int_t {
    const LocationConf& conf = location_conf(r);
    if (r == r->main && conf.cors != nullptr &&
        !add_cors_headers(r, *conf.cors))
      return NGX_ERROR;
    if (wants_our_errors(r, conf) && may_be_error_page(r)) {
      RequestContext* context = get_context(r);
      if (context == nullptr) return NGX_ERROR;
      context->header_held = true;
      return NGX_OK;
    }
    return next_header_filter(r);
  });
}

ngx_int_t body_filter(ngx_http_request_t* r, ngx_chain_t* in) noexcept {
  return guard(r->connection->log, ngx_int_t{NGX_ERROR}, [&]() -> ngx_int_t {
    RequestContext* context = r == r->main ? find_context(r) : nullptr;
    if (context == nullptr || in == nullptr) return next_body_filter(r, in);
    if (context->header_held) return send_held(r, *context, in);
    // The tail of a page that was replaced: it has been answered in full.
    if (context->replaced) return NGX_OK;
    return next_body_filter(r, in);
  });
}

}  // namespace

void install_filter() {
  next_header_filter = ngx_http_top_header_filter;
  ngx_http_top_header_filter = header_filter;
  next_body_filter = ngx_http_top_body_filter;
  ngx_http_top_body_filter = body_filter;
}

}  // namespace trestle::http
