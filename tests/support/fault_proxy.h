// A proxy in front of a server that does to its bytes what networks do. It runs
// in a thread of its own; the mode may change at any time and then holds for
// the connections that are there, too.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "support/http_client.h"

namespace trestle::testing {

enum class Fault {
  none,
  delay,     // each piece comes delay_ms late
  bytewise,  // what the server sends comes byte by byte, as fast as it goes
  trickle,   // what the server sends comes at 100 bytes per 10 ms
  cut,       // connections are reset; new ones, too, as soon as they are there
  half_close,  // the server's side ends (FIN), the client's is still read
  refuse,      // nobody listens
  blackhole,   // connections are taken, bytes vanish
  state_lost,  // as a firewall that forgot: old connections are deaf and dumb,
               // new ones work
  corrupt,     // a byte of each piece of the server's is another
};

class FaultProxy {
 public:
  // Listens on a free port of 127.0.0.1.
  explicit FaultProxy(Address server);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  [[nodiscard]] int port() const { return port_; }
  // Returns when the mode holds.
  void set(Fault fault, int delay_ms = 50);
  [[nodiscard]] int connections() const { return connections_; }

 private:
  class Loop;
  friend class Loop;

  Address server_;
  int port_ = 0;
  std::atomic<Fault> fault_{Fault::none};
  std::atomic<std::uint32_t> changes_{0};  // of fault_
  std::atomic<std::uint32_t> obeyed_{0};   // the last one that holds
  std::atomic<int> delay_ms_{50};
  std::atomic<int> connections_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace trestle::testing
