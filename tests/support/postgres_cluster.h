// A private PostgreSQL: its own data folder and unix socket under a folder of
// its own, run by an unprivileged user, stopped and removed with the object
// (and killed when the test program dies). The first one of a test program runs
// initdb, the others copy what that made. Failures end the test program.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trestle::testing {

class PostgresCluster {
 public:
  struct Options {
    // Server settings, name and value.
    std::vector<std::pair<std::string, std::string>> settings = {};
    bool tcp = false;  // listens on a free port of 127.0.0.1, too
    bool tls = false;  // with a certificate for "localhost", made anew
    // Lines of pg_hba.conf; empty: everybody is trusted.
    std::string hba = {};
    // A streaming standby of this one, which must run; its own settings come
    // on top of the primary's.
    const PostgresCluster* primary = nullptr;
  };
  // `kill`: SIGKILL to the server and all its backends.
  enum class StopMode { fast, immediate, kill };

  PostgresCluster();
  explicit PostgresCluster(Options options);
  ~PostgresCluster();
  PostgresCluster(const PostgresCluster&) = delete;
  PostgresCluster& operator=(const PostgresCluster&) = delete;

  // "host=/tmp/... port=... user=postgres dbname=postgres": a superuser over
  // the socket.
  [[nodiscard]] std::string conninfo(
      std::string_view user = "postgres",
      std::string_view database = "postgres") const;

  [[nodiscard]] const std::string& socket_folder() const { return folder_; }
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string root_certificate() const;
  [[nodiscard]] pid_t pid() const { return pid_; }

  // Returns when connections are accepted, or refused with a reason.
  void start();
  // Returns when the server has exited.
  void stop(StopMode mode = StopMode::fast);

  // A standby becomes a primary. Returns when it takes writes.
  void promote();
  // The primary's commits wait for this standby from now on.
  void make_synchronous(PostgresCluster& primary) const;
  // Returns when this standby has replayed all that `primary` has written.
  void catch_up(const PostgresCluster& primary) const;

  // Runs SQL (several statements are fine) as superuser; answers the first
  // column of the first row of the last result, "" when there is none.
  std::string query(std::string_view sql,
                    std::string_view database = "postgres") const;
  // A file of the project: read here, as the server's user may not be able to.
  void query_file(const std::string& path,
                  std::string_view database = "postgres") const;

  // What the server has logged so far.
  [[nodiscard]] std::string log() const;

 private:
  void prepare_data_folder();
  void copy_primary();
  void make_certificate();

  [[nodiscard]] std::string name() const;

  Options options_;
  std::string folder_;
  int port_ = 5432;
  pid_t pid_ = 0;  // 0: not running
};

// Runs, with `schema`, sql/trestle.sql and a log that a change feed can follow.
[[nodiscard]] std::unique_ptr<PostgresCluster> primary_with_feed(
    std::string_view schema);
// Runs, and has all that `primary` has, which must outlive it.
[[nodiscard]] std::unique_ptr<PostgresCluster> standby_of(
    const PostgresCluster& primary);

}  // namespace trestle::testing
