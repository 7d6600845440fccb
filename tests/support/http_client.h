// An HTTP/1.1 client that can do what well-behaved ones cannot: send byte by
// byte, pipeline, leave in the middle, reset the connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/wait.h"

namespace trestle::testing {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Response {
  int status = 0;  // 0: no whole answer has come
  std::string reason;
  Headers headers;
  std::string body;  // without the chunks' frames
  bool keep_alive = true;

  // The first header of that name, compared without case; "" when absent.
  [[nodiscard]] std::string header(std::string_view name) const;
  // All headers of that name, a comma between.
  [[nodiscard]] std::string all(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;
};

// The text of a request. Host is added, and Content-Length when there is a
// body and the headers name no length or coding of their own.
[[nodiscard]] std::string request_text(std::string_view method,
                                       std::string_view target,
                                       const Headers& headers = {},
                                       std::string_view body = {});

// Takes the bytes of a connection in any pieces and gives whole answers.
class ResponseReader {
 public:
  // `head`: the next answer has no body (the request was HEAD).
  void expect(bool head) { head_ = head; }
  void feed(std::string_view bytes) { buffer_.append(bytes); }
  // The other side has closed: an answer without a length is whole now.
  void end_of_file() { ended_ = true; }

  // The next whole answer. Interim ones (1xx) are skipped.
  [[nodiscard]] std::optional<Response> next();
  // Bytes have come that are not yet a whole answer.
  [[nodiscard]] bool in_the_middle() const { return !buffer_.empty(); }
  // What has come is not HTTP.
  [[nodiscard]] bool broken() const { return broken_; }
  [[nodiscard]] const std::string& buffer() const { return buffer_; }

 private:
  std::string buffer_;
  bool head_ = false;
  bool ended_ = false;
  bool broken_ = false;
};

// A port of 127.0.0.1, or the path of a unix socket.
struct Address {
  int port = 0;
  std::string path = {};
};

// A connecting, nonblocking socket, or -1.
[[nodiscard]] int connect_to(const Address& address);

// One connection, used from one thread; every wait has a deadline.
class HttpClient {
 public:
  explicit HttpClient(Address address) : address_(std::move(address)) {}
  ~HttpClient() { close(); }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Connects when there is no connection, sends and reads the answer. An
  // answer that was cut has status 0.
  Response get(std::string_view target, const Headers& headers = {});
  Response request(std::string_view method, std::string_view target,
                   const Headers& headers = {}, std::string_view body = {});

  [[nodiscard]] bool connect();
  [[nodiscard]] bool send(std::string_view bytes);
  // One write() for each byte.
  [[nodiscard]] bool send_bytewise(std::string_view bytes);
  [[nodiscard]] Response read_response(bool head = false,
                                       Milliseconds deadline = kDeadline);
  // Reads at most `limit` raw bytes, as soon as there are any; "" at the end.
  [[nodiscard]] std::string read_some(std::size_t limit,
                                      Milliseconds deadline = kDeadline);
  // True when the other side closes in time.
  [[nodiscard]] bool wait_closed(Milliseconds deadline = kDeadline);

  void close();
  void reset();  // RST instead of FIN
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] const ResponseReader& reader() const { return reader_; }

 private:
  Address address_;
  int fd_ = -1;
  ResponseReader reader_;
};

}  // namespace trestle::testing
