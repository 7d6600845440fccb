// The session of a WebSocket that speaks Supabase's realtime dialect
// (live/phoenix.h): channels that are joined, one beside the other, under the
// connection's role and claims.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "auth/identity.h"
#include "http/context.h"
#include "http/live_conf.h"
#include "http/realtime_channel.h"
#include "http/runtime.h"
#include "http/stream_identity.h"
#include "live/peer.h"
#include "live/phoenix.h"
#include "live/session.h"

namespace trestle::http {

// Clients of the dialect always send an API key. One that is no token says
// nothing of who asks, and is taken out of the request. False: memory is out.
[[nodiscard]] bool forget_plain_keys(RequestContext& context);

class RealtimeSession final : public live::Session {
 public:
  // `location` lives as long as the worker; `request` is read now only.
  RealtimeSession(Runtime& runtime, const LiveLocation& location,
                  const LocationConf& conf, live::Outlet& outlet,
                  const auth::Identity& identity, const Request& request,
                  std::string_view address);

  bool on_message(live::MessageKind kind, std::string_view payload) override;
  void on_end(std::uint16_t code) override { context_.outlet.close(code, {}); }
  void on_gone() override { delete this; }

 private:
  class JoinCall;
  struct Joined {
    std::unique_ptr<RealtimeChannel> channel;
    std::unique_ptr<JoinCall> call;  // while on_join decides
  };

  ~RealtimeSession();

  void take(const live::PhoenixMessage& message);
  void take_join(const live::PhoenixMessage& message);
  void take_token(const live::PhoenixMessage& message);
  [[nodiscard]] bool set_token(std::string_view token, std::string& problem);
  void on_over() noexcept;
  void on_decided(const std::string& topic, bool may, std::string_view problem);
  void reply(const live::PhoenixMessage& message, bool good,
             std::string_view reason);

  const LiveLocation& location_;
  std::size_t max_channels_;
  ngx_msec_t query_timeout_;
  auth::Identity identity_;
  live::Peer peer_;
  RealtimeContext context_;
  std::unordered_map<std::string, Joined> channels_;  // by topic
  StreamIdentity who_;
};

}  // namespace trestle::http
