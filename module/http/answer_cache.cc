#include "http/answer_cache.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "base/text.h"
#include "http/config.h"
#include "http/zone_lock.h"

namespace trestle::http {

namespace {

constexpr std::size_t kMemory = 8 * 1024 * 1024;
constexpr std::size_t kLeastMemory = 256 * 1024;
constexpr std::size_t kBuckets = 4096;
// One answer's part of the zone, and its bytes, at most.
constexpr std::size_t kShare = 8;
constexpr std::size_t kMostBytes = 1024 * 1024;

struct Entry {
  Entry* next;         // in its bucket
  ngx_queue_t by_age;  // the last one used is the first
  std::uint64_t hash;
  // Behind it lie marks, key, head and body.
  std::uint32_t marks;
  std::uint32_t key;
  std::uint32_t head;
  std::uint32_t body;

  [[nodiscard]] std::span<live::SeenMark> seen() {
    return {reinterpret_cast<live::SeenMark*>(this + 1), marks};
  }
  [[nodiscard]] char* text() {
    return reinterpret_cast<char*>(seen().data() + marks);
  }
  [[nodiscard]] std::string_view key_text() { return {text(), key}; }
  [[nodiscard]] std::string_view head_text() { return {text() + key, head}; }
  [[nodiscard]] std::string_view body_text() {
    return {text() + key + head, body};
  }
};
static_assert(sizeof(Entry) % alignof(live::SeenMark) == 0);

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
  slabs->log_nomem = 0;  // a full zone is no event: the oldest answer goes
  slabs->data = table;
  zone->data = table;
  return NGX_OK;
}

// --- an answer's head as bytes -----------------------------------------------

void append_text(std::string& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  char bytes[sizeof size];
  std::memcpy(bytes, &size, sizeof size);
  out.append(bytes, sizeof bytes).append(text);
}

std::string_view take_text(std::string_view& from) {
  std::uint32_t size = 0;
  std::memcpy(&size, from.data(), sizeof size);
  const std::string_view text = from.substr(sizeof size, size);
  from.remove_prefix(sizeof size + size);
  return text;
}

std::string head_bytes(const ResponseHead& head) {
  std::string out;
  append_text(out, head.content_type);
  for (const Header& header : head.headers) {
    append_text(out, header.name);
    append_text(out, header.value);
  }
  return out;
}

ResponseHead head_of(std::string_view bytes) {
  ResponseHead head;
  head.content_type = take_text(bytes);
  while (!bytes.empty()) {
    Header& header = head.headers.emplace_back();
    header.name = take_text(bytes);
    header.value = take_text(bytes);
  }
  return head;
}

// --- the zone ----------------------------------------------------------------

// What is done under the zone's lock.
class Answers {
 public:
  explicit Answers(ngx_shm_zone_t* zone)
      : zone_(zone), lock_(zone), table_(*static_cast<Table*>(zone->data)) {}

  [[nodiscard]] Entry* find(std::uint64_t hash, std::string_view key) {
    for (Entry* entry = bucket(hash); entry != nullptr; entry = entry->next)
      if (entry->hash == hash && entry->key_text() == key) return entry;
    return nullptr;
  }

  void use(Entry& entry) {
    ngx_queue_remove(&entry.by_age);
    ngx_queue_insert_head(&table_.by_age, &entry.by_age);
  }

  // Null when not even an empty zone has that much.
  [[nodiscard]] Entry* allocate(std::size_t bytes) {
    for (;;) {
      void* memory = ngx_slab_alloc_locked(slabs_of(zone_), bytes);
      if (memory != nullptr) return static_cast<Entry*>(memory);
      if (ngx_queue_empty(&table_.by_age)) return nullptr;
      drop(*ngx_queue_data(ngx_queue_last(&table_.by_age), Entry, by_age));
    }
  }

