// The session of a WebSocket at a GraphQL location: queries and mutations are
// run once, subscriptions are followed (live_query.h), all beside one another.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "auth/identity.h"
#include "frontend/stored_request.h"
#include "http/config.h"
#include "http/context.h"
#include "http/live_operation.h"
#include "http/runtime.h"
#include "http/stream_identity.h"
#include "live/graphql_protocol.h"

namespace trestle::http {

class GraphqlSession final : public live::Session,
                             private live::GraphqlOperations {
 public:
  // `identity` is what the request for the upgrade says, and counts when
  // connection_init says nothing. `request`: what operations are made of.
  GraphqlSession(Runtime& runtime, const LocationConf& conf,
                 live::Outlet& outlet, Result<auth::Identity> identity,
                 StoredRequest request);

  bool on_message(live::MessageKind kind, std::string_view payload) override;
  void on_end(std::uint16_t code) override;
  void on_gone() override { delete this; }

 private:
  class Operation;

  ~GraphqlSession();

  Result<void> on_init(const rapidjson::Value* payload) override;
  void on_subscribe(std::string_view id, std::string request) override;
  void on_complete(std::string_view id) override;

  [[nodiscard]] Result<auth::Identity> identify(
      const rapidjson::Value* payload) const;
  // Destroys the operation.
  void finish(std::string id, const AnswerBuffer& answer);
  void on_init_timeout() noexcept { protocol_.on_init_timeout(); }
  void on_over() noexcept { protocol_.on_over(who_.reason()); }

  Runtime& runtime_;
  const LocationConf& conf_;
  live::Outlet& outlet_;
  Result<auth::Identity> identity_;
  StoredRequest request_;
  WalPosition written_;  // by this visitor, see RunPlace
  live::GraphqlProtocol protocol_;
  std::unordered_map<std::string, std::unique_ptr<Operation>> operations_;
  std::unique_ptr<pg::Timer> timer_;  // for connection_init
  StreamIdentity who_;
  bool stopped_ = false;  // the connection waits for resume()
};

// The content handler's part: a request for an upgrade at a GraphQL location.
// Returns what the request is finalized with.
[[nodiscard]] ngx_int_t open_graphql_socket(ngx_http_request_t* r,
                                            RequestContext& context,
                                            const LocationConf& conf,
                                            Runtime& runtime);

}  // namespace trestle::http
