// Name look-ups of NginxLoop. An answer that nginx knows at once is held back
// until the next turn of the loop: pg/ is never called from inside its own
// call.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/nginx.h"
#include "pg/loop.h"

namespace trestle::http {

// Delivers one answer from nginx's queue of posted events.
class PostedAnswer {
 public:
  PostedAnswer(ngx_log_t* log, pg::LookupHandler& handler);
  ~PostedAnswer();
  PostedAnswer(const PostedAnswer&) = delete;
  PostedAnswer& operator=(const PostedAnswer&) = delete;

  void post(std::optional<std::string> addresses, std::string problem);

 private:
  static void on_event(ngx_event_t* event) noexcept;

  EventOwner owner_;
  pg::LookupHandler& handler_;
  ngx_event_t event_ = {};
  std::optional<std::string> addresses_;
  std::string problem_;
};

// A host that was resolved at configuration load.
class KnownHostLookup final : public pg::Lookup {
 public:
  KnownHostLookup(ngx_log_t* log, std::string addresses,
                  pg::LookupHandler& handler);

 private:
  PostedAnswer answer_;
};

// A question to nginx's resolver.
class NginxLookup final : public pg::Lookup {
 public:
  NginxLookup(ngx_log_t* log, std::string host, pg::LookupHandler& handler);
  ~NginxLookup() override;

  void start(ngx_resolver_t* resolver, ngx_msec_t timeout);

 private:
  static void on_resolved(ngx_resolver_ctx_t* context) noexcept;

  PostedAnswer answer_;
  std::string host_;
  ngx_resolver_ctx_t* context_ = nullptr;  // while the resolver works
};

}  // namespace trestle::http
