// A callback is a function and the object it belongs to: what std::function
// does, without allocation and without a throwing call. The object outlives it.
#pragma once

namespace trestle {

struct Callback {
  void (*function)(void* self) noexcept = nullptr;
  void* self = nullptr;

  void operator()() const noexcept { function(self); }
  explicit operator bool() const { return function != nullptr; }
};

// callback<&Pool::on_timer>(pool): the method must be noexcept.
template <auto Method, class T>
Callback callback(T* object) {
  return {[](void* self) noexcept { (static_cast<T*>(self)->*Method)(); },
          object};
}

}  // namespace trestle
