#include "http/jwks_zone.h"

#include "base/text.h"
#include "http/zone_lock.h"

namespace trestle::http {

struct JwksZone::Set {
  std::atomic<std::uint64_t> generation;
  std::atomic<bool> asked;
  std::size_t size;  // this and the text under the zone's mutex
  char text[kMaxJwks];
};

namespace {

// The set, and what nginx's slabs need beside it.
constexpr std::size_t kMemory = 2 * kMaxJwks;

template <class Set>
ngx_int_t init_zone(ngx_shm_zone_t* zone, void* old) {
  ngx_slab_pool_t* slabs = slabs_of(zone);
  // nginx's slab pool gives zeroed memory; a reload keeps the old.
  if (old == nullptr && !zone->shm.exists)
    slabs->data = ngx_slab_calloc(slabs, sizeof(Set));
  zone->data = old != nullptr ? old : slabs->data;
  return zone->data != nullptr ? NGX_OK : NGX_ERROR;
}

class ZoneKeys final : public auth::RemoteKeys {
 public:
  explicit ZoneKeys(const ngx_shm_zone_t* zone) : zone_(zone) {}

  Current current() override {
    if (zone_.generation() != generation_) load();
    return {.keys = keys_.empty() ? nullptr : &keys_,
            .generation = generation_};
  }

  void ask_anew() override { zone_.ask_anew(); }

 private:
  // What is stored was parsed before.
  void load() {
    std::string json;
    generation_ = zone_.read(json);
    if (Result<auth::KeySet> keys = auth::parse_public_jwks(json); keys.ok())
      keys_ = std::move(keys).value();
  }

  JwksZone zone_;
  std::uint64_t generation_ = 0;
  auth::KeySet keys_;
};

}  // namespace

ngx_shm_zone_t* JwksZone::add(ngx_conf_t* cf, std::string_view url) {
  ngx_str_t name = pool_copy(cf->pool, concat({"trestle_jwks ", url}));
  if (name.data == nullptr) return nullptr;
  ngx_shm_zone_t* zone =
      ngx_shared_memory_add(cf, &name, kMemory, &ngx_http_trestle_module);
  if (zone != nullptr) zone->init = init_zone<Set>;
  return zone;
}

JwksZone::Set& JwksZone::set() const { return *static_cast<Set*>(zone_->data); }

std::uint64_t JwksZone::generation() const { return set().generation.load(); }

std::uint64_t JwksZone::read(std::string& json) const {
  const ZoneLock lock(zone_);
  json.assign(set().text, set().size);
  return set().generation.load();
}

bool JwksZone::store(std::string_view json) {
  Set& set = this->set();
  const ZoneLock lock(zone_);
  const bool known = set.generation.load() != 0 &&
                     std::string_view(set.text, set.size) == json;
  if (known) return false;
  std::memcpy(set.text, json.data(), json.size());
  set.size = json.size();
  set.generation.fetch_add(1);
  return true;
}

// Tokens may come often, the flag is written once.
void JwksZone::ask_anew() {
  if (!set().asked.load()) set().asked.store(true);
}

bool JwksZone::take_asked() { return set().asked.exchange(false); }

std::shared_ptr<auth::RemoteKeys> zone_keys(const ngx_shm_zone_t* zone) {
  return std::make_shared<ZoneKeys>(zone);
}

}  // namespace trestle::http
