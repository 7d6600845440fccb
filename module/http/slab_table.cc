#include "http/slab_table.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace trestle::http {

namespace {

// One bucket for so much of the zone.
constexpr std::size_t kBucketShare = 1024;

}  // namespace

struct SlabTable::Entry {
  Entry* next;         // in its bucket
  ngx_queue_t by_age;  // the last one asked for is the first
  std::uint64_t hash;
  std::size_t value_size;
  std::size_t key_size;

  // Value and key lie behind it.
  [[nodiscard]] char* text() { return reinterpret_cast<char*>(this + 1); }
  [[nodiscard]] Value value() { return {text(), value_size}; }
  [[nodiscard]] std::string_view key() {
    return {text() + value_size, key_size};
  }
  [[nodiscard]] std::size_t bytes() const {
    return sizeof(Entry) + value_size + key_size;
  }
};

struct SlabTable::Head {
  ngx_queue_t by_age;
  SlabCounts counts;
  std::size_t buckets;

  [[nodiscard]] Entry*& bucket(std::uint64_t hash) {
    return reinterpret_cast<Entry**>(this + 1)[hash % buckets];
  }
};

SlabKey::SlabKey(std::string_view key) : text(key), hash(fnv1a(key)) {}

ngx_shm_zone_t* SlabTable::add_zone(ngx_conf_t* cf, std::string_view name,
                                    std::size_t size) {
  ngx_str_t text = borrow(name);
  ngx_shm_zone_t* zone =
      ngx_shared_memory_add(cf, &text, size, &ngx_http_trestle_module);
  if (zone != nullptr) zone->init = init_zone;
  return zone;
}

// The memory is nginx's slab pool's: zeroed.
ngx_int_t SlabTable::init_zone(ngx_shm_zone_t* zone, void* old) {
  ngx_slab_pool_t* slabs = slabs_of(zone);
  if (old != nullptr || zone->shm.exists) {  // (3)
    zone->data = old != nullptr ? old : slabs->data;
    return NGX_OK;
  }
  const std::size_t buckets = zone->shm.size / kBucketShare;
  // NOLINTNEXTLINE(bugprone-sizeof-expression): a bucket is a pointer
  const std::size_t bytes = sizeof(Head) + buckets * sizeof(Entry*);
  auto* head = static_cast<Head*>(ngx_slab_calloc(slabs, bytes));
  if (head == nullptr) return NGX_ERROR;
  head->buckets = buckets;
  ngx_queue_init(&head->by_age);
  slabs->log_nomem = 0;  // a full zone is no event
  slabs->data = head;
  zone->data = head;
  return NGX_OK;
}

SlabTable::SlabTable(ngx_shm_zone_t* zone)
    : zone_(zone), lock_(zone), head_(*static_cast<Head*>(zone->data)) {}

// What points to the entry, or where it would be.
SlabTable::Entry** SlabTable::place_of(const SlabKey& key) const {
  Entry** place = &head_.bucket(key.hash);
  while (*place != nullptr &&
         ((*place)->hash != key.hash || (*place)->key() != key.text))
    place = &(*place)->next;
  return place;
}

SlabTable::Entry** SlabTable::place_of(const Entry& entry) const {
  Entry** place = &head_.bucket(entry.hash);
  while (*place != &entry) place = &(*place)->next;
  return place;
}

SlabTable::Value SlabTable::find(const SlabKey& key) {
  Entry* entry = *place_of(key);
  if (entry == nullptr) return {};
  ngx_queue_remove(&entry->by_age);
  ngx_queue_insert_head(&head_.by_age, &entry->by_age);
  return entry->value();
}

void SlabTable::put(const SlabKey& key,
                    std::initializer_list<std::string_view> value) {
  remove(key);
  std::size_t size = 0;
  for (std::string_view part : value) size += part.size();
  Entry* entry = allocate(sizeof(Entry) + size + key.text.size());
  if (entry == nullptr) return;
  entry->hash = key.hash;
  entry->value_size = size;
  entry->key_size = key.text.size();
  char* at = entry->text();
  for (std::string_view part : value) at = std::ranges::copy(part, at).out;
  std::ranges::copy(key.text, at);
  Entry*& bucket = head_.bucket(key.hash);
  entry->next = bucket;
  bucket = entry;
  ngx_queue_insert_head(&head_.by_age, &entry->by_age);
  head_.counts.entries++;
  head_.counts.bytes += entry->bytes();
}

void SlabTable::remove(const SlabKey& key) {
  if (Entry** place = place_of(key); *place != nullptr) drop(place);
}

SlabCounts SlabTable::counts() const { return head_.counts; }

// Null when not even an empty zone has that much.
SlabTable::Entry* SlabTable::allocate(std::size_t bytes) {
  for (;;) {
    void* memory = ngx_slab_alloc_locked(slabs_of(zone_), bytes);
    if (memory != nullptr) return static_cast<Entry*>(memory);
    if (ngx_queue_empty(&head_.by_age)) return nullptr;
    drop(place_of(
        *ngx_queue_data(ngx_queue_last(&head_.by_age), Entry, by_age)));
    head_.counts.evicted++;
  }
}

void SlabTable::drop(Entry** place) {
  Entry* entry = *place;
  *place = entry->next;
  ngx_queue_remove(&entry->by_age);
  head_.counts.entries--;
  head_.counts.bytes -= entry->bytes();
  ngx_slab_free_locked(slabs_of(zone_), entry);
}

}  // namespace trestle::http