  void add(Entry& entry) {
    entry.next = bucket(entry.hash);
    bucket(entry.hash) = &entry;
    ngx_queue_insert_head(&table_.by_age, &entry.by_age);
  }

  void drop(Entry& entry) {
    Entry** place = &bucket(entry.hash);
    while (*place != &entry) place = &(*place)->next;
    *place = entry.next;
    ngx_queue_remove(&entry.by_age);
    ngx_slab_free_locked(slabs_of(zone_), &entry);
  }

 private:
  [[nodiscard]] Entry*& bucket(std::uint64_t hash) {
    return table_.buckets[hash % kBuckets];
  }

  ngx_shm_zone_t* zone_;
  ZoneLock lock_;
  Table& table_;
};

}  // namespace

bool AnswerCache::answer(std::string_view key, const live::ChangeMarks& marks,
                         ResponseSink& response) {
  const std::uint64_t hash = fnv1a(key);
  Answers answers(zone_);
  Entry* entry = answers.find(hash, key);
  if (entry == nullptr) return false;
  if (!marks.same(entry->seen())) {
    answers.drop(*entry);
    return false;
  }
  answers.use(*entry);
  ResponseHead head = head_of(entry->head_text());
  head.content_length = entry->body;
  response.head(std::move(head));
  static_cast<void>(response.body(entry->body_text()));
  response.end();
  return true;
}

void AnswerCache::put(std::string_view key,
                      std::span<const live::SeenMark> marks,
                      const ResponseHead& head, std::string_view body) {
  const std::uint64_t hash = fnv1a(key);
  const std::string head_text = head_bytes(head);
  Answers answers(zone_);
  if (Entry* old = answers.find(hash, key)) answers.drop(*old);
  Entry* entry = answers.allocate(sizeof(Entry) + marks.size_bytes() +
                                  key.size() + head_text.size() + body.size());
  if (entry == nullptr) return;
  entry->hash = hash;
  entry->marks = static_cast<std::uint32_t>(marks.size());
  entry->key = static_cast<std::uint32_t>(key.size());
  entry->head = static_cast<std::uint32_t>(head_text.size());
  entry->body = static_cast<std::uint32_t>(body.size());
  std::ranges::copy(marks, entry->seen().begin());
  char* at = entry->text();
  for (std::string_view part : {key, std::string_view(head_text), body})
    at = std::ranges::copy(part, at).out;
  answers.add(*entry);
}

std::size_t AnswerCache::max_body() const {
  return std::min(zone_->shm.size / kShare, kMostBytes);
}

char* set_cache_zone(ngx_conf_t* cf, MainConf& conf) {
  if (conf.cache_memory != NGX_CONF_UNSET_SIZE) {
    log_here(cf, "\"trestle_cache_zone\" directive is duplicate");
    return conf_error();
  }
  std::optional<std::size_t> size = parse_size(view(words(cf)[1]));
  if (!size || *size < kLeastMemory) {
    log_invalid(cf, words(cf)[1], "a size of at least 256k");
    return conf_error();
  }
  conf.cache_memory = *size;
  return NGX_CONF_OK;
}

bool add_cache_zone(ngx_conf_t* cf) {
  MainConf& conf = *main_conf(cf);
  if (conf.cache_zone != nullptr) return true;
  ngx_str_t name = ngx_string("trestle_cache");
  const std::size_t size =
      conf.cache_memory == NGX_CONF_UNSET_SIZE ? kMemory : conf.cache_memory;
  conf.cache_zone =
      ngx_shared_memory_add(cf, &name, size, &ngx_http_trestle_module);
  if (conf.cache_zone == nullptr) return false;
  conf.cache_zone->init = init_zone;
  // Another configuration may answer the same request otherwise.
  unsigned char life[16] = {};
  if (RAND_bytes(life, sizeof life) != 1) return false;
  conf.cache_life.assign(reinterpret_cast<char*>(life), sizeof life);
  return true;
}

}  // namespace trestle::http
