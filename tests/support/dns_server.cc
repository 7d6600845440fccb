#include "support/dns_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

namespace trestle::testing {
namespace {

constexpr std::size_t kHead = 12;  // RFC 1035 4.1.1

void append16(std::string& text, unsigned number) {
  text.push_back(static_cast<char>(number >> 8));
  text.push_back(static_cast<char>(number & 0xff));
}

// The question section alone, behind which clients may put more.
std::string question_of(const std::string& message) {
  std::size_t end = kHead;
  while (end < message.size() && message[end] != '\0')
    end += static_cast<unsigned char>(message[end]) + 1U;
  return message.substr(kHead, end + 5 - kHead);
}

bool asks_for_ipv4(const std::string& question) {
  return question.size() > 4 && question[question.size() - 3] == 1;
}

}  // namespace

DnsServer::DnsServer() {
  fd_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t length = sizeof address;
  if (bind(fd_, generic, length) != 0 ||
      getsockname(fd_, generic, &length) != 0)
    std::abort();
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

DnsServer::~DnsServer() {
  stop_ = true;
  thread_.join();
  close(fd_);
}

void DnsServer::answer(std::vector<std::string> addresses) {
  set(Mode::answer, std::move(addresses));
}

void DnsServer::deny() { set(Mode::deny, {}); }

void DnsServer::be_silent() { set(Mode::silent, {}); }

void DnsServer::set(Mode mode, std::vector<std::string> addresses) {
  const std::lock_guard lock(mutex_);
  mode_ = mode;
  addresses_ = std::move(addresses);
}

void DnsServer::run() {
  while (!stop_) {
    pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0};
    if (poll(&ready, 1, 20) <= 0) continue;
    char bytes[512];
    sockaddr_in from{};
    socklen_t length = sizeof from;
    auto* generic = reinterpret_cast<sockaddr*>(&from);
    const ssize_t got = recvfrom(fd_, bytes, sizeof bytes, 0, generic, &length);
    if (got <= static_cast<ssize_t>(kHead)) continue;
    questions_++;
    const std::string reply =
        reply_to(std::string(bytes, static_cast<std::size_t>(got)));
    if (!reply.empty())
      (void)sendto(fd_, reply.data(), reply.size(), 0, generic, length);
  }
}

std::string DnsServer::reply_to(const std::string& message) {
  const std::lock_guard lock(mutex_);
  if (mode_ == Mode::silent) return "";
  const std::string question = question_of(message);
  const bool found = mode_ == Mode::answer && asks_for_ipv4(question);
  std::string reply = message.substr(0, 2);
  // An answer, recursion available; 3: the name does not exist.
  append16(reply, mode_ == Mode::deny ? 0x8183 : 0x8180);
  append16(reply, 1);
  append16(reply, found ? static_cast<unsigned>(addresses_.size()) : 0);
  append16(reply, 0);
  append16(reply, 0);
  reply += question;
  if (!found) return reply;
  for (const std::string& address : addresses_) {
    append16(reply, 0xc00c);  // the name of the question
    append16(reply, 1);       // A
    append16(reply, 1);       // IN
    append16(reply, 0);
    append16(reply, 1);  // for one second
    append16(reply, 4);
    in_addr number{};
    inet_pton(AF_INET, address.c_str(), &number);
    reply.append(reinterpret_cast<const char*>(&number), 4);
  }
  return reply;
}

}  // namespace trestle::testing
