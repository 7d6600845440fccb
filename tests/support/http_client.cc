#include "support/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace trestle::testing {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

// Fills status, reason and headers from the text before the empty line.
bool parse_head(std::string_view head, Response& response) {
  std::size_t end = head.find("\r\n");
  const std::string_view line = head.substr(0, end);
  if (line.size() < 12 || line.substr(0, 7) != "HTTP/1.") return false;
  response.status = std::atoi(std::string(line.substr(9, 3)).c_str());
  if (line.size() > 13) response.reason = line.substr(13);
  response.keep_alive = line[7] == '1';
  while (end != std::string_view::npos) {
    head.remove_prefix(end + 2);
    end = head.find("\r\n");
    const std::string_view field = head.substr(0, end);
    const std::size_t colon = field.find(':');
    if (colon == std::string_view::npos) return false;
    response.headers.emplace_back(field.substr(0, colon),
                                  trimmed(field.substr(colon + 1)));
  }
  const std::string connection = response.header("Connection");
  if (same_name(connection, "close")) response.keep_alive = false;
  if (same_name(connection, "keep-alive")) response.keep_alive = true;
  return response.status >= 100;
}

enum class Parsed { whole, more, broken };

// Takes the frames off a chunked body; `used` is its length with frames.
Parsed parse_chunks(std::string_view text, std::string& body,
                    std::size_t& used) {
  std::size_t at = 0;
  while (true) {
    const std::size_t end = text.find("\r\n", at);
    if (end == std::string_view::npos) return Parsed::more;
    const std::string line(text.substr(at, end - at));
    char* stop = nullptr;
    const unsigned long long size = std::strtoull(line.c_str(), &stop, 16);
    if (stop == line.c_str()) return Parsed::broken;
    if (text.size() < end + 2 + size + 2) return Parsed::more;
    if (text.substr(end + 2 + size, 2) != "\r\n") return Parsed::broken;
    body.append(text.substr(end + 2, size));
    at = end + 2 + size + 2;
    if (size == 0) break;
  }
  used = at;
  return Parsed::whole;
}

}  // namespace

std::string Response::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (same_name(key, name)) return value;
  return "";
}

std::string Response::all(std::string_view name) const {
  std::string values;
  for (const auto& [key, value] : headers)
    if (same_name(key, name))
      values.append(values.empty() ? "" : ", ").append(value);
  return values;
}

bool Response::has(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (same_name(key, name)) return true;
  return false;
}

std::string request_text(std::string_view method, std::string_view target,
                         const Headers& headers, std::string_view body) {
  std::string text;
  bool host = false;
  bool framed = false;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
  for (const auto& [name, value] : headers) {
    host = host || same_name(name, "Host");
    framed = framed || same_name(name, "Content-Length") ||
             same_name(name, "Transfer-Encoding");
    text.append(name).append(": ").append(value).append("\r\n");
  }
  if (!host) text += "Host: localhost\r\n";
  if (!framed && (!body.empty() || method == "POST" || method == "PUT"))
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text.append("\r\n").append(body);
}

std::optional<Response> ResponseReader::next() {
  while (!broken_) {
    const std::size_t end = buffer_.find("\r\n\r\n");
    if (end == std::string::npos) return std::nullopt;
    Response response;
    if (!parse_head(std::string_view(buffer_).substr(0, end), response)) break;
    std::size_t used = end + 4;
    const std::string_view rest = std::string_view(buffer_).substr(used);
    if (response.status < 200 && response.status != 101) {
      buffer_.erase(0, used);
      continue;
    }
    if (head_ || response.status == 204 || response.status == 304 ||
        response.status == 101) {
      // no body
    } else if (same_name(response.header("Transfer-Encoding"), "chunked")) {
      std::size_t framed = 0;
      const Parsed parsed = parse_chunks(rest, response.body, framed);
      if (parsed == Parsed::more) return std::nullopt;
      if (parsed == Parsed::broken) break;
      used += framed;
    } else if (response.has("Content-Length")) {
      const std::size_t length =
          std::strtoull(response.header("Content-Length").c_str(), nullptr, 10);
      if (rest.size() < length) return std::nullopt;
      response.body = rest.substr(0, length);
      used += length;
    } else {
      if (!ended_) return std::nullopt;
      response.body = rest;
      used += rest.size();
    }
    buffer_.erase(0, used);
    return response;
  }
  broken_ = true;
  return std::nullopt;
}

