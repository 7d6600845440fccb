// The row changes that a client of the realtime dialect asks for in one
// channel.
#pragma once

#include <memory>
#include <string>

#include "base/json.h"
#include "http/row_feeds.h"

namespace trestle::http {

class RealtimeChannel;

// {"event", "schema", "table", "filter"}: the changes that a client asks for.
class RowBinding final : private RowListener {
 public:
  RowBinding(RealtimeChannel& channel, int id, const rapidjson::Value& wish);

  void subscribe(const auth::Identity& identity);
  [[nodiscard]] bool is_ready() const { return ready_; }
  // As the client gave it, with its id.
  [[nodiscard]] std::string echo() const;

 private:
  void on_rows(std::string_view, const live::EventId&) override {}
  void on_ready(const live::EventId& id) override;
  void on_event(live::RowMessage& message) override;
  void on_resync() override;
  void on_refused(const Error& error) override;

  [[nodiscard]] const catalog::Relation* relation() const;
  [[nodiscard]] std::string change_json(const live::RowEvent& event) const;

  RealtimeChannel& channel_;
  int id_;
  std::string wish_;  // members of the client's object
  std::string event_;
  std::string schema_;
  std::string table_;
  std::string filter_;
  bool ready_ = false;
  std::unique_ptr<RowSubscription> subscription_;
};

}  // namespace trestle::http
