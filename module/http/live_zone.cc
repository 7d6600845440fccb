#include "http/live_zone.h"

#include <openssl/rand.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>

#include "base/text.h"

namespace trestle::http {

namespace {

constexpr std::size_t kPlacesSize = 1024;
static_assert(kLivePlaces * sizeof(LivePlace) <= kPlacesSize);
constexpr std::size_t kFeedsSize = 256 * 1024;
static_assert(kFeedStates * sizeof(FeedState) <= kFeedsSize);
constexpr std::size_t kBeforeRing = kPlacesSize + kFeedsSize;

// Written once, by the master: its children inherit the descriptors.
std::array<int, kLivePlaces> wakeups;
bool have_wakeups = false;

// What we got of the zone: the largest block that nginx's slabs can give.
struct Block {
  std::byte* data;
  std::size_t size;
};

Block block_of(const ngx_shm_zone_t* zone) {
  auto* block = static_cast<Block*>(zone->data);
  return *block;
}

ngx_int_t init_zone(ngx_shm_zone_t* zone, void* old) {
  auto* slabs = reinterpret_cast<ngx_slab_pool_t*>(zone->shm.addr);
  if (old != nullptr) {  // kept over a reload
    zone->data = old;
    return NGX_OK;
  }
  if (zone->shm.exists) {
    zone->data = slabs->data;
    return NGX_OK;
  }
  // Pages are handed out whole, so this is the last that will be.
  const std::size_t size =
      (static_cast<std::size_t>(slabs->end - slabs->start) / ngx_pagesize - 1) *
      ngx_pagesize;
  auto* block = static_cast<Block*>(ngx_slab_calloc(slabs, sizeof(Block)));
  if (block == nullptr) return NGX_ERROR;
  block->size = size - ngx_pagesize;
  block->data = static_cast<std::byte*>(ngx_slab_calloc(slabs, block->size));
  if (block->data == nullptr) return NGX_ERROR;
  slabs->data = block;
  zone->data = block;
  return NGX_OK;
}

}  // namespace

ngx_shm_zone_t* add_live_zone(ngx_conf_t* cf, std::size_t size) {
  ngx_str_t name = ngx_string("trestle_live");
  ngx_shm_zone_t* zone =
      ngx_shared_memory_add(cf, &name, size, &ngx_http_trestle_module);
  if (zone != nullptr) zone->init = init_zone;
  return zone;
}

bool make_live_wakeups(ngx_cycle_t* cycle) {
  if (have_wakeups) return true;
  for (int& fd : wakeups) {
    fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd >= 0) continue;
    ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno, "eventfd() failed");
    return false;
  }
  have_wakeups = true;
  return true;
}

int live_wakeup(std::size_t place) {
  return have_wakeups ? wakeups[place] : -1;
}

std::span<LivePlace> live_places(const ngx_shm_zone_t* zone) {
  return {reinterpret_cast<LivePlace*>(block_of(zone).data), kLivePlaces};
}

std::span<FeedState> live_feeds(const ngx_shm_zone_t* zone) {
  std::byte* data = block_of(zone).data + kPlacesSize;
  return {reinterpret_cast<FeedState*>(data), kFeedStates};
}

live::Ring live_ring(const ngx_shm_zone_t* zone) {
  const Block block = block_of(zone);
  // A new ring's life is named by its beginning.
  std::uint64_t secret = 0;
  static_cast<void>(
      RAND_bytes(reinterpret_cast<unsigned char*>(&secret), sizeof secret));
  const auto now = static_cast<std::uint64_t>(ngx_time());
  return live::Ring({block.data + kBeforeRing, block.size - kBeforeRing},
                    now << 12 ^ static_cast<std::uint64_t>(ngx_pid), secret);
}

void wake_live_readers(const ngx_shm_zone_t* zone, std::size_t except) {
  const std::span<LivePlace> places = live_places(zone);
  for (std::size_t i = 0; i < places.size(); i++) {
    if (i == except || places[i].pid.load() == 0) continue;
    if (places[i].woken.exchange(1) != 0) continue;
    const std::uint64_t one = 1;
    static_cast<void>(!write(live_wakeup(i), &one, sizeof one));
  }
}

std::string topic_key(std::string_view database, std::string_view topic) {
  return concat({database, "\n", topic});
}

std::string_view topic_of(std::string_view key) {
  return key.substr(key.find('\n') + 1);
}

std::string_view database_of(std::string_view key) {
  return key.substr(0, key.find('\n'));
}

}  // namespace trestle::http
