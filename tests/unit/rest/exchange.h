// One request to a RestFrontend without a server: what it would run, or what
// it answers at once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "frontend/no_facts.h"
#include "rest/rest.h"
#include "unit/rest/shop_catalog.h"

namespace trestle::testing {

class CapturedResponse final : public ResponseSink {
 public:
  void head(ResponseHead given) override { answer = std::move(given); }
  bool body(std::string_view bytes) override {
    text += bytes;
    return true;
  }
  void end() override { ended = true; }
  void abort() override { aborted = true; }

  [[nodiscard]] std::string header(std::string_view name) const {
    for (const Header& h : answer.headers)
      if (ascii_iequals(h.name, name)) return h.value;
    return {};
  }

  ResponseHead answer;
  std::string text;
  bool ended = false;
  bool aborted = false;
};

// "GET /orders?id=eq.1", header lines, an empty line, the body.
class RestExchange {
 public:
  explicit RestExchange(std::string_view message,
                        rest::RestConfig config = default_config())
      : RestExchange(message,
                     std::make_shared<rest::RestFrontend>(std::move(config))) {}

  // One more request to a front-end that has answered others.
  RestExchange(std::string_view message,
               std::shared_ptr<rest::RestFrontend> frontend)
      : frontend_(std::move(frontend)), message_(message) {
    std::string_view rest = message_;
    std::size_t blank = rest.find("\n\n");
    std::string_view head = rest.substr(0, blank);
    if (blank != std::string_view::npos) request_.body = rest.substr(blank + 2);
    std::vector<std::string_view> lines = split(head, '\n');
    std::size_t space = lines[0].find(' ');
    request_.method = lines[0].substr(0, space);
    std::string_view target = lines[0].substr(space + 1);
    std::size_t mark = target.find('?');
    request_.path = target.substr(0, mark);
    if (mark != std::string_view::npos)
      request_.query = target.substr(mark + 1);
    request_.scheme = "http";
    request_.host = "shop.example";
    for (std::size_t i = 1; i < lines.size(); ++i) {
      std::size_t colon = lines[i].find(':');
      headers_.push_back(
          {lines[i].substr(0, colon), trim(lines[i].substr(colon + 1))});
    }
    request_.headers = headers_;
    identity_.role = "web_anon";
    begin_again();
  }

  // As if the same request came once more.
  void begin_again() {
    static const catalog::CatalogRef kCatalog = CatalogText(kShop).make();
    work = frontend_->begin({.request = request_,
                             .identity = identity_,
                             .facts = facts_,
                             .catalog = kCatalog,
                             .now = 0,
                             .response = response});
  }

  static rest::RestConfig default_config() {
    rest::RestConfig config;
    config.schemas = {"api"};
    config.anonymous_role = "web_anon";
    config.aggregates = true;
    config.plan = true;
    config.etag = true;
    config.tx_end = rest::TxEnd::commit_allow_override;
    return config;
  }

  // Gives the main statement's row: total, rows, body, ... (ResultCell).
  void answer(const std::vector<std::optional<std::string>>& cells,
              std::size_t statement = 0) {
    std::vector<Cell> row;
    for (const auto& cell : cells) row.push_back(cell ? Cell(*cell) : Cell());
    static_cast<void>(work->answer->on_row(statement, row));
  }

  // Gives the rows of a flat read.
  void answer_rows(
      const std::vector<ResultColumn>& columns,
      const std::vector<std::vector<std::optional<std::string>>>& rows,
      std::size_t statement = 0) {
    work->answer->on_columns(statement, columns);
    for (const auto& cells : rows) answer(cells, statement);
  }

  std::optional<Work> work;
  CapturedResponse response;

 private:
  std::shared_ptr<rest::RestFrontend> frontend_;
  std::string message_;
  Request request_;
  std::vector<HeaderView> headers_;
  auth::Identity identity_;
  NoFacts facts_;
};

}  // namespace trestle::testing
