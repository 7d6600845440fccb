#include "pages/fiber.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define TRESTLE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TRESTLE_ASAN 1
#endif
#endif
#ifdef TRESTLE_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

namespace trestle::pages {

namespace {

// As large as a main thread's: what is safe there is safe here. Only what is
// touched takes memory.
constexpr std::size_t kStackBytes = 8 * 1024 * 1024;
constexpr std::size_t kGuardBytes = 64 * 1024;

void* make_stack() {
  void* stack =
      mmap(nullptr, kGuardBytes + kStackBytes, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
  if (stack == MAP_FAILED) throw std::bad_alloc();
  static_cast<void>(mprotect(stack, kGuardBytes, PROT_NONE));
  return stack;
}

// Tell AddressSanitizer which stack is run on; without it these do nothing.
void leave_for([[maybe_unused]] void** fake, [[maybe_unused]] const void* stack,
               [[maybe_unused]] std::size_t size) {
#ifdef TRESTLE_ASAN
  __sanitizer_start_switch_fiber(fake, stack, size);
#endif
}

void arrive([[maybe_unused]] void* fake, [[maybe_unused]] const void** from,
            [[maybe_unused]] std::size_t* size) {
#ifdef TRESTLE_ASAN
  __sanitizer_finish_switch_fiber(fake, from, size);
#endif
}

}  // namespace

Fiber::Fiber(Callback run) : run_(run), stack_(make_stack()) {
  static_cast<void>(getcontext(&inside_));  // always succeeds on Linux
  inside_.uc_stack.ss_sp = static_cast<char*>(stack_) + kGuardBytes;
  inside_.uc_stack.ss_size = kStackBytes;
  inside_.uc_link = nullptr;
  // makecontext() hands on ints only.
  auto self = reinterpret_cast<std::uintptr_t>(this);
  makecontext(&inside_, reinterpret_cast<void (*)()>(enter), 2,
              static_cast<unsigned>(self >> 32), static_cast<unsigned>(self));
}

Fiber::~Fiber() { munmap(stack_, kGuardBytes + kStackBytes); }

void Fiber::enter(unsigned high, unsigned low) {
  std::uintptr_t self = (static_cast<std::uintptr_t>(high) << 32) | low;
  reinterpret_cast<Fiber*>(self)->run();
}

void Fiber::run() {
  arrive(nullptr, &outside_stack_, &outside_size_);
  run_();
  is_done_ = true;
  leave_for(nullptr, outside_stack_, outside_size_);
  setcontext(&outside_);
}

void Fiber::resume() {
  if (is_done_) return;
  leave_for(&outside_fake_, inside_.uc_stack.ss_sp, kStackBytes);
  swapcontext(&outside_, &inside_);
  arrive(outside_fake_, nullptr, nullptr);
}

void Fiber::suspend() {
  leave_for(&inside_fake_, outside_stack_, outside_size_);
  swapcontext(&inside_, &outside_);
  arrive(inside_fake_, &outside_stack_, &outside_size_);
}

}  // namespace trestle::pages
