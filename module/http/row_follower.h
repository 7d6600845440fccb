// A subscription to rows in the plain dialect ({"sub": ...}, live/dialect.h):
// what RowFeeds tells goes out as JSON.
#pragma once

#include <memory>
#include <string>

#include "http/row_feeds.h"
#include "live/dialect.h"
#include "live/session.h"

namespace trestle::http {

class RowFollower final : private RowListener {
 public:
  // `outlet` outlives it.
  RowFollower(RowFeeds& feeds, const Database& database,
              const live::Command& command, std::size_t max_rows,
              const auth::Identity& identity, live::Outlet& outlet);

  [[nodiscard]] const std::string& table() const {
    return options_.request.table;
  }
  [[nodiscard]] const std::string& ref() const { return ref_; }
  [[nodiscard]] bool ended() const { return subscription_->ended(); }

  // Somebody else from now on: what is known of the rows is void.
  void renew(const auth::Identity& identity);

 private:
  void on_rows(std::string_view rows, const live::EventId& id) override;
  void on_ready(const live::EventId& id) override;
  void on_event(live::RowMessage& message) override;
  void on_resync() override;
  void on_refused(const Error& error) override;
  void push(std::string_view text, std::string_view id);

  RowFeeds& feeds_;
  const Database& database_;
  RowOptions options_;
  std::string ref_;  // JSON; empty: none
  live::Outlet& outlet_;
  bool acknowledged_ = false;
  std::unique_ptr<RowSubscription> subscription_;
};

}  // namespace trestle::http
