// A name server on a port of 127.0.0.1 that answers every question for an IPv4
// address the same way, or wrongly, or not at all. It runs in a thread of its
// own; what it answers may change at any time.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace trestle::testing {

class DnsServer {
 public:
  DnsServer();
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] int questions() const { return questions_; }

  // These addresses, for one second.
  void answer(std::vector<std::string> addresses);
  // There is no such name (NXDOMAIN).
  void deny();
  // Questions vanish.
  void be_silent();

 private:
  enum class Mode { answer, deny, silent };

  void run();
  [[nodiscard]] std::string reply_to(const std::string& question);
  void set(Mode mode, std::vector<std::string> addresses);

  int fd_ = -1;
  int port_ = 0;
  std::mutex mutex_;  // of the next two
  Mode mode_ = Mode::silent;
  std::vector<std::string> addresses_;
  std::atomic<int> questions_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace trestle::testing
