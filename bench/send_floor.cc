// What no server can be quicker than: takes COUNT WebSockets of live_load at
// PORT, and sends each of them EVENTS messages, RATE a second, by one send()
// behind another in one thread.
//
// usage: send_floor PORT COUNT EVENTS RATE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

int listen_at(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(fd, SOMAXCONN) != 0)
    fail("listen");
  return fd;
}

void send_all(int fd, std::string_view bytes) {
  if (send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(bytes.size()))
    fail("send");
}

// The client's request is not looked at.
int take_one(int listener) {
  const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  const int on = 1;
  char request[4096];
  if (fd < 0 || recv(fd, request, sizeof request, 0) <= 0 ||
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
    fail("accept");
  send_all(fd, "HTTP/1.1 101 Switching Protocols\r\n\r\n");
  return fd;
}

// As long as what Trestle tells of a row in bench/live.
std::string message(int number) {
  timeval now;
  gettimeofday(&now, nullptr);
  std::string text = "{\"n\":" + std::to_string(number) +
                     ",\"t\":" + std::to_string(now.tv_sec) +
                     std::to_string(1'000'000 + now.tv_usec).substr(1) +
                     ",\"text\":\"" + std::string(130, 'x') + "\"}";
  return std::string("\x81\x7e\0", 3) + static_cast<char>(text.size()) + text;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: send_floor PORT COUNT EVENTS RATE\n", stderr);
    return 2;
  }
  const int listener = listen_at(std::atoi(argv[1]));
  std::vector<int> clients;
  for (int i = 0; i < std::atoi(argv[2]); i++)
    clients.push_back(take_one(listener));
  for (int i = 1; i <= std::atoi(argv[3]); i++) {
    usleep(1'000'000U / static_cast<unsigned>(std::atoi(argv[4])));
    const std::string bytes = message(i);
    for (const int client : clients) send_all(client, bytes);
  }
  char end = 0;
  for (const int client : clients)
    while (recv(client, &end, 1, 0) > 0) {
    }
  return 0;
}
