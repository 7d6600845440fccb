// An open loop for bench/overload: requests are due at a fixed rate, whatever
// the answers do, over a bounded number of connections to 127.0.0.1.
//
//   open_load PORT TARGET CONNECTIONS RATE SECONDS DEADLINE_MS
//
// {id} in TARGET becomes a random number up to 10,000. A request takes the next
// free connection; its time counts from when it was due, and one that is not
// sent within the deadline is given up. RATE 0 closes the loop: each connection
// asks again at once, which measures the capacity. Prints
//
//   seconds=3.0 due=90000 good=44120 refused=40020 late=12 dropped=0 failed=0
//   p50_us=812 p99_us=3014
//
// in one line: good are answers of 2xx within the deadline, refused those of
// 5xx, and the times are those of the good ones.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Options {
  int port;
  std::string target;
  std::size_t connections;
  double rate;  // per second; 0: closed
  double seconds;
  std::int64_t deadline_us;
};

struct Client {
  int fd = -1;
  std::int64_t due_us = 0;
  std::string unread;
};

struct Counts {
  std::uint64_t due = 0;
  std::uint64_t refused = 0;
  std::uint64_t late = 0;
  std::uint64_t dropped = 0;
  std::uint64_t failed = 0;
  std::vector<std::int64_t> good_us;
};

std::int64_t now_us() {
  using std::chrono::duration_cast;
  return duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

// How long the answer at the beginning of `bytes` is; 0: not whole yet.
std::size_t answer_size(std::string_view bytes) {
  const std::size_t head = bytes.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  const std::string_view header = bytes.substr(0, head + 2);
  for (std::size_t at = header.find("\r\n"); at + 2 < header.size();
       at = header.find("\r\n", at + 2)) {
    constexpr std::string_view kLength = "content-length:";
    const std::string_view line = header.substr(at + 2, kLength.size());
    if (line.size() == kLength.size() &&
        strncasecmp(line.data(), kLength.data(), kLength.size()) == 0) {
      const std::size_t size =
          head + 4 +
          std::strtoull(header.data() + at + 2 + kLength.size(), nullptr, 10);
      return bytes.size() >= size ? size : 0;
    }
  }
  const std::size_t last = bytes.find("0\r\n\r\n", head + 4);  // chunked
  return last == std::string_view::npos ? 0 : last + 5;
}

class OpenLoad {
 public:
  explicit OpenLoad(Options options)
      : options_(std::move(options)), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    clients_.resize(options_.connections);
    for (Client& client : clients_) {
      connect_client(client);
      free_.push_back(&client);
    }
  }

  Counts run() {
    begin_ = now_us();
    const auto length = static_cast<std::int64_t>(options_.seconds * 1e6);
    while (now_us() < begin_ + length) {
      take_what_is_due(now_us());
      send_due(now_us());
      take_answers(options_.rate > 0 ? 1 : 10);
    }
    return std::move(counts_);
  }

 private:
  void connect_client(Client& client) {
    client.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(options_.port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (client.fd < 0 ||
        connect(client.fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
      fail("connect");
    const int on = 1;
    (void)setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event = {.events = EPOLLIN, .data = {.ptr = &client}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, client.fd, &event) != 0)
      fail("epoll_ctl");
    client.unread.clear();
  }

  void take_what_is_due(std::int64_t now) {
    if (options_.rate <= 0) {
      for (std::size_t i = due_.size(); i < free_.size(); i++)
        due_.push_back(now);
      counts_.due += due_.size();
      return;
    }
    const auto all = static_cast<std::uint64_t>(
        static_cast<double>(now - begin_) * options_.rate / 1e6);
    for (; counts_.due < all; counts_.due++)
      due_.push_back(
          begin_ + static_cast<std::int64_t>(static_cast<double>(counts_.due) *
                                             1e6 / options_.rate));
  }

  void send_due(std::int64_t now) {
    while (!due_.empty() && due_.front() + options_.deadline_us < now) {
      due_.pop_front();
      counts_.dropped++;
    }
    while (!due_.empty() && !free_.empty()) {
      Client& client = *free_.front();
      free_.pop_front();
      client.due_us = due_.front();
      due_.pop_front();
      const std::string request = next_request();
      const ssize_t sent =
          send(client.fd, request.data(), request.size(), MSG_NOSIGNAL);
      if (sent != static_cast<ssize_t>(request.size())) lose(client);
    }
  }

  std::string next_request() {
    std::string target = options_.target;
    const std::size_t at = target.find("{id}");
    if (at != std::string::npos)
      target.replace(at, 4, std::to_string(1 + random_() % 10'000));
    return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }

  void take_answers(int wait_ms) {
    epoll_event events[512];
    const int count = epoll_wait(epoll_, events, 512, wait_ms);
    for (int i = 0; i < count; i++)
      take_answer(*static_cast<Client*>(events[i].data.ptr));
  }

  void take_answer(Client& client) {
    char bytes[65'536];
    const ssize_t got = recv(client.fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got <= 0) return lose(client);
    client.unread.append(bytes, static_cast<std::size_t>(got));
    const std::size_t size = answer_size(client.unread);
    if (size == 0) return;
    judge(client, now_us() - client.due_us);
    client.unread.erase(0, size);
    free_.push_back(&client);
  }

  void judge(const Client& client, std::int64_t took_us) {
    const char digit = client.unread.size() > 9 ? client.unread[9] : '0';
    if (digit == '5')
      counts_.refused++;
    else if (digit != '2')
      counts_.failed++;
    else if (took_us > options_.deadline_us)
      counts_.late++;
    else
      counts_.good_us.push_back(took_us);
  }

  void lose(Client& client) {
    counts_.failed++;
    close(client.fd);
    connect_client(client);
    free_.push_back(&client);
  }

  Options options_;
  int epoll_;
  std::vector<Client> clients_;
  std::deque<Client*> free_;
  std::deque<std::int64_t> due_;
  std::int64_t begin_ = 0;
  Counts counts_;
  std::minstd_rand random_{7};
};

std::int64_t quantile(std::vector<std::int64_t>& sorted, double q) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(
      static_cast<double>(sorted.size() - 1) * q)];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  const Options options = {.port = std::atoi(argv[1]),
                           .target = argv[2],
                           .connections = std::strtoul(argv[3], nullptr, 10),
                           .rate = std::atof(argv[4]),
                           .seconds = std::atof(argv[5]),
                           .deadline_us = std::atol(argv[6]) * 1'000};
  Counts counts = OpenLoad(options).run();
  std::sort(counts.good_us.begin(), counts.good_us.end());
  std::printf(
      "seconds=%.1f due=%lu good=%zu refused=%lu late=%lu dropped=%lu "
      "failed=%lu p50_us=%ld p99_us=%ld\n",
      options.seconds, counts.due, counts.good_us.size(), counts.refused,
      counts.late, counts.dropped, counts.failed, quantile(counts.good_us, 0.5),
      quantile(counts.good_us, 0.99));
}
