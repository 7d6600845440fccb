// Holds the mutex of a zone of shared memory.
#pragma once

#include "http/nginx.h"

namespace trestle::http {

[[nodiscard]] inline ngx_slab_pool_t* slabs_of(const ngx_shm_zone_t* zone) {
  return reinterpret_cast<ngx_slab_pool_t*>(zone->shm.addr);
}

class ZoneLock {
 public:
  explicit ZoneLock(const ngx_shm_zone_t* zone) : slabs_(slabs_of(zone)) {
    ngx_shmtx_lock(&slabs_->mutex);
  }
  ~ZoneLock() { ngx_shmtx_unlock(&slabs_->mutex); }
  ZoneLock(const ZoneLock&) = delete;
  ZoneLock& operator=(const ZoneLock&) = delete;

 private:
  ngx_slab_pool_t* slabs_;
};

}  // namespace trestle::http
