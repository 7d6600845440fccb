// A table of texts by key in a zone of shared memory, for what can be had anew:
// when there is no more room, the one that was not asked for the longest goes.
//
//  (1) Layout. All memory is that of nginx's slab pool: one head with the
//      buckets, as many as the zone is large, and a piece for each entry, with
//      its value and behind that its key. Pointers are plain, for the zone is
//      mapped before the workers are forked.
//  (2) Lock. An object holds the zone's mutex as long as it lives, and what it
//      gives out is valid that long. So it lives for the copying of a text or
//      two: keys are hashed before, and nobody is called back, writes or waits
//      meanwhile. nginx's master takes the mutex from a worker that has died.
//  (3) Reload. The texts stay as long as name and size do. nginx hands a zone
//      on only to the very module that has made it; a new program, or another
//      file of the module, begins with an empty one. So the layout may change
//      from version to version.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "http/nginx.h"
#include "http/zone_lock.h"

namespace trestle::http {

// Borrowed, with its hash.
struct SlabKey {
  explicit SlabKey(std::string_view key);

  std::string_view text;
  std::uint64_t hash;
};

struct SlabCounts {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;    // of them, with their keys
  std::uint64_t evicted = 0;  // had to make room, since the zone is there
};

class SlabTable {
 public:
  // An entry's value; its beginning is aligned for any number.
  using Value = std::string_view;

  // Adds a zone with an empty table to the configuration; `name` is a literal.
  // Null: it cannot be (logged).
  [[nodiscard]] static ngx_shm_zone_t* add_zone(ngx_conf_t* cf,
                                                std::string_view name,
                                                std::size_t size);

  // (2) The zone outlives it.
  explicit SlabTable(ngx_shm_zone_t* zone);

  // The value under that key, which counts as asked for now; without data():
  // there is none.
  [[nodiscard]] Value find(const SlabKey& key);
  // The parts one behind another, in the place of what was there. What is
  // larger than the zone can hold is left out.
  void put(const SlabKey& key, std::initializer_list<std::string_view> value);
  void remove(const SlabKey& key);

  [[nodiscard]] SlabCounts counts() const;

 private:
  struct Entry;
  struct Head;

  static ngx_int_t init_zone(ngx_shm_zone_t* zone, void* old);
  [[nodiscard]] Entry** place_of(const SlabKey& key) const;
  [[nodiscard]] Entry** place_of(const Entry& entry) const;
  [[nodiscard]] Entry* allocate(std::size_t bytes);
  void drop(Entry** place);

  ngx_shm_zone_t* zone_;
  ZoneLock lock_;
  Head& head_;
};

}  // namespace trestle::http