int connect_to(const Address& address) {
  const bool local = !address.path.empty();
  const int fd = socket(local ? AF_UNIX : AF_INET,
                        SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  int result = 0;
  if (local) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::strncpy(to.sun_path, address.path.c_str(), sizeof to.sun_path - 1);
    result = ::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to);
  } else {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<std::uint16_t>(address.port));
    result = ::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to);
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (result == 0 || errno == EINPROGRESS) return fd;
  ::close(fd);
  return -1;
}

bool HttpClient::connect() {
  close();
  reader_ = {};
  fd_ = connect_to(address_);
  if (fd_ < 0) return false;
  pollfd ready{fd_, POLLOUT, 0};
  int error = 0;
  socklen_t size = sizeof error;
  if (poll(&ready, 1, static_cast<int>(kDeadline.count())) == 1 &&
      getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0)
    return true;
  close();
  return false;
}

bool HttpClient::send(std::string_view bytes) {
  while (fd_ >= 0 && !bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      pollfd ready{fd_, POLLOUT, 0};
      if (poll(&ready, 1, static_cast<int>(kDeadline.count())) != 1)
        return false;
    } else {
      return false;
    }
  }
  return fd_ >= 0;
}

bool HttpClient::send_bytewise(std::string_view bytes) {
  for (const char& byte : bytes)
    if (!send({&byte, 1})) return false;
  return true;
}

std::string HttpClient::read_some(std::size_t limit, Milliseconds deadline) {
  std::string bytes(limit, '\0');
  while (fd_ >= 0) {
    const ssize_t n = ::recv(fd_, bytes.data(), limit, 0);
    if (n >= 0) {
      bytes.resize(static_cast<std::size_t>(n));
      return bytes;
    }
    if (errno != EAGAIN) break;
    pollfd ready{fd_, POLLIN, 0};
    if (poll(&ready, 1, static_cast<int>(deadline.count())) != 1) break;
  }
  return "";
}

Response HttpClient::read_response(bool head, Milliseconds deadline) {
  reader_.expect(head);
  const Clock::time_point end = Clock::now() + deadline;
  while (true) {
    if (std::optional<Response> response = reader_.next()) return *response;
    const auto left = std::chrono::duration_cast<Milliseconds>(
        std::max(end - Clock::now(), Clock::duration::zero()));
    const std::string bytes = read_some(262144, left);
    if (bytes.empty()) break;
    reader_.feed(bytes);
  }
  reader_.end_of_file();
  return reader_.next().value_or(Response{});
}

Response HttpClient::get(std::string_view target, const Headers& headers) {
  return request("GET", target, headers);
}

Response HttpClient::request(std::string_view method, std::string_view target,
                             const Headers& headers, std::string_view body) {
  if (fd_ < 0 && !connect()) return {};
  if (!send(request_text(method, target, headers, body)) && fd_ < 0) return {};
  Response response = read_response(method == "HEAD");
  if (response.status == 0 || !response.keep_alive) close();
  return response;
}

bool HttpClient::wait_closed(Milliseconds deadline) {
  const Clock::time_point end = Clock::now() + deadline;
  char block[4096];
  while (fd_ >= 0 && Clock::now() < end) {
    pollfd ready{fd_, POLLIN, 0};
    if (poll(&ready, 1, 50) != 1) continue;
    const ssize_t n = ::recv(fd_, block, sizeof block, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) return true;
  }
  return fd_ < 0;
}

void HttpClient::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void HttpClient::reset() {
  const linger now{1, 0};
  if (fd_ >= 0) setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

}  // namespace trestle::testing
