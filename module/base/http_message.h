// What a front-end sees of an HTTP request and how it answers: plain views and
// one interface, so that the core needs no web server. http/ fills the request
// from nginx's structures and implements ResponseSink.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace trestle {

// Borrowed from the connection's buffers for the time of the request.
struct HeaderView {
  std::string_view name;  // as sent; compare without case
  std::string_view value;
};

// All views live as long as the request. Nothing is decoded: front-ends differ
// in how they read the query string.
struct Request {
  std::string_view method;  // upper case
  std::string_view path;    // decoded and normalised, without the query string
  std::string_view query;   // raw, without the question mark
  std::string_view scheme;  // "http" or "https", as seen from outside
  std::string_view host;    // with its port, as seen from outside
  // Under trestle_dev: the client is on this machine and no proxy speaks for
  // somebody else.
  bool is_local = false;
  std::span<const HeaderView> headers;
  std::string_view body;  // empty when there is none

  // The first header of that name.
  [[nodiscard]] std::optional<std::string_view> header(
      std::string_view name) const {
    for (const HeaderView& h : headers)
      if (ascii_iequals(h.name, name)) return h.value;
    return std::nullopt;
  }
};

struct Header {
  std::string name;
  std::string value;  // no bytes below 0x20, no 0x7f: the sink refuses them
};

struct ResponseHead {
  int status = 200;
  std::string reason = {};        // empty: the usual phrase
  std::string content_type = {};  // empty: no Content-Type
  std::vector<Header> headers = {};
  // Known length of the body, so that it need not be chunked.
  std::optional<std::uint64_t> content_length = std::nullopt;
  std::string error_code = {};  // of an error's answer; for logs
};

// Why a plan did not fit the columns that its statement answered.
enum class Outdated {
  form,     // its own guess of them; the planner knows better by now
  catalog,  // what the catalog said
};

// Receives one answer: head() once, body() any number of times, then end() or
// abort(). Calls nothing back into its caller.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;

  virtual void head(ResponseHead head) = 0;

  // Copies the bytes. False: the client is slow; the caller may go on, but
  // should pause its source.
  [[nodiscard]] virtual bool body(std::string_view bytes) = 0;

  virtual void end() = 0;

  // The answer cannot be completed after head(): the connection is broken, so
  // that nobody takes what was sent for the whole.
  virtual void abort() = 0;

  // True: nothing of the answer has left the server; it is forgotten, and
  // head() may be given anew. So an error after head() is still a proper one
  // while the answer is short.
  [[nodiscard]] virtual bool restart() { return false; }

  // The columns that have come are not those that were planned for. True: what
  // was answered and what still comes of this run is forgotten, and the request
  // is planned and run once more. False: it is too late, or has been tried.
  [[nodiscard]] virtual bool plan_again(Outdated what) {
    static_cast<void>(what);
    return false;
  }
};

}  // namespace trestle
