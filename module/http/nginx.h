// The only place that includes nginx. Its headers are C and read well as C++
// inside one extern "C" block; C++'s own headers must come before it.
//
// Below them, what every file of this folder needs at that border: views of
// nginx's strings, objects in nginx's pools, and the guard that keeps
// exceptions out of nginx's frames.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

extern "C" {
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
#include <ngx_md5.h>
#include <ngx_thread_pool.h>

extern ngx_module_t ngx_http_trestle_module;
extern ngx_module_t ngx_http_trestle_filter_module;
}

namespace trestle::http {

[[nodiscard]] inline std::string_view view(const ngx_str_t& text) {
  return {reinterpret_cast<const char*>(text.data), text.len};
}

[[nodiscard]] inline std::string_view view(
    const ngx_http_variable_value_t& value) {
  return {reinterpret_cast<const char*>(value.data), value.len};
}

// An ngx_str_t that borrows; nginx writes to no string we hand it.
[[nodiscard]] inline ngx_str_t borrow(std::string_view text) {
  return {text.size(),
          reinterpret_cast<u_char*>(const_cast<char*>(text.data()))};
}

// A copy in the pool with a NUL behind it. data is null when memory is out.
[[nodiscard]] inline ngx_str_t pool_copy(ngx_pool_t* pool,
                                         std::string_view text) {
  auto* data = static_cast<u_char*>(ngx_pnalloc(pool, text.size() + 1));
  if (data == nullptr) return {0, nullptr};
  if (!text.empty()) std::memcpy(data, text.data(), text.size());
  data[text.size()] = '\0';
  return {text.size(), data};
}

// An object in a pool, destroyed with it, last built first. Null when memory is
// out.
template <class T, class... Args>
[[nodiscard]] T* pool_new(ngx_pool_t* pool, Args&&... args) {
  static_assert(alignof(T) <= NGX_ALIGNMENT);
  ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(pool, sizeof(T));
  if (cleanup == nullptr) return nullptr;
  T* object = new (cleanup->data) T(std::forward<Args>(args)...);
  // Set last: a constructor that throws leaves no handler behind.
  cleanup->handler = [](void* data) { static_cast<T*>(data)->~T(); };
  return object;
}

// Runs `body`, which C code called: what it throws (only memory can run out)
// becomes a log line and `fallback`.
template <class T, class Body>
[[nodiscard]] T guard(ngx_log_t* log, T fallback, Body&& body) noexcept {
  try {
    return body();
  } catch (const std::exception& problem) {
    ngx_log_error(NGX_LOG_CRIT, log, 0, "trestle: %s", problem.what());
  } catch (...) {
    ngx_log_error(NGX_LOG_CRIT, log, 0, "trestle: unknown exception");
  }
  return fallback;
}

template <class Body>
void guard(ngx_log_t* log, Body&& body) noexcept {
  static_cast<void>(guard(log, 0, [&] {
    body();
    return 0;
  }));
}

// Takes an event out of nginx's queue, if it is there. nginx's macro is two
// statements, so an `if` before it would guard the first alone.
inline void unpost(ngx_event_t& event) {
  if (event.posted) {
    ngx_delete_posted_event(&event);
  }
}

// What nginx's debug log reads of an event's owner is the descriptor at the
// place it has in ngx_connection_t; a timer or task of ours begins with this.
struct EventOwner {
  void* self;
  void* unused[2] = {};
  ngx_socket_t fd = -1;

  explicit EventOwner(void* owner) : self(owner) {}

  template <class T>
  [[nodiscard]] static T* of(ngx_event_t* event) {
    return static_cast<T*>(static_cast<EventOwner*>(event->data)->self);
  }
};

}  // namespace trestle::http
