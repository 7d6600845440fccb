// A request that outlives its message: a live answer is made of it again and
// again, for everybody who has asked the same. It holds what an answer may
// depend on and nothing else, so requests with equal keys have equal answers
// (for one role and claims).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http_message.h"
#include "frontend/frontend.h"

namespace trestle {

class StoredRequest final : public RequestFacts {
 public:
  // Copies, but no arguments that say who asks. Of the headers only those stay
  // that choose between forms of an answer; `cookies`: the Cookie header, too.
  explicit StoredRequest(const Request& request, bool cookies = false);

  // The facts that the answer may ask for; all of them before key().
  void add_param(std::string_view name, std::string_view value);
  void add_capture(std::string_view name, std::string_view value);
  void add_variable(std::string_view name, std::string_view value);

  // Takes an argument out of the query string and answers its value; empty:
  // there was none.
  [[nodiscard]] std::string take_argument(std::string_view name);

  // Takes the place of the header of that name.
  void set_header(std::string_view name, std::string_view value);
  void set_method(std::string_view method) { method_ = method; }
  void set_body(std::string body) { body_ = std::move(body); }

  // Borrows from this.
  [[nodiscard]] Request view() const;
  // Equal for requests that are equal.
  [[nodiscard]] std::string key() const;

  std::optional<std::string_view> param(std::string_view name) const override;
  std::optional<std::string_view> capture(std::string_view name) const override;
  std::optional<std::string_view> variable(
      std::string_view name) const override;

 private:
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  std::string method_;
  std::string path_;
  std::string query_;
  std::string scheme_;
  std::string host_;
  std::string body_;
  Pairs headers_;
  Pairs params_;
  Pairs captures_;
  Pairs variables_;
  mutable std::vector<HeaderView> header_views_;
};

}  // namespace trestle
