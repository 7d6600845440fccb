#include "http/helper_process.h"

namespace trestle::http {

namespace {

// Called when the process runs; it answers when it is to be called again.
ngx_msec_t on_manager(void* start) noexcept {
  guard(ngx_cycle->log, reinterpret_cast<void (*)()>(start));
  constexpr ngx_msec_t kHour = 3'600'000;
  return kHour;
}

}  // namespace

// As ngx_add_path() does, but behind the point where nginx makes the folders of
// such paths: there is none to be made here.
bool add_helper(ngx_cycle_t* cycle, std::string_view name, void (*start)()) {
  auto* path =
      static_cast<ngx_path_t*>(ngx_pcalloc(cycle->pool, sizeof(ngx_path_t)));
  auto** place = static_cast<ngx_path_t**>(ngx_array_push(&cycle->paths));
  if (path == nullptr || place == nullptr) return false;
  path->name = borrow(name);
  path->manager = on_manager;
  path->data = reinterpret_cast<void*>(start);
  *place = path;
  return true;
}

}  // namespace trestle::http
