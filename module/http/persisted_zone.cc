#include "http/persisted_zone.h"

#include "http/config.h"
#include "http/slab_table.h"

namespace trestle::http {

namespace {

constexpr std::size_t kMemory = 1024 * 1024;
constexpr std::size_t kLeastMemory = 128 * 1024;
constexpr std::size_t kHash = 64;  // digits
constexpr std::size_t kShare = 8;  // of the zone, for one text

class ZoneTexts final : public graphql::PersistedTexts {
 public:
  explicit ZoneTexts(ngx_shm_zone_t* zone) : zone_(zone) {}

  std::optional<std::string> find(std::string_view sha256) override {
    if (sha256.size() != kHash) return std::nullopt;
    const SlabKey key(sha256);
    SlabTable table(zone_);
    const SlabTable::Value text = table.find(key);
    if (text.data() == nullptr) return std::nullopt;
    return std::string(text);
  }

  void put(std::string_view sha256, std::string_view text) override {
    if (sha256.size() != kHash || text.size() > zone_->shm.size / kShare)
      return;
    const SlabKey key(sha256);
    SlabTable table(zone_);
    if (table.find(key).data() == nullptr) table.put(key, {text});
  }

 private:
  ngx_shm_zone_t* zone_;
};

}  // namespace

char* set_graphql_memory(ngx_conf_t* cf, MainConf& conf) {
  return set_least_size(cf, conf.graphql_memory, kLeastMemory, "128k");
}

std::shared_ptr<graphql::PersistedTexts> add_persisted_zone(ngx_conf_t* cf) {
  MainConf& conf = *main_conf(cf);
  if (conf.persisted == nullptr) {
    const std::size_t size = conf.graphql_memory == NGX_CONF_UNSET_SIZE
                                 ? kMemory
                                 : conf.graphql_memory;
    ngx_shm_zone_t* zone = SlabTable::add_zone(cf, "trestle_graphql", size);
    if (zone == nullptr) return nullptr;
    conf.persisted = std::make_shared<ZoneTexts>(zone);
  }
  return conf.persisted;
}

}  // namespace trestle::http
