// The session of a location whose messages SQL handles: each message is one
// call of the location's function, in a transaction of its own, one after
// another, under the role and claims of the connection.
//
//  (1) At most one run at a time; what comes meanwhile waits in a bounded
//      queue, and then the socket is not read.
//  (2) A message that was taken is handled, also when the client has gone; then
//      on_close is called. The session outlives its connection for that.
//  (3) A run must not be destroyed in its own callback, so what follows it
//      happens in a turn of its own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/identity.h"
#include "http/live_bus.h"
#include "http/live_conf.h"
#include "http/plain_presence.h"
#include "http/row_follower.h"
#include "http/runtime.h"
#include "http/stream_identity.h"
#include "http/url_follower.h"
#include "live/calls.h"
#include "live/dialect.h"
#include "live/hub.h"
#include "live/peer.h"
#include "live/session.h"

namespace trestle::http {

class SqlSession final : public live::Session,
                         private RowSink,
                         private RunHolder {
 public:
  // `location` and its database live as long as the worker.
  SqlSession(Runtime& runtime, const LiveLocation& location,
             live::Outlet& outlet, const LocationConf& conf);

  // Before the first message. `request` is read now only.
  void begin(const auth::Identity& identity, const Request& request,
             std::string_view address);

  // Where the client is, before its first message; without it no answers can be
  // followed.
  void set_place(ClientPlace place) { place_ = std::move(place); }

  // For streams, which send no messages: a join or a sub as if it had come.
  void take(const live::Command& command);

  bool on_message(live::MessageKind kind, std::string_view payload) override;
  void on_end(std::uint16_t code) override;
  void on_gone() override;

 private:
  // What the run under way is about.
  enum class Step : std::uint8_t { none, open, lookup, message, join, close };

  struct Pending {
    live::MessageKind kind;
    std::string payload;
  };

  ~SqlSession() override;

  void on_columns(std::size_t, std::span<const ResultColumn>) override {}
  bool on_row(std::size_t statement, std::span<const Cell> cells) override;
  void on_statement_done(std::size_t, std::uint64_t) override {}
  void on_done() override;
  void on_error(const RunError& error) override;
  void let_go() noexcept override;

  void post_turn();
  static void on_turn(ngx_event_t* event) noexcept;
  void go_on();
  void end_step();
  void start_message();
  void call_handler(live::MessageForm form);
  void run(Step step, Statement statement, Settings settings);
  void take_open();
  void take_lookup();
  void take_message();
  void drop_message();
  void set_identity(const auth::Identity& identity);

  // Commands (sql_session_commands.cc).
  [[nodiscard]] bool start_command(live::Command command);
  [[nodiscard]] bool start_join(live::Command command);
  void take_join();
  void finish_join(bool may_publish);
  void leave(const live::Command& command);
  void publish(const live::Command& command);
  [[nodiscard]] PlainPresence& presence_in(std::string_view topic);
  void track(const live::Command& command);
  void untrack(const live::Command& command);
  void follow(const live::Command& command);
  void unfollow(const live::Command& command);
  void follow_url(const live::Command& command);
  void unfollow_url(const live::Command& command);
  // False: there are as many subscriptions as may be (refused).
  [[nodiscard]] bool has_room();
  void take_token(const live::Command& command);
  void acknowledge(std::string_view id, std::string_view ref);
  void refuse(const Error& error);
  [[nodiscard]] std::string key_of(std::string_view topic) const;
  [[nodiscard]] bool queue_is_full() const;
  void on_over() noexcept;

  Runtime& runtime_;
  const LiveLocation& location_;
  live::Outlet* outlet_;  // null when the connection has gone (2)
  ngx_msec_t query_timeout_;
  std::size_t max_channels_;
  std::optional<live::Peer> peer_;
  Settings settings_;  // role and claims
  std::size_t max_followed_;
  std::size_t max_rows_;
  auth::Identity identity_;
  live::Subscriber subscriber_;
  std::vector<std::unique_ptr<RowFollower>> followers_;
  std::optional<ClientPlace> place_;
  std::vector<std::unique_ptr<UrlFollower>> answers_;
  std::vector<std::unique_ptr<PlainPresence>> presences_;
  std::unique_ptr<live::Command> command_;  // of Step::join

  std::vector<Pending> queue_;  // (1) the first is under way in Step::message
  std::size_t queue_bytes_ = 0;
  Settings open_settings_;  // with the facts of the request, for on_open

  Step step_ = Step::none;
  bool over_ = false;     // the run's last call has come
  bool stopped_ = false;  // the connection waits for resume()
  bool opening_ = false;  // on_open has not been called yet
  bool closing_ = false;  // on_close has not been called yet
  bool ending_ = false;   // the peer sends no more
  bool linked_ = false;   // in the runtime's list
  std::uint16_t end_code_ = 0;
  std::optional<std::string> result_;
  std::optional<live::MessageForm> found_form_;
  std::optional<Error> error_;
  bool authenticated_ = false;
  bool commands_only_ = false;
  std::unique_ptr<pg::Run> run_;
  StreamIdentity who_;

  EventOwner owner_;
  ngx_event_t turn_ = {};
};

}  // namespace trestle::http
