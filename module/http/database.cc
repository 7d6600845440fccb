#include "http/database.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "rest/row_query.h"

namespace trestle::http {

namespace {

// What the handler of the block's directives works on.
struct BlockReader {
  DatabaseDraft draft;
  std::vector<std::string_view> seen = {};
};

std::array<std::span<const DatabaseKey>, 3> all_keys() {
  return {pool_keys(), identity_keys(), feed_keys()};
}

const DatabaseKey* find_key(std::string_view name) {
  for (std::span<const DatabaseKey> keys : all_keys())
    for (const DatabaseKey& key : keys)
      if (key.name == name) return &key;
  return nullptr;
}

std::string unknown_key(std::string_view name) {
  std::vector<std::string_view> names;
  for (std::span<const DatabaseKey> keys : all_keys())
    for (const DatabaseKey& key : keys) names.push_back(key.name);
  std::string text =
      concat({"unknown directive \"", name, "\" in \"trestle_database\""});
  std::string_view nearest = nearest_word(name, names);
  if (!nearest.empty())
    text.append(concat({", perhaps you meant \"", nearest, "\""}));
  return text;
}

bool read_key(ngx_conf_t* cf, BlockReader& reader) {
  std::span<ngx_str_t> line = words(cf);
  std::string_view name = view(line[0]);
  const DatabaseKey* key = find_key(name);
  if (key == nullptr) {
    log_here(cf, unknown_key(name));
    return false;
  }
  if (line.size() - 1 < key->min_words || line.size() - 1 > key->max_words) {
    log_here(cf, concat({"invalid number of arguments in \"", name,
                         "\" directive"}));
    return false;
  }
  if (!key->repeatable) {
    if (std::ranges::find(reader.seen, key->name) != reader.seen.end()) {
      log_here(cf, concat({"\"", name, "\" directive is duplicate"}));
      return false;
    }
    reader.seen.push_back(key->name);
  }
  return key->set(cf, reader.draft, line.subspan(1));
}

char* on_key(ngx_conf_t* cf, ngx_command_t* command, void* conf) noexcept {
  return guard(cf->log, conf_error(), [&] {
    if (view(words(cf)[0]) == "include")
      return ngx_conf_include(cf, command, conf);
    auto* reader = static_cast<BlockReader*>(conf);
    return read_key(cf, *reader) ? NGX_CONF_OK : conf_error();
  });
}

// The password of password_file, for each host whose conninfo has none.
void add_password(pg::Conninfo& conninfo, const std::string& password) {
  for (const auto& [keyword, value] : conninfo.keywords)
    if (keyword == "password") return;
  conninfo.keywords.emplace_back("password", password);
}

bool finish_block(ngx_conf_t* cf, DatabaseDraft& draft) {
  pg::PoolConfig& pool = draft.database.pool;
  if (pool.primary.keywords.empty()) {
    log_here(cf, concat({"no \"primary\" in trestle_database \"",
                         draft.database.name, "\""}));
    return false;
  }
  if (pool.min_idle > pool.pool_size) {
    log_here(cf, "\"min_idle\" is more than \"pool_size\"");
    return false;
  }
  if (!draft.password.empty()) {
    add_password(pool.primary, draft.password);
    for (pg::Conninfo& replica : pool.replicas)
      add_password(replica, draft.password);
    if (draft.database.feed)
      for (pg::Conninfo& host : draft.database.feed->hosts)
        add_password(host, draft.password);
  }
  return true;
}

bool read_block(ngx_conf_t* cf, Database& database) {
  BlockReader reader = {.draft = {.database = database}};
  ngx_conf_t saved = *cf;
  cf->handler = on_key;
  cf->handler_conf = &reader;
  char* rv = ngx_conf_parse(cf, nullptr);
  *cf = saved;
  return rv == NGX_CONF_OK && finish_block(cf, reader.draft);
}

}  // namespace

Database* find_database(const Databases& databases, std::string_view name) {
  for (const std::unique_ptr<Database>& database : databases)
    if (database->name == name) return database.get();
  return nullptr;
}

char* read_database_block(ngx_conf_t* cf, Databases& databases) {
  std::string_view name = view(words(cf)[1]);
  if (find_database(databases, name) != nullptr) {
    log_here(cf, concat({"duplicate trestle_database \"", name, "\""}));
    return conf_error();
  }
  auto database = std::make_unique<Database>();
  database->name = name;
  database->place = Place::of(cf);
  database->index = databases.size();
  database->pool.name = name;
  database->identity.database = name;
  if (!read_block(cf, *database)) return conf_error();
  databases.push_back(std::move(database));
  return NGX_CONF_OK;
}

void finish_databases(Databases& databases,
                      const std::vector<std::string>& trusted_origins) {
  for (std::unique_ptr<Database>& database : databases) {
    std::vector<std::string>& origins = database->identity.trusted_origins;
    origins.insert(origins.end(), trusted_origins.begin(),
                   trusted_origins.end());
    rest::RestConfig rows;
    if (!database->schemas.empty()) rows.schemas = database->schemas;
    if (!database->extra_search_path.empty())
      rows.extra_search_path = database->extra_search_path;
    database->rows = std::make_unique<rest::RestRowPlanner>(std::move(rows));
    database->auth =
        std::make_unique<auth::Authenticator>(std::move(database->identity));
  }
}

}  // namespace trestle::http
