#include "http/row_follower.h"

#include "base/text.h"
#include "live/calls.h"

namespace trestle::http {

RowFollower::RowFollower(RowFeeds& feeds, const Database& database,
                         const live::Command& command, std::size_t max_rows,
                         const auth::Identity& identity, live::Outlet& outlet)
    : feeds_(feeds),
      database_(database),
      options_({.request = {.table = command.topic,
                            .filter = command.filter,
                            .select = command.select},
                .rows = command.rows,
                .since = command.rows ? std::string() : command.since,
                .max_rows = max_rows}),
      ref_(command.ref),
      outlet_(outlet),
      subscription_(feeds.subscribe(database, options_, identity, *this)) {}

void RowFollower::renew(const auth::Identity& identity) {
  if (ended()) return;
  options_.since.clear();
  on_resync();
  subscription_.reset();
  subscription_ = feeds_.subscribe(database_, options_, identity, *this);
}

void RowFollower::push(std::string_view text, std::string_view id) {
  live::OutMessage message(live::MessageKind::text, text);
  outlet_.push(message, id);
}

void RowFollower::on_rows(std::string_view rows, const live::EventId& id) {
  const std::string at = id.text();
  push(live::rows_text(table(), rows, at, ref_), at);
}

void RowFollower::on_ready(const live::EventId& id) {
  if (acknowledged_) return;
  acknowledged_ = true;
  const std::string at = id.text();
  push(live::ok_text(at, ref_), at);
}

void RowFollower::on_event(live::RowMessage& message) {
  outlet_.push(message.plain(ref_), message.id());
}

void RowFollower::on_resync() { push(live::resync_text(table(), ref_), {}); }

void RowFollower::on_refused(const Error& error) {
  const std::string asked =
      ref_.empty() ? std::string() : concat({"{\"ref\":", ref_, "}"});
  outlet_.refuse(error, live::error_text(error, asked));
}

}  // namespace trestle::http
