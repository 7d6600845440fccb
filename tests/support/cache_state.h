// What tests of trestle_cache wait for: an answer that is kept, and a feed that
// has passed what is committed. Every location tells in X-Cache where its
// answer came from, and /status is trestle_status.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/nginx_server.h"
#include "support/postgres_cluster.h"
#include "support/wait.h"

namespace trestle::testing {

// The answer once it comes from the cache.
inline Response kept_answer(NginxServer& nginx, std::string_view target,
                            const Headers& headers = {}) {
  Response response;
  EXPECT_TRUE(wait_until([&] {
    response = nginx.get(target, headers);
    return response.header("X-Cache") == "HIT";
  })) << target
      << " " << response.header("X-Cache") << " " << response.status << " "
      << response.body;
  return response;
}

// The feed's position, as the status page tells it.
inline std::string feed_position(NginxServer& nginx) {
  const std::string status = nginx.get("/status").body;
  constexpr std::string_view kMember = "\"written\":\"";
  const std::size_t at = status.find(kMember);
  if (at == std::string::npos) return "0/0";
  const std::size_t begin = at + kMember.size();
  return status.substr(begin, status.find('"', begin) - begin);
}

// Waits until the feed has passed all that the primary has committed.
inline void pass_commits(NginxServer& nginx, const PostgresCluster& primary,
                         std::string_view database = "postgres") {
  const std::string wanted =
      primary.query("select pg_current_wal_insert_lsn()", database);
  primary.query("select pg_logical_emit_message(true, 'test', '')", database);
  ASSERT_TRUE(wait_until([&] {
    return primary.query("select '" + feed_position(nginx) + "'::pg_lsn >= '" +
                             wanted + "'::pg_lsn",
                         database) == "t";
  }));
}

}  // namespace trestle::testing
