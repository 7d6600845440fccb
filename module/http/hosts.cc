#include "http/hosts.h"

#include "base/json.h"
#include "base/text.h"

namespace trestle::http {

namespace {

// A socket folder or an address needs no look-up.
bool is_name(const std::string& host) {
  if (host.empty() || host[0] == '/' || host[0] == '@') return false;
  ngx_str_t text = borrow(host);
  if (ngx_inet_addr(text.data, text.len) != INADDR_NONE) return false;
  return host.find(':') == std::string::npos;  // IPv6
}

std::optional<std::string> look_up(ngx_conf_t* cf, const std::string& host,
                                   const Place& place) {
  ngx_url_t url = {};
  url.host = borrow(host);
  url.url = url.host;
  url.default_port = 5432;
  url.no_resolve = 0;
  ngx_str_t copy = pool_copy(cf->pool, host);
  if (copy.data == nullptr) return std::nullopt;
  url.host = copy;
  if (ngx_inet_resolve_host(cf->pool, &url) != NGX_OK) {
    log_at(cf->log, place,
           concat({"host not found in \"", host,
                   "\" (a \"resolver\" would look it up later)"}));
    return std::nullopt;
  }
  std::string addresses;
  for (ngx_uint_t i = 0; i < url.naddrs; i++) {
    u_char text[NGX_SOCKADDR_STRLEN];
    std::size_t length = ngx_sock_ntop(
        url.addrs[i].sockaddr, url.addrs[i].socklen, text, sizeof text, 0);
    std::string_view address(reinterpret_cast<char*>(text), length);
    if (address.starts_with('[') && address.ends_with(']'))
      address = address.substr(1, address.size() - 2);
    if (!addresses.empty()) addresses.push_back(',');
    addresses.append(address);
  }
  return addresses;
}

bool look_up_hosts(ngx_conf_t* cf, const Database& database, HostTable& hosts) {
  std::vector<const pg::Conninfo*> all = {&database.pool.primary};
  for (const pg::Conninfo& replica : database.pool.replicas)
    all.push_back(&replica);
  for (const pg::Conninfo* conninfo : all) {
    if (!is_name(conninfo->host) || hosts.contains(conninfo->host)) continue;
    std::optional<std::string> addresses =
        look_up(cf, conninfo->host, database.place);
    if (!addresses) return false;
    hosts.emplace(conninfo->host, std::move(*addresses));
  }
  return true;
}

}  // namespace

bool find_hosts(ngx_conf_t* cf, MainConf& conf) {
  auto* core = static_cast<ngx_http_core_loc_conf_t*>(
      ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
  conf.resolver = core->resolver;
  conf.resolver_timeout = core->resolver_timeout;
  if (conf.resolver_timeout == NGX_CONF_UNSET_MSEC)
    conf.resolver_timeout = 30'000;
  if (conf.resolver != nullptr && conf.resolver->connections.nelts > 0)
    return true;
  for (const std::unique_ptr<Database>& database : conf.databases)
    if (!look_up_hosts(cf, *database, conf.hosts)) return false;
  return true;
}

bool check_capacity(ngx_cycle_t* cycle) {
  const MainConf* conf = main_conf(cycle);
  if (conf == nullptr || conf->databases.empty()) return true;
  auto* core = reinterpret_cast<ngx_core_conf_t*>(
      ngx_get_conf(cycle->conf_ctx, ngx_core_module));
  auto workers = static_cast<std::size_t>(core->worker_processes);
  std::size_t all = 0;
  for (const std::unique_ptr<Database>& database : conf->databases) {
    std::size_t size =
        database->pool.pool_size * (1 + database->pool.replicas.size());
    all += size;
    ngx_str_t name = borrow(database->name);
    ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0,
                  "trestle: database \"%V\": up to %uz connections "
                  "(%uz workers of %uz)",
                  &name, size * workers, workers, size);
  }
  // Each client needs a connection of nginx, too.
  if (all * 2 <= cycle->connection_n) return true;
  ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                "%ui worker_connections are too few for pools of %uz "
                "connections and as many clients",
                cycle->connection_n, all);
  return false;
}

}  // namespace trestle::http
