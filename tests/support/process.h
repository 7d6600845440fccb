// Child processes, and the folder they live in.
//
// Servers run as an unprivileged user, because PostgreSQL refuses root, in a
// short folder of their own under the temporary directory, because the clone
// may lie where that user cannot look and because a socket's path must be
// short.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/wait.h"

namespace trestle::testing {

struct User {
  uid_t uid;
  gid_t gid;
};

// Whom servers run as: ourselves, or `postgres` when we are root.
[[nodiscard]] User server_user();

// A folder owned by server_user(), removed with the object (kept when
// TRESTLE_KEEP is set).
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string path(std::string_view name) const;

  // Writes a file owned by server_user(), making folders on the way.
  void write(std::string_view name, std::string_view text) const;
  void copy(const std::string& from, std::string_view name) const;
  void make_folder(std::string_view name) const;
  // "" when there is none.
  [[nodiscard]] std::string read(std::string_view name) const;

 private:
  std::string path_;
};

// One program, killed and reaped with the object at the latest. It is also
// killed when the test program dies.
class Process {
 public:
  struct Options {
    std::vector<std::string> environment = {};  // added to ours, NAME=value
    std::string output = {};  // file for both streams; empty: ours
    bool as_server_user = true;
    std::string folder = {};  // working directory; empty: ours
  };

  Process() = default;
  Process(const std::vector<std::string>& arguments, const Options& options);
  ~Process();
  Process(Process&& other) noexcept : pid_(other.pid_), status_(other.status_) {
    other.pid_ = 0;
  }
  Process& operator=(Process&& other) noexcept;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool running();
  void signal(int number) const;
  // True when it has ended in time; its wait status is then in status().
  [[nodiscard]] bool wait(Milliseconds deadline = kDeadline);
  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] int exit_code() const;  // -1: killed by a signal

 private:
  pid_t pid_ = 0;  // 0: none, or reaped
  int status_ = 0;
};

struct Finished {
  int exit_code = -1;
  std::string output;  // both streams
};

// Runs a program to its end, its output caught.
[[nodiscard]] Finished run_program(const std::vector<std::string>& arguments,
                                   Process::Options options = {});

// The process ids of a process's children, from /proc.
[[nodiscard]] std::vector<pid_t> children_of(pid_t parent);

// A TCP port of 127.0.0.1 that nobody uses, outside the range that outgoing
// connections take theirs from.
[[nodiscard]] int free_port();

[[nodiscard]] std::string read_file(const std::string& path);

// Raises the soft limit of open files to the hard one.
void raise_descriptor_limit();

}  // namespace trestle::testing
