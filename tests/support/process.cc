#include "support/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace trestle::testing {
namespace {

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", what.c_str(), std::strerror(errno));
  std::abort();
}

void give_to_server_user(const std::string& path) {
  const User user = server_user();
  if (geteuid() == 0 && lchown(path.c_str(), user.uid, user.gid) != 0)
    die("chown " + path);
}

// In the child, between fork and exec.
[[noreturn]] void become(const std::vector<std::string>& arguments,
                         const Process::Options& options, User user) {
  if (!options.output.empty()) {
    const int fd = open(options.output.c_str(),
                        O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) _exit(125);
    dup2(fd, 1);
    dup2(fd, 2);
  }
  if (options.as_server_user && geteuid() == 0 &&
      (setgroups(0, nullptr) != 0 || setgid(user.gid) != 0 ||
       setuid(user.uid) != 0))
    _exit(125);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A job in the background hands on that it ignores these, and a shell could
  // not trap them then.
  ::signal(SIGINT, SIG_DFL);
  ::signal(SIGQUIT, SIG_DFL);
  if (!options.folder.empty() && chdir(options.folder.c_str()) != 0) _exit(125);
  for (const std::string& entry : options.environment)
    putenv(const_cast<char*>(entry.c_str()));
  std::vector<char*> argv;
  for (const std::string& argument : arguments)
    argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  std::perror(argv[0]);
  _exit(127);
}

}  // namespace

User server_user() {
  static const User user = [] {
    if (geteuid() != 0) return User{geteuid(), getegid()};
    const passwd* entry = getpwnam("postgres");
    if (entry == nullptr) entry = getpwnam("nobody");
    if (entry == nullptr) die("no unprivileged user");
    return User{entry->pw_uid, entry->pw_gid};
  }();
  return user;
}

TempFolder::TempFolder() {
  const char* base = std::getenv("TMPDIR");
  path_ = std::string(base != nullptr ? base : "/tmp") + "/trestle-XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) die("mkdtemp " + path_);
  if (chmod(path_.c_str(), 0755) != 0) die("chmod " + path_);
  give_to_server_user(path_);
}

TempFolder::~TempFolder() {
  if (std::getenv("TRESTLE_KEEP") != nullptr) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempFolder::path(std::string_view name) const {
  return path_ + "/" + std::string(name);
}

void TempFolder::make_folder(std::string_view name) const {
  std::string at = path_;
  for (const auto& part : std::filesystem::path(name)) {
    at += "/" + part.string();
    if (mkdir(at.c_str(), 0755) == 0) give_to_server_user(at);
  }
}

void TempFolder::write(std::string_view name, std::string_view text) const {
  const auto parent = std::filesystem::path(name).parent_path();
  if (!parent.empty()) make_folder(parent.string());
  const std::string file = path(name);
  std::FILE* out = std::fopen(file.c_str(), "we");
  if (out == nullptr ||
      std::fwrite(text.data(), 1, text.size(), out) != text.size() ||
      std::fclose(out) != 0)
    die("write " + file);
  give_to_server_user(file);
}

void TempFolder::copy(const std::string& from, std::string_view name) const {
  write(name, read_file(from));
}

std::string TempFolder::read(std::string_view name) const {
  return read_file(path(name));
}

Process::Process(const std::vector<std::string>& arguments,
                 const Options& options) {
  const User user = server_user();  // looked up before the fork
  std::fflush(nullptr);
  pid_ = fork();
  if (pid_ < 0) die("fork");
  if (pid_ == 0) become(arguments, options, user);
}

Process::~Process() {
  if (running()) {
    signal(SIGKILL);
    waitpid(pid_, &status_, 0);
  }
}

Process& Process::operator=(Process&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(status_, other.status_);
  return *this;
}

bool Process::running() {
  if (pid_ == 0) return false;
  if (waitpid(pid_, &status_, WNOHANG) == 0) return true;
  pid_ = 0;
  return false;
}

void Process::signal(int number) const {
  if (pid_ > 0) kill(pid_, number);
}

bool Process::wait(Milliseconds deadline) {
  return wait_until([this] { return !running(); }, deadline);
}

int Process::exit_code() const {
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
}

Finished run_program(const std::vector<std::string>& arguments,
                     Process::Options options) {
  TempFolder folder;
  options.output = folder.path("output");
  Process process(arguments, options);
  if (!process.wait(Milliseconds(120'000))) return {-1, "no end in time"};
  return {process.exit_code(), folder.read("output")};
}

std::vector<pid_t> children_of(pid_t parent) {
  const std::string id = std::to_string(parent);
  const std::string list =
      read_file("/proc/" + id + "/task/" + id + "/children");
  std::vector<pid_t> found;
  const char* at = list.c_str();
  char* end = nullptr;
  for (long pid; (pid = std::strtol(at, &end, 10)) > 0; at = end)
    found.push_back(static_cast<pid_t>(pid));
  return found;
}

int free_port() {
  static int next = 10'000 + getpid() * 37 % 20'000;
  for (int tries = 0; tries < 20'000; tries++) {
    next = next >= 32'000 ? 10'000 : next + 1;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(next));
    const int bound =
        bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
    close(fd);
    if (bound == 0) return next;
  }
  die("no free port");
}

std::string read_file(const std::string& path) {
  std::string text;
  std::FILE* in = std::fopen(path.c_str(), "re");
  if (in == nullptr) return text;
  char block[65536];
  for (std::size_t n; (n = std::fread(block, 1, sizeof block, in)) > 0;)
    text.append(block, n);
  std::fclose(in);
  return text;
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace trestle::testing
