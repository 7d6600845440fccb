// The fixture of server tests: one PostgreSQL for the program, a fresh database
// for each test, and an nginx that is stopped and looked over at its end. The
// database must then be left by every backend.
//
// Roles, in every test: `web` logs in (noinherit, no rights), `web_anon`,
// `customer` and `admin` are granted to it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/nginx_server.h"
#include "support/postgres_cluster.h"

namespace trestle::testing {

class ServerTest : public ::testing::Test {
 protected:
  ServerTest();
  ~ServerTest() override;
  void TearDown() override;

  [[nodiscard]] static PostgresCluster& cluster();

  // SQL in the test's database, as superuser; the first column of the first
  // row.
  std::string sql(std::string_view text) const {
    return cluster().query(text, database_);
  }
  [[nodiscard]] const std::string& database() const { return database_; }

  // Backends of nginx's pools in the test's database.
  [[nodiscard]] int backends() const;

  // Starts nginx_ with the http block. @postgres@ in it is the conninfo of the
  // test's database for the user `web`.
  void start(std::string_view http);
  [[nodiscard]] std::string filled(std::string_view http) const;

  // A new nginx_ with other options, before start().
  void configure(NginxOptions options);

  [[nodiscard]] NginxServer& nginx() { return *nginx_; }

 private:
  std::string database_;
  std::unique_ptr<NginxServer> nginx_;
};

// Times `count` when TRESTLE_SOAK is set: what a short run does in seconds, a
// soak does in minutes.
[[nodiscard]] int soak(int normal, int full);

}  // namespace trestle::testing
