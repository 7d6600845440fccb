#include "http/status_zone.h"

#include "base/text.h"
#include "http/config.h"

namespace trestle::http {

namespace {

constexpr std::size_t kPlacesBytes = kStatusPlaces * sizeof(StatusPlace);

// The memory is nginx's slab pool's: zeroed, which is every counter's start.
ngx_int_t init_zone(ngx_shm_zone_t* zone, void* old) {
  auto* slabs = reinterpret_cast<ngx_slab_pool_t*>(zone->shm.addr);
  if (old != nullptr || zone->shm.exists) {
    zone->data = old != nullptr ? old : slabs->data;
    return NGX_OK;
  }
  const auto& conf = *static_cast<MainConf*>(zone->data);
  zone->data = ngx_slab_calloc(
      slabs,
      StatusZone::bytes(conf.databases.size(), conf.status_locations.size()));
  slabs->data = zone->data;
  return zone->data != nullptr ? NGX_OK : NGX_ERROR;
}

std::string zone_name(const MainConf& conf) {
  std::uint64_t hash = fnv1a("");
  for (const std::unique_ptr<Database>& database : conf.databases)
    hash = fnv1a(database->name + '\n', hash);
  for (const StatusLocation& one : conf.status_locations)
    hash =
        fnv1a(concat({one.server, "\n", one.location, "\n", one.handler, "\n"}),
              hash);
  const std::string_view bytes(reinterpret_cast<const char*>(&hash),
                               sizeof hash);
  return concat({"trestle_status_", hex_encode(bytes)});
}

}  // namespace

StatusZone::StatusZone(std::byte* memory, std::size_t databases, std::size_t)
    : memory_(memory), databases_(databases) {}

std::size_t StatusZone::bytes(std::size_t databases, std::size_t locations) {
  return kPlacesBytes + kStatusPlaces * databases * sizeof(status::PoolGauges) +
         databases * sizeof(status::DatabaseCounters) +
         locations * sizeof(status::LocationCounters);
}

std::span<StatusPlace> StatusZone::places() const {
  return {reinterpret_cast<StatusPlace*>(memory_), kStatusPlaces};
}

status::PoolGauges& StatusZone::gauges(std::size_t place,
                                       std::size_t database) const {
  auto* first = reinterpret_cast<status::PoolGauges*>(memory_ + kPlacesBytes);
  return first[place * databases_ + database];
}

status::DatabaseCounters& StatusZone::database(std::size_t index) const {
  auto* first = reinterpret_cast<status::DatabaseCounters*>(
      memory_ + kPlacesBytes +
      kStatusPlaces * databases_ * sizeof(status::PoolGauges));
  return first[index];
}

status::LocationCounters& StatusZone::location(std::size_t index) const {
  auto* first =
      reinterpret_cast<status::LocationCounters*>(&database(databases_));
  return first[index];
}

bool add_status_zone(ngx_conf_t* cf, MainConf& conf) {
  const std::size_t bytes =
      StatusZone::bytes(conf.databases.size(), conf.status_locations.size());
  // Beside ours, the slab pool keeps a table of its pages.
  const std::size_t pages = bytes / ngx_pagesize + 8;
  ngx_str_t name = pool_copy(cf->pool, zone_name(conf));
  if (name.data == nullptr) return false;
  conf.status_zone = ngx_shared_memory_add(
      cf, &name, (pages + pages / 64) * ngx_pagesize, &ngx_http_trestle_module);
  if (conf.status_zone == nullptr) return false;
  conf.status_zone->init = init_zone;
  conf.status_zone->data = &conf;
  return true;
}

StatusZone status_zone(const MainConf& conf) {
  if (conf.status_zone == nullptr) return {};
  return {static_cast<std::byte*>(conf.status_zone->data),
          conf.databases.size(), conf.status_locations.size()};
}

}  // namespace trestle::http
