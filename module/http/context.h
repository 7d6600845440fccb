// What the module knows of one request, from its first phase to the log: who is
// asking, and how the statements went. Hangs on nginx's request and is found
// again after an internal redirect, which forgets its modules' contexts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/authenticator.h"
#include "auth/identity.h"
#include "base/http_message.h"
#include "base/result.h"
#include "http/database.h"
#include "http/nginx.h"
#include "pg/pool.h"
#include "sql/statement.h"

namespace trestle::http {

// Who a stored session says the visitor is.
struct StoredIdentity {
  const Database* database;
  Result<auth::Identity> identity;
};

// A look-up that is under way (session_lookup.cc).
class PendingLookup {
 public:
  PendingLookup() = default;
  PendingLookup(const PendingLookup&) = delete;
  PendingLookup& operator=(const PendingLookup&) = delete;
  virtual ~PendingLookup() = default;
};

struct RequestContext {
  RequestContext(ngx_http_request_t* of, std::uint64_t now_us)
      : r(of), began_us(now_us) {}

  ngx_http_request_t* r;
  std::uint64_t began_us;  // by the loop's clock
  Request request;         // without the body until it has been read
  const Database* database = nullptr;  // the last one that was asked
  std::optional<auth::Identity> identity;
  const Database* identity_of = nullptr;  // whose notion of it
  std::vector<StoredIdentity> stored;     // by session tables
  std::unique_ptr<PendingLookup> lookup;
  std::uint64_t lookup_us = 0;

  // Why trestle_auth refused: the error's answer is made of it.
  std::optional<Error> refusal;
  std::optional<std::string> challenge;  // WWW-Authenticate of a refused token

  void* exchange = nullptr;  // the HttpExchange that is at work on it

  // --- how the run went, for variables
  std::optional<pg::RunStats> stats;
  std::string sqlstate;
  std::string error_code;         // of the answer
  SqlRef statement;               // the first one of the last run
  std::string_view cache_status;  // HIT, MISS, BYPASS; empty: no cache

  // --- an error page that is being replaced (filter.cc)
  bool header_held = false;  // until the start of the body is seen
  bool replaced = false;
};

// The request's context, or null. Never fails.
[[nodiscard]] RequestContext* find_context(ngx_http_request_t* r);

// The same, made when there is none yet. Null: memory is out.
[[nodiscard]] RequestContext* get_context(ngx_http_request_t* r);

// Whether a cleanup of the request's pool is the one that ends its context.
[[nodiscard]] bool is_context_cleanup(ngx_pool_cleanup_pt handler);

// Browsers cannot set headers on upgrades and EventSource, so these may carry a
// token in the URL.
[[nodiscard]] auth::Use use_of(const Request& request);

// Sets context.identity to what `database` says of the request; an identity it
// has given already is kept. Error: what the client is told.
[[nodiscard]] Result<void> authenticate(RequestContext& context,
                                        const Database& database);

}  // namespace trestle::http
