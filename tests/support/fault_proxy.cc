#include "support/fault_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <list>

#include "support/process.h"

namespace trestle::testing {
namespace {

constexpr std::size_t kMaxHeld = 1 << 20;  // bytes on the way, per direction

struct Piece {
  std::string bytes;
  Clock::time_point due;
};

// One direction of a connection.
struct Flow {
  int from = -1;
  int to = -1;
  std::deque<Piece> held = {};
  std::size_t held_bytes = 0;
  bool from_server = false;
  bool ended = false;      // `from` has sent its FIN
  bool forwarded = false;  // and `to` was told
  Clock::time_point next_write{};
};

struct Pair {
  Flow up;    // client to server
  Flow down;  // server to client
  bool deaf = false;
  bool dead = false;

  void reset() {
    const linger now{1, 0};
    setsockopt(up.from, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    setsockopt(up.to, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    dead = true;
  }
};

int listen_on(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(fd, 512) != 0)
    std::perror("fault proxy");
  return fd;
}

}  // namespace

class FaultProxy::Loop {
 public:
  explicit Loop(FaultProxy& proxy) : proxy_(proxy) {}

  void run() {
    listener_ = listen_on(proxy_.port_);
    while (!proxy_.stop_) {
      obey();
      wait();
      for (Pair& pair : pairs_) move(pair);
      remove_dead();
    }
    for (Pair& pair : pairs_) pair.dead = true;
    remove_dead();
    if (listener_ >= 0) close(listener_);
  }

 private:
  // What a new mode does to the connections there are.
  void obey() {
    const std::uint32_t changes = proxy_.changes_;
    if (changes == seen_) return;
    seen_ = changes;
    fault_ = proxy_.fault_;
    for (Pair& pair : pairs_) {
      if (fault_ == Fault::cut || fault_ == Fault::refuse) pair.reset();
      if (fault_ == Fault::state_lost) pair.deaf = true;
      if (fault_ == Fault::half_close) {
        shutdown(pair.down.to, SHUT_WR);
        pair.down.ended = pair.down.forwarded = true;
      }
    }
    if (fault_ == Fault::refuse && listener_ >= 0) {
      close(listener_);
      listener_ = -1;
    } else if (fault_ != Fault::refuse && listener_ < 0) {
      listener_ = listen_on(proxy_.port_);
    }
    proxy_.obeyed_ = changes;
  }

  void wait() {
    polled_.clear();
    if (listener_ >= 0) polled_.push_back({listener_, POLLIN, 0});
    bool due = false;
    for (Pair& pair : pairs_) {
      if (pair.deaf) continue;
      for (Flow* flow : {&pair.up, &pair.down}) {
        if (!flow->ended && flow->held_bytes < kMaxHeld)
          polled_.push_back({flow->from, POLLIN, 0});
        due = due || !flow->held.empty();
      }
    }
    poll(polled_.data(), polled_.size(), due ? 1 : 10);
    if (listener_ >= 0 && polled_[0].revents & POLLIN) accept_all();
  }

  void accept_all() {
    for (int fd; (fd = accept4(listener_, nullptr, nullptr,
                               SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0;) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      Pair pair;
      const int server = connect_to(proxy_.server_);
      pair.up = {.from = fd, .to = server};
      pair.down = {.from = server, .to = fd, .from_server = true};
      if (fault_ == Fault::cut || server < 0) pair.reset();
      pairs_.push_back(std::move(pair));
    }
  }

  void move(Pair& pair) {
    if (pair.deaf || pair.dead) return;
    for (Flow* flow : {&pair.up, &pair.down}) {
      take(pair, *flow);
      if (!pair.dead) give(pair, *flow);
    }
    if (pair.up.forwarded && pair.down.forwarded && fault_ != Fault::half_close)
      pair.dead = true;
  }

  void take(Pair& pair, Flow& flow) {
    if (flow.ended || flow.held_bytes >= kMaxHeld) return;
    char block[65536];
    const ssize_t n = recv(flow.from, block, sizeof block, 0);
    if (n == 0) flow.ended = true;
    if (n < 0 && errno != EAGAIN && errno != ENOTCONN) pair.reset();
    if (n <= 0 || fault_ == Fault::blackhole) return;
    if (fault_ == Fault::corrupt && flow.from_server)
      block[n / 2] = static_cast<char>(block[n / 2] ^ 0x5a);
    const Milliseconds delay(fault_ == Fault::delay ? proxy_.delay_ms_.load()
                                                    : 0);
    flow.held.push_back({std::string(block, static_cast<std::size_t>(n)),
                         Clock::now() + delay});
    flow.held_bytes += static_cast<std::size_t>(n);
  }

  void give(Pair& pair, Flow& flow) {
    const Clock::time_point now = Clock::now();
    const bool slow = fault_ == Fault::trickle && flow.from_server;
    const bool small = fault_ == Fault::bytewise && flow.from_server;
    // A bounded number of single bytes in a row, so that others get their turn.
    for (int turns = 0; turns < 4096 && !flow.held.empty(); turns++) {
      Piece& piece = flow.held.front();
      if (piece.due > now || (slow && flow.next_write > now)) return;
      const std::size_t size = std::min(piece.bytes.size(), small  ? 1UL
                                                            : slow ? 100UL
                                                                   : ~0UL);
      const ssize_t n = send(flow.to, piece.bytes.data(), size, MSG_NOSIGNAL);
      if (n < 0) {
        if (errno != EAGAIN && errno != ENOTCONN) pair.reset();
        return;
      }
      flow.next_write = now + Milliseconds(10);
      flow.held_bytes -= static_cast<std::size_t>(n);
      piece.bytes.erase(0, static_cast<std::size_t>(n));
      if (piece.bytes.empty()) flow.held.pop_front();
    }
    if (flow.held.empty() && flow.ended && !flow.forwarded) {
      shutdown(flow.to, SHUT_WR);
      flow.forwarded = true;
    }
  }

  void remove_dead() {
    for (auto pair = pairs_.begin(); pair != pairs_.end();) {
      if (!pair->dead) {
        ++pair;
        continue;
      }
      close(pair->up.from);
      if (pair->up.to >= 0) close(pair->up.to);
      pair = pairs_.erase(pair);
    }
    proxy_.connections_ = static_cast<int>(pairs_.size());
  }

  FaultProxy& proxy_;
  int listener_ = -1;
  Fault fault_ = Fault::none;
  std::uint32_t seen_ = 0;
  std::list<Pair> pairs_;
  std::vector<pollfd> polled_;
};

FaultProxy::FaultProxy(Address server)
    : server_(std::move(server)), port_(free_port()) {
  thread_ = std::thread([this] { Loop(*this).run(); });
  if (!wait_until([this] { return HttpClient({port_}).connect(); }))
    std::perror("fault proxy");
}

FaultProxy::~FaultProxy() {
  stop_ = true;
  thread_.join();
}

void FaultProxy::set(Fault fault, int delay_ms) {
  delay_ms_ = delay_ms;
  fault_ = fault;
  const std::uint32_t change = ++changes_;
  (void)wait_until([this, change] { return obeyed_ == change; });
}

}  // namespace trestle::testing
