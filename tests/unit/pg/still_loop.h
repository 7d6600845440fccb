// A loop in which nothing happens but what a test does to its clocks: for what
// asks nothing else of one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pg/loop.h"

namespace trestle::pg {

class StillLoop : public Loop {
 public:
  std::unique_ptr<Watch> make_watch(const WatchCallbacks&) override {
    return nullptr;
  }
  std::unique_ptr<Timer> make_timer(Callback, TimerKind) override {
    return nullptr;
  }
  bool offload(std::unique_ptr<Job>) override { return false; }
  std::unique_ptr<Lookup> resolve(const std::string&, LookupHandler&) override {
    return nullptr;
  }
  Milliseconds now() const override { return time; }
  std::uint64_t now_us() const override { return time * 1000 + beyond_us; }
  std::uint32_t random() override { return chance; }
  void log(Level, std::string_view) override {}

  Milliseconds time = 1'000;    // its own clock
  std::uint64_t beyond_us = 0;  // what the exact one is ahead of it
  std::uint32_t chance = 0;
};

}  // namespace trestle::pg
