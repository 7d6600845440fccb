// One channel that a client of the realtime dialect has joined: broadcasts,
// presence and row changes. Owned by its session.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "http/presence_room.h"
#include "http/realtime_room.h"
#include "http/realtime_rows.h"
#include "http/runtime.h"
#include "live/phoenix.h"
#include "live/session.h"

namespace trestle::http {

// What a channel needs of the session that it belongs to.
struct RealtimeContext {
  Runtime& runtime;
  const Database& database;
  live::Outlet& outlet;
  live::PhoenixVersion version;
  std::string id;  // of the connection, unique
  std::size_t max_rows;
};

class RealtimeChannel final : private RoomMember, private PresenceMember {
 public:
  // `join` is the phx_join; `context` outlives the channel.
  RealtimeChannel(const RealtimeContext& context,
                  const live::PhoenixMessage& join,
                  const rapidjson::Value& payload);
  ~RealtimeChannel();

  // The client may join: answers when nothing of what it asks for can be
  // missed any more.
  void open(const auth::Identity& identity);
  // The client may not.
  void refuse(std::string_view reason);

  void broadcast(const live::PhoenixMessage& message);
  void take_presence(const live::PhoenixMessage& message);

  // A new token.
  void renew(const auth::Identity& identity);

  void reply(std::string_view ref, bool good, std::string_view response);

  // --- for bindings
  [[nodiscard]] const RealtimeContext& context() const { return context_; }
  void on_binding_ready();
  void on_binding_refused(std::string_view reason);
  void send(std::string_view event, std::string_view payload);
  void send_system(bool good, std::string_view extension,
                   std::string_view text);

 private:
  void on_room(RoomMessage& message) override;
  void on_presence(PresenceNews& news) override;
  [[nodiscard]] std::string presence_record() const override;
  void answer_join();

  const RealtimeContext& context_;
  std::string topic_;
  std::string name_;      // the topic without "realtime:"
  std::string join_ref_;  // JSON
  std::string ref_;       // likewise, of the join
  bool acknowledges_ = false;
  bool hears_itself_ = false;
  bool has_presence_ = false;
  std::string presence_key_;
  std::string presence_ref_;
  std::string meta_;  // JSON; empty: not tracked
  std::vector<std::unique_ptr<RowBinding>> bindings_;
  RealtimeRoom* room_ = nullptr;      // while it is joined
  PresenceRoom* presence_ = nullptr;  // likewise
  bool answered_ = false;
};

}  // namespace trestle::http
