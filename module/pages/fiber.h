// A Fiber runs one function on a stack of its own, so that the function can
// stop in the middle and go on later: a page that waits for its next row gives
// the event loop its thread back. Nothing runs at the same time; resume() and
// suspend() only change stacks (makecontext(3)).
//
//  (1) No exception leaves the function.
//  (2) A fiber is destroyed when it has not begun or is done: what waits inside
//      owns objects. Whoever leaves early makes the function return first.
#pragma once

#include <ucontext.h>

#include <cstddef>

#include "base/callback.h"

namespace trestle::pages {

class Fiber {
 public:
  // `run` is called by the first resume(). Throws std::bad_alloc, as `new`
  // does, when there is no memory for a stack.
  explicit Fiber(Callback run);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // From outside: runs until the function suspends or returns.
  void resume();
  // From inside: back to whoever called resume().
  void suspend();

  [[nodiscard]] bool is_done() const { return is_done_; }

 private:
  static void enter(unsigned high, unsigned low);
  void run();

  Callback run_;
  void* stack_;
  ucontext_t inside_ = {};
  ucontext_t outside_ = {};
  bool is_done_ = false;
  // What AddressSanitizer wants to know of the stack that is left.
  const void* outside_stack_ = nullptr;
  std::size_t outside_size_ = 0;
  void* outside_fake_ = nullptr;
  void* inside_fake_ = nullptr;
};

}  // namespace trestle::pages
