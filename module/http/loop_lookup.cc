#include "http/loop_lookup.h"

#include "base/text.h"

namespace trestle::http {

namespace {

std::string join_addresses(const ngx_resolver_ctx_t& context) {
  std::string joined;
  for (ngx_uint_t i = 0; i < context.naddrs; i++) {
    u_char text[NGX_SOCKADDR_STRLEN];
    std::size_t length =
        ngx_sock_ntop(context.addrs[i].sockaddr, context.addrs[i].socklen, text,
                      sizeof text, 0);
    std::string_view address(reinterpret_cast<char*>(text), length);
    // nginx writes IPv6 in brackets, libpq's hostaddr has none.
    if (address.starts_with('[') && address.ends_with(']'))
      address = address.substr(1, address.size() - 2);
    if (!joined.empty()) joined.push_back(',');
    joined.append(address);
  }
  return joined;
}

}  // namespace

PostedAnswer::PostedAnswer(ngx_log_t* log, pg::LookupHandler& handler)
    : owner_(this), handler_(handler) {
  event_.data = &owner_;
  event_.log = log;
  event_.handler = on_event;
}

PostedAnswer::~PostedAnswer() { unpost(event_); }

void PostedAnswer::post(std::optional<std::string> addresses,
                        std::string problem) {
  addresses_ = std::move(addresses);
  problem_ = std::move(problem);
  ngx_post_event(&event_, &ngx_posted_events);
}

void PostedAnswer::on_event(ngx_event_t* event) noexcept {
  auto* answer = EventOwner::of<PostedAnswer>(event);
  // The handler may destroy the look-up, and this with it.
  std::string problem = std::move(answer->problem_);
  answer->handler_.on_addresses(std::move(answer->addresses_), problem);
}

KnownHostLookup::KnownHostLookup(ngx_log_t* log, std::string addresses,
                                 pg::LookupHandler& handler)
    : answer_(log, handler) {
  answer_.post(std::move(addresses), {});
}

NginxLookup::NginxLookup(ngx_log_t* log, std::string host,
                         pg::LookupHandler& handler)
    : answer_(log, handler), host_(std::move(host)) {}

NginxLookup::~NginxLookup() {
  if (context_ != nullptr) ngx_resolve_name_done(context_);
}

void NginxLookup::start(ngx_resolver_t* resolver, ngx_msec_t timeout) {
  ngx_resolver_ctx_t* context = ngx_resolve_start(resolver, nullptr);
  if (context == nullptr || context == NGX_NO_RESOLVER) {
    answer_.post(std::nullopt, "no resolver");
    return;
  }
  context->name = borrow(host_);
  context->handler = on_resolved;
  context->data = this;
  context->timeout = timeout;
  context_ = context;
  if (ngx_resolve_name(context) != NGX_OK) {
    // The resolver has freed the context already.
    context_ = nullptr;
    answer_.post(std::nullopt, "the resolver cannot be asked");
  }
}

void NginxLookup::on_resolved(ngx_resolver_ctx_t* context) noexcept {
  auto* lookup = static_cast<NginxLookup*>(context->data);
  guard(ngx_cycle->log, [&] {
    if (context->state != NGX_OK) {
      auto* reason =
          reinterpret_cast<const char*>(ngx_resolver_strerror(context->state));
      lookup->answer_.post(std::nullopt, concat({lookup->host_, ": ", reason}));
    } else {
      lookup->answer_.post(join_addresses(*context), {});
    }
  });
  lookup->context_ = nullptr;
  ngx_resolve_name_done(context);
}

}  // namespace trestle::http
