// A trestle_database block: one database with its pool's numbers and its way to
// tell who is asking. Read at configuration load, immutable then.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/authenticator.h"
#include "frontend/row_query.h"
#include "frontend/session_table.h"
#include "http/directive.h"
#include "http/jwks.h"
#include "http/nginx.h"
#include "pg/pool.h"

namespace trestle::http {

// feed: how changes of the database become known.
struct FeedConf {
  std::string publication = "trestle";
  std::string slot = {};                 // empty: a temporary one
  std::vector<pg::Conninfo> hosts = {};  // empty: those of the database
  pg::Milliseconds poll = 0;             // 0: from the WAL
};

struct Database {
  std::string name;
  std::size_t index = 0;  // in the configuration's list, and the runtime's
  Place place;            // of the block
  pg::PoolConfig pool;
  // Made from `identity` when the whole http block has been read.
  std::unique_ptr<auth::Authenticator> auth;
  auth::AuthConfig identity;
  std::unique_ptr<SessionTable> sessions;  // null: they are in their cookies
  // How often rows are asked for while streams hang on them.
  pg::Milliseconds session_recheck = 30'000;
  // What the catalog is to contain and what stands in the search path.
  std::vector<std::string> schemas;
  std::vector<std::string> extra_search_path;
  std::optional<FeedConf> feed = {};
  bool is_cached = false;  // answers of some location are kept
  std::optional<JwksConf> jwks = {};
  // Reads filters of live locations; made with `auth`.
  std::unique_ptr<RowQueryPlanner> rows = nullptr;
};

// All databases of one configuration, in their order.
using Databases = std::vector<std::unique_ptr<Database>>;

// Null when there is none of that name.
[[nodiscard]] Database* find_database(const Databases& databases,
                                      std::string_view name);

// Reads one block. Returns what a directive's handler returns.
[[nodiscard]] char* read_database_block(ngx_conf_t* cf, Databases& databases);

// Called when the http block has been read: `trusted_origins`, those of
// trestle_trusted_origin, count for every database. Makes the authenticators.
void finish_databases(Databases& databases,
                      const std::vector<std::string>& trusted_origins);

// --- for database.cc alone: the directives inside a block -------------------

// A block being read.
struct DatabaseDraft {
  Database& database;
  std::string password = {};  // of password_file
};

// A directive of the block. `set` gets the words behind its name; it logs what
// is wrong and returns false.
struct DatabaseKey {
  std::string_view name;
  std::size_t min_words;
  std::size_t max_words;
  bool repeatable;
  bool (*set)(ngx_conf_t* cf, DatabaseDraft& draft,
              std::span<ngx_str_t> values);
};

[[nodiscard]] std::span<const DatabaseKey> pool_keys();
[[nodiscard]] std::span<const DatabaseKey> identity_keys();
[[nodiscard]] std::span<const DatabaseKey> feed_keys();

}  // namespace trestle::http
