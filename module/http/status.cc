#include "http/status.h"

#include "base/json.h"
#include "http/admin.h"
#include "http/headers.h"
#include "http/live_zone.h"
#include "http/runtime.h"

namespace trestle::http {

namespace {

constexpr std::string_view kStates[] = {"starting", "running", "polling",
                                        "failed"};

// How far the change feeds have come. A position that stays behind the
// server's, or a lag that grows, says that the feed cannot follow.
void write_feeds(JsonWriter& json, Runtime& runtime) {
  json.key("feeds").begin_object();
  for (const std::unique_ptr<Database>& database : runtime.conf().databases) {
    live::ChangeRouter* changes = runtime.live().changes(*database);
    if (changes == nullptr) continue;
    json.key(database->name).begin_object();
    json.key("state").string(
        kStates[static_cast<std::size_t>(changes->status())]);
    if (std::string problem = changes->problem(); !problem.empty())
      json.key("problem").string(problem);
    const FeedState* state =
        find_feed_state(live_feeds(runtime.conf().live_zone), database->name);
    if (state != nullptr) {
      json.key("written").string(live::lsn_text(state->passed.load()));
      json.key("commits").number(
          static_cast<std::int64_t>(state->commits.load()));
      json.key("gaps").number(static_cast<std::int64_t>(state->gaps.load()));
      json.key("lag_ms").number(state->lag_us.load() / 1000);
    }
    json.key("read").string(live::lsn_text(changes->position()));
    json.end_object();
  }
  json.end_object();
}

std::string status_json() {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("worker").number(ngx_pid);
  json.key("databases").begin_object();
  if (Runtime* runtime = Runtime::get())
    for (const std::unique_ptr<Database>& database :
         runtime->conf().databases) {
      pg::Pool* pool = runtime->pool_if_made(*database);
      json.key(database->name).string(pool ? pool->state() : "pool: unused");
    }
  json.end_object();
  if (Runtime* runtime = Runtime::get())
    if (runtime->conf().live_zone != nullptr) write_feeds(json, *runtime);
  json.end_object();
  return text;
}

ngx_int_t send_json(ngx_http_request_t* r, const std::string& text) {
  ResponseHead head = {.content_type = "application/json; charset=utf-8",
                       .headers = {{"Cache-Control", "no-store"}},
                       .content_length = text.size()};
  if (!set_head(r, head)) return NGX_HTTP_INTERNAL_SERVER_ERROR;
  ngx_int_t rc = ngx_http_send_header(r);
  if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) return rc;
  ngx_buf_t* buf = ngx_create_temp_buf(r->pool, text.size());
  if (buf == nullptr) return NGX_ERROR;
  buf->last = ngx_cpymem(buf->pos, text.data(), text.size());
  buf->last_buf = r == r->main ? 1 : 0;
  buf->last_in_chain = 1;
  ngx_chain_t out = {.buf = buf, .next = nullptr};
  return ngx_http_output_filter(r, &out);
}

}  // namespace

ngx_int_t status_handler(ngx_http_request_t* r) noexcept {
  return guard(r->connection->log, ngx_int_t{NGX_HTTP_INTERNAL_SERVER_ERROR},
               [&]() -> ngx_int_t {
                 if (r->method & NGX_HTTP_POST) return admin_handler(r);
                 if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)))
                   return NGX_HTTP_NOT_ALLOWED;
                 ngx_int_t rc = ngx_http_discard_request_body(r);
                 if (rc != NGX_OK) return rc;
                 return send_json(r, status_json());
               });
}

}  // namespace trestle::http
