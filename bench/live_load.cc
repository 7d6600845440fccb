// Subscribers for bench/live: opens COUNT WebSockets to 127.0.0.1:PORT, sends
// each MESSAGE when it is not empty, and reads until every one has got EVENTS
// messages that hold "n": 1, 2, 3 ... and "t": microseconds since 1970, or
// nothing comes for ten seconds. Says "ready" when all are open (and answered),
// then
//
//   deliveries=5000 lost=0 twice=0 p50_us=812 p99_us=3014
//
// One thread and poll(2)'s big sister: epoll.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr unsigned char kPing = 0x89;
// Masked, with nothing in it.
constexpr std::string_view kPong("\x8a\x80\0\0\0\0", 6);

struct Subscriber {
  int fd = -1;
  long long last = 0;  // number of the last event
  std::string unread;
};

struct Tally {
  std::vector<std::int64_t> latencies;
  long long twice = 0;  // or out of order
};

std::int64_t now_us() {
  timeval now;
  gettimeofday(&now, nullptr);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_usec;
}

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

// From many source addresses: one has too few ports for all.
int connect_to(int port, int number) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in from = {};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr =
      htonl(0x7f000002U + static_cast<unsigned>(number) / 20'000);
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 ||
      bind(fd, reinterpret_cast<sockaddr*>(&from), sizeof from) != 0 ||
      connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
    fail("connect");
  return fd;
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) fail("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// A masked text frame with a mask of zeros.
std::string text_frame(std::string_view text) {
  std::string frame = "\x81";
  if (text.size() < 126) {
    frame += static_cast<char>(0x80 | text.size());
  } else {
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(text.size() >> 8);
    frame += static_cast<char>(text.size() & 0xff);
  }
  frame.append(4, '\0').append(text);
  return frame;
}

// Takes the first frame's payload off, and its first byte. False: it is not
// whole.
bool take_frame(std::string& unread, std::string& payload,
                unsigned char& first) {
  if (unread.size() < 2) return false;
  std::size_t size = static_cast<unsigned char>(unread[1]) & 0x7f;
  std::size_t head = 2;
  if (size == 126) {
    if (unread.size() < 4) return false;
    size = static_cast<std::size_t>(static_cast<unsigned char>(unread[2]))
               << 8 |
           static_cast<unsigned char>(unread[3]);
    head = 4;
  }
  if (unread.size() < head + size) return false;
  first = static_cast<unsigned char>(unread[0]);
  payload = unread.substr(head, size);
  unread.erase(0, head + size);
  return true;
}

void read_some(Subscriber& subscriber) {
  char buffer[16 * 1024];
  const ssize_t count = recv(subscriber.fd, buffer, sizeof buffer, 0);
  if (count <= 0) fail("recv");
  subscriber.unread.append(buffer, static_cast<std::size_t>(count));
}

// The number behind `name` in a JSON text; 0 when there is none.
long long number_in(const std::string& text, std::string_view name) {
  const std::size_t at = text.find(name);
  if (at == std::string::npos) return 0;
  return std::strtoll(text.c_str() + at + name.size(), nullptr, 10);
}

void read_events(Subscriber& subscriber, std::int64_t now, Tally& tally) {
  static std::string payload;
  unsigned char first = 0;
  read_some(subscriber);
  while (take_frame(subscriber.unread, payload, first)) {
    if (first == kPing) send_all(subscriber.fd, kPong);
    const long long number = number_in(payload, "\"n\":");
    if (number == 0) continue;
    if (number <= subscriber.last) {
      tally.twice++;
      continue;
    }
    subscriber.last = number;
    tally.latencies.push_back(now - number_in(payload, "\"t\":"));
  }
}

void open_one(Subscriber& subscriber, int port, const std::string& target,
              const std::string& message, int number) {
  subscriber.fd = connect_to(port, number);
  send_all(subscriber.fd, "GET " + target +
                              " HTTP/1.1\r\nHost: localhost\r\nUpgrade: "
                              "websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: "
                              "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  while (subscriber.unread.find("\r\n\r\n") == std::string::npos)
    read_some(subscriber);
  if (subscriber.unread.find(" 101 ") == std::string::npos) {
    std::fputs(subscriber.unread.c_str(), stderr);
    std::exit(1);
  }
  subscriber.unread.erase(0, subscriber.unread.find("\r\n\r\n") + 4);
  if (message.empty()) return;
  send_all(subscriber.fd, text_frame(message));
  std::string answer;
  unsigned char first = 0;
  while (!take_frame(subscriber.unread, answer, first)) read_some(subscriber);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fputs("usage: live_load PORT TARGET COUNT EVENTS MESSAGE\n", stderr);
    return 2;
  }
  const int count = std::atoi(argv[3]);
  const int events = std::atoi(argv[4]);
  const int poll = epoll_create1(EPOLL_CLOEXEC);
  std::vector<Subscriber> subscribers(static_cast<std::size_t>(count));
  for (int i = 0; i < count; i++) {
    Subscriber& subscriber = subscribers[static_cast<std::size_t>(i)];
    open_one(subscriber, std::atoi(argv[1]), argv[2], argv[5], i);
    epoll_event event = {.events = EPOLLIN, .data = {.ptr = &subscriber}};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, subscriber.fd, &event) != 0)
      fail("epoll_ctl");
  }
  std::puts("ready");
  std::fflush(stdout);

  const std::int64_t expected = std::int64_t{count} * events;
  Tally tally;
  std::vector<std::int64_t>& latencies = tally.latencies;
  latencies.reserve(static_cast<std::size_t>(expected));
  while (static_cast<std::int64_t>(latencies.size()) < expected) {
    epoll_event ready[256];
    constexpr int kPatience = 10'000;
    const int found = epoll_wait(poll, ready, 256, kPatience);
    if (found <= 0) break;
    const std::int64_t now = now_us();
    for (int i = 0; i < found; i++)
      read_events(*static_cast<Subscriber*>(ready[i].data.ptr), now, tally);
  }
  std::sort(latencies.begin(), latencies.end());
  const std::size_t got = latencies.size();
  std::printf("deliveries=%zu lost=%lld twice=%lld p50_us=%lld p99_us=%lld\n",
              got,
              static_cast<long long>(expected) - static_cast<long long>(got),
              tally.twice, static_cast<long long>(got ? latencies[got / 2] : 0),
              static_cast<long long>(got ? latencies[got * 99 / 100] : 0));
  return 0;
}
