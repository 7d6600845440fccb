#include "support/server_test.h"

#include <cstdlib>

namespace trestle::testing {

PostgresCluster& ServerTest::cluster() {
  static PostgresCluster one = [] {
    return PostgresCluster({.settings = {{"max_connections", "200"},
                                         {"synchronous_commit", "on"},
                                         {"wal_level", "logical"}},
                            .tcp = true,
                            .tls = true});
  }();
  static const bool roles = [] {
    one.query(
        "create role web_anon; create role customer; create role admin;"
        "create role web login noinherit;"
        "grant web_anon, customer, admin to web;"
        "revoke create on schema public from public");
    return true;
  }();
  (void)roles;
  return one;
}

ServerTest::ServerTest() {
  static int number = 0;
  database_ = "test_" + std::to_string(++number);
  cluster().query("create database " + database_);
  nginx_ = std::make_unique<NginxServer>();
}

ServerTest::~ServerTest() = default;

void ServerTest::configure(NginxOptions options) {
  nginx_ = std::make_unique<NginxServer>(std::move(options));
}

std::string ServerTest::filled(std::string_view http) const {
  std::string text(http);
  const std::string word = "@postgres@";
  const std::string conninfo = cluster().conninfo("web", database_);
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos;
       at += conninfo.size())
    text.replace(at, word.size(), conninfo);
  return text;
}

void ServerTest::start(std::string_view http) { nginx_->start(filled(http)); }

int ServerTest::backends() const {
  return std::atoi(cluster()
                       .query("select count(*) from pg_stat_activity "
                              "where usename = 'web' and application_name "
                              "not like '% listen' and datname = '" +
                              database_ + "'")
                       .c_str());
}

void ServerTest::TearDown() {
  nginx_->stop();
  if (cluster().pid() == 0) return;  // the test has stopped it
  EXPECT_TRUE(wait_until([this] { return backends() == 0; }))
      << cluster().query(
             "select string_agg(state || ': ' || query, '; ') "
             "from pg_stat_activity where usename = 'web'");
  cluster().query("drop database " + database_ + " with (force)");
}

int soak(int normal, int full) {
  return std::getenv("TRESTLE_SOAK") != nullptr ? full : normal;
}

}  // namespace trestle::testing
