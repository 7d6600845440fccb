// The protocol graphql-transport-ws (npm graphql-ws, PROTOCOL.md): one
// connection's state and the form of its messages. What an operation does is
// the business of GraphqlOperations.
//
//   client                                  server
//   connection_init {payload}               connection_ack
//   ping {payload}                          pong {payload}
//   subscribe {id, payload}                 next {id, payload}, error, complete
//   complete {id}
//
// What breaks the protocol ends the connection: 4400 (not a message), 4401
// (not initialised), 4403 (refused), 4408 (not initialised in time), 4409 (the
// id is taken), 4429 (initialised twice).
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "base/json.h"
#include "base/result.h"
#include "live/session.h"

namespace trestle::live {

inline constexpr std::string_view kGraphqlTransportWs = "graphql-transport-ws";

class GraphqlOperations {
 public:
  // The client says who it is. `payload` is the message's, an object, or null.
  // Error: the connection is refused.
  [[nodiscard]] virtual Result<void> on_init(
      const rapidjson::Value* payload) = 0;

  // A new operation; `request` is the JSON of {"query", "variables",
  // "operationName", "extensions"}. May answer at once.
  virtual void on_subscribe(std::string_view id, std::string request) = 0;

  // The client wants no more of a running operation.
  virtual void on_complete(std::string_view id) = 0;

 protected:
  ~GraphqlOperations() = default;
};

class GraphqlProtocol {
 public:
  // Both outlive it.
  GraphqlProtocol(Outlet& outlet, GraphqlOperations& operations)
      : outlet_(outlet), operations_(operations) {}

  void on_message(MessageKind kind, std::string_view message);

  // The time for connection_init is over.
  void on_init_timeout();
  // Who it was that has been let in is no longer so.
  void on_over(std::string_view reason);

  // Operations that are under way.
  [[nodiscard]] std::size_t running() const { return running_.size(); }

  // --- what an operation answers; nothing when the client has ended it

  // `result`: JSON of {"data", "errors", "extensions"}. `pushed`: nobody has
  // asked for it now, so a client that does not read is cut off.
  void next(std::string_view id, std::string_view result, bool pushed);
  // It has failed before it began; `errors`: JSON, a list. The last message.
  void error(std::string_view id, std::string_view errors);
  // The last message.
  void complete(std::string_view id);

 private:
  void on_connection_init(const rapidjson::Value& message);
  void on_subscribe(const rapidjson::Value& message);
  void on_complete(const rapidjson::Value& message);
  void close(std::uint16_t code, std::string_view reason);
  [[nodiscard]] bool end(std::string_view id);

  Outlet& outlet_;
  GraphqlOperations& operations_;
  std::unordered_set<std::string> running_;
  bool initialised_ = false;
  bool closed_ = false;
};

}  // namespace trestle::live
