// The fixture of tests of live locations with a change feed: sql/trestle.sql is
// installed, and the user of nginx may replicate.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "support/server_test.h"
#include "support/token.h"
#include "support/websocket_client.h"

namespace trestle::testing {

class LiveTest : public ServerTest {
 protected:
  void SetUp() override;

  // Until the status page says that the feed runs: what is pushed from then on
  // arrives.
  void wait_for_feed();

  // A client of /live that has joined the channel, and been told so.
  [[nodiscard]] std::unique_ptr<WebSocketClient> joined(
      const std::string& topic);

  // A token for "reallyreallyreallyreallyverysafe"; `claims` is JSON.
  [[nodiscard]] static std::string token(const std::string& claims);

  // The value of "id" in a message, and the message without it.
  [[nodiscard]] static std::string id_of(const std::string& text);
  [[nodiscard]] static std::string without_id(const std::string& text);
};

}  // namespace trestle::testing
