// A stock nginx with the module, in a folder of its own, as an unprivileged
// user. The test gives the text of the http block; what every server needs
// (where to log, temporary paths, load_module) is put around it.
//
//   NginxServer server;
//   server.file("sql/one.sql", "select 1 as one");
//   server.start(R"(
//     server {
//       listen @port@;
//       location = /one { return 200 "1"; }
//     })");
//   EXPECT_EQ(server.get("/one").body, "1");
//
// @port@ is 127.0.0.1 with a free port (@port2@ another), @folder@ the server's
// folder. When it ends, the server is told to finish gracefully, and the test
// fails on any [alert], [crit] or [emerg] in the log that allow() has not
// named, on a connection left open, and on a report of a sanitizer.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/http_client.h"
#include "support/process.h"

namespace trestle::testing {

struct NginxOptions {
  int workers = 1;
  int connections = 4096;  // worker_connections
  std::string main = {};   // further lines of the main context
  bool module = true;      // load the module
  std::string log_level = "info";
  std::string asan_options = {};  // added to ours, where there is a sanitizer
  bool heap_probe = false;        // for heap_bytes()
};

class NginxServer {
 public:
  explicit NginxServer(NginxOptions options = {});
  ~NginxServer();
  NginxServer(const NginxServer&) = delete;
  NginxServer& operator=(const NginxServer&) = delete;

  // Writes a file below the folder of nginx.conf.
  void file(std::string_view name, std::string_view text) {
    folder_.write(name, text);
  }

  // Starts, and waits until it accepts connections. A failure fails the test
  // and shows the log.
  void start(std::string_view http);

  // `nginx -t` on the same text: exit code and what it says, with the server's
  // folder cut off every path. The text's own lines are those of test.conf.
  [[nodiscard]] Finished check(std::string_view http);

  // SIGHUP, with a new http block when one is given. Returns when new workers
  // serve and the old ones have been told to go.
  void reload(std::string_view http = {});

  // Graceful end, and the checks that the destructor makes otherwise.
  void stop();
  void kill();  // SIGKILL to the master and every worker

  // Lines of the log with this text are no failure.
  void allow(std::string text) { allowed_.push_back(std::move(text)); }

  // One request on a connection of its own.
  [[nodiscard]] Response get(std::string_view target,
                             const Headers& headers = {}) const;
  [[nodiscard]] Response request(std::string_view method,
                                 std::string_view target,
                                 const Headers& headers = {},
                                 std::string_view body = {}) const;

  [[nodiscard]] Address address() const { return {port_}; }
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] int port2() const { return port2_; }
  [[nodiscard]] const TempFolder& folder() const { return folder_; }
  [[nodiscard]] pid_t master() const { return process_.pid(); }

  // Process ids of workers; those that are leaving after a reload or a stop
  // only when asked for.
  [[nodiscard]] std::vector<pid_t> workers(bool leaving = false) const;

  // Bytes that a process of this nginx has allocated and not freed, whatever
  // its allocator keeps back besides; with the option heap_probe.
  [[nodiscard]] std::size_t heap_bytes(pid_t pid) const;

  // The process that reads the change feeds: nginx's cache manager. 0: none.
  [[nodiscard]] pid_t helper() const;

  [[nodiscard]] std::string log() const { return folder_.read("error.log"); }
  // True when the log holds the text in time. Looks from where the last call
  // of skip_log() stood.
  [[nodiscard]] bool wait_for_log(std::string_view text,
                                  Milliseconds deadline = kDeadline) const;
  void skip_log() { log_start_ = log().size(); }
  [[nodiscard]] std::string access_log() const {
    return folder_.read("access.log");
  }

 private:
  void write_configuration(std::string_view http) const;
  [[nodiscard]] std::string filled(std::string text) const;
  [[nodiscard]] std::vector<std::string> command(bool check) const;
  void check_log();

  NginxOptions options_;
  TempFolder folder_;
  Process process_;
  int port_ = 0;
  int port2_ = 0;
  std::size_t log_start_ = 0;
  std::vector<std::string> allowed_;
};

// Memory of one process that nobody else shares, in kB.
[[nodiscard]] long private_memory_kb(pid_t pid);

// Memory that comes from no file, in kB; what is still shared with the parent
// since the fork, too.
[[nodiscard]] long anonymous_memory_kb(pid_t pid);

// Bytes of memory that a process shares with its children.
[[nodiscard]] std::size_t shared_memory_bytes(pid_t pid);

// Number of open descriptors.
[[nodiscard]] std::size_t open_descriptors(pid_t pid);

}  // namespace trestle::testing
