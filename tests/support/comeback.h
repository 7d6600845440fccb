// A subscriber as the documentation wants one: it remembers the last id, comes
// back with it whenever it is cut off, and takes a resync for what it is. The
// channel's messages are numbers that grow by one, so it sees what was lost or
// came twice.
#pragma once

#include <memory>
#include <string>

#include "support/websocket_client.h"

namespace trestle::testing {

class Comeback {
 public:
  // Of the channel "ticks" at /live.
  explicit Comeback(Address address) : address_(std::move(address)) {}

  // Fails the test when that cannot be.
  void join();

  // Reads until `number` has come. Fails the test when one comes twice, or is
  // missing and no resync has stood for it. False: it does not come.
  [[nodiscard]] bool reads_until(int number);

  // Connections and resyncs so far.
  [[nodiscard]] int comebacks() const { return comebacks_; }
  [[nodiscard]] int resyncs() const { return resyncs_; }

 private:
  bool connect();
  void take(const std::string& text);

  Address address_;
  std::unique_ptr<WebSocketClient> client_;
  std::string since_;
  std::string joined_;
  int next_ = 0;
  bool skipped_ = false;
  int comebacks_ = 0;
  int resyncs_ = 0;
};

}  // namespace trestle::testing
