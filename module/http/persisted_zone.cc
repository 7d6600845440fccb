#include "http/persisted_zone.h"

#include <array>
#include <cstring>

#include "base/text.h"
#include "http/config.h"
#include "http/zone_lock.h"

namespace trestle::http {

namespace {

constexpr std::size_t kMemory = 1024 * 1024;
constexpr std::size_t kLeastMemory = 128 * 1024;
constexpr std::size_t kHash = 64;  // digits
constexpr std::size_t kBuckets = 1024;

struct Entry {
  Entry* next;         // in its bucket
  ngx_queue_t by_age;  // the last one used is the first
  char hash[kHash];
  std::size_t size;  // of the text behind it

  char* text() { return reinterpret_cast<char*>(this + 1); }
};

struct Table {
  std::array<Entry*, kBuckets> buckets;
  ngx_queue_t by_age;
};

// The memory is nginx's slab pool's: zeroed.
ngx_int_t init_zone(ngx_shm_zone_t* zone, void* old) {
  ngx_slab_pool_t* slabs = slabs_of(zone);
  if (old != nullptr || zone->shm.exists) {
    zone->data = old != nullptr ? old : slabs->data;
    return NGX_OK;
  }
  auto* table = static_cast<Table*>(ngx_slab_calloc(slabs, sizeof(Table)));
  if (table == nullptr) return NGX_ERROR;
  ngx_queue_init(&table->by_age);
  slabs->log_nomem = 0;  // a full zone is no event: the oldest text goes
  slabs->data = table;
  zone->data = table;
  return NGX_OK;
}

class ZoneTexts final : public graphql::PersistedTexts {
 public:
  explicit ZoneTexts(ngx_shm_zone_t* zone) : zone_(zone) {}

  std::optional<std::string> find(std::string_view sha256) override {
    if (sha256.size() != kHash) return std::nullopt;
    std::string text;
    const ZoneLock lock(zone_);
    Entry** place = place_of(sha256);
    if (*place == nullptr) return std::nullopt;
    Entry& entry = **place;
    ngx_queue_remove(&entry.by_age);
    ngx_queue_insert_head(&table().by_age, &entry.by_age);
    text.assign(entry.text(), entry.size);
    return text;
  }

  void put(std::string_view sha256, std::string_view text) override {
    constexpr std::size_t kShare = 8;  // of the zone, for one text
    if (sha256.size() != kHash || text.size() > zone_->shm.size / kShare)
      return;
    const ZoneLock lock(zone_);
    if (*place_of(sha256) != nullptr) return;
    Entry* entry = allocate(sizeof(Entry) + text.size());
    if (entry == nullptr) return;
    std::memcpy(entry->hash, sha256.data(), kHash);
    entry->size = text.size();
    std::memcpy(entry->text(), text.data(), text.size());
    Entry** place = place_of(sha256);  // allocating may have moved it
    entry->next = nullptr;
    *place = entry;
    ngx_queue_insert_head(&table().by_age, &entry->by_age);
  }

 private:
  [[nodiscard]] Table& table() const {
    return *static_cast<Table*>(zone_->data);
  }

  // What points to the entry of that hash, or where it would be.
  [[nodiscard]] Entry** place_of(std::string_view sha256) const {
    Entry** place = &table().buckets[fnv1a(sha256) % kBuckets];
    while (*place != nullptr &&
           std::string_view((*place)->hash, kHash) != sha256)
      place = &(*place)->next;
    return place;
  }

  // Null when not even an empty zone has that much.
  Entry* allocate(std::size_t bytes) {
    for (;;) {
      void* memory = ngx_slab_alloc_locked(slabs_of(zone_), bytes);
      if (memory != nullptr) return static_cast<Entry*>(memory);
      if (ngx_queue_empty(&table().by_age)) return nullptr;
      drop(*ngx_queue_data(ngx_queue_last(&table().by_age), Entry, by_age));
    }
  }

  void drop(Entry& entry) {
    *place_of({entry.hash, kHash}) = entry.next;
    ngx_queue_remove(&entry.by_age);
    ngx_slab_free_locked(slabs_of(zone_), &entry);
  }

  ngx_shm_zone_t* zone_;
};

}  // namespace

char* set_graphql_memory(ngx_conf_t* cf, MainConf& conf) {
  if (conf.graphql_memory != NGX_CONF_UNSET_SIZE) {
    log_here(cf, "\"trestle_graphql_memory\" directive is duplicate");
    return conf_error();
  }
  std::optional<std::size_t> size = parse_size(view(words(cf)[1]));
  if (!size || *size < kLeastMemory) {
    log_invalid(cf, words(cf)[1], "a size of at least 128k");
    return conf_error();
  }
  conf.graphql_memory = *size;
  return NGX_CONF_OK;
}

std::shared_ptr<graphql::PersistedTexts> add_persisted_zone(ngx_conf_t* cf) {
  MainConf& conf = *main_conf(cf);
  if (conf.persisted == nullptr) {
    ngx_str_t name = ngx_string("trestle_graphql");
    std::size_t size = conf.graphql_memory == NGX_CONF_UNSET_SIZE
                           ? kMemory
                           : conf.graphql_memory;
    ngx_shm_zone_t* zone =
        ngx_shared_memory_add(cf, &name, size, &ngx_http_trestle_module);
    if (zone == nullptr) return nullptr;
    zone->init = init_zone;
    conf.persisted = std::make_shared<ZoneTexts>(zone);
  }
  return conf.persisted;
}

}  // namespace trestle::http
