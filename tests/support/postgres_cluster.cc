#include "support/postgres_cluster.h"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include "support/process.h"
#include "support/wait.h"

namespace trestle::testing {
namespace {

using Words = std::vector<std::string>;

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", what.c_str(), std::strerror(errno));
  std::abort();
}

// The folder of initdb and postgres: the newest of Debian's, else $PATH.
std::string program(const std::string& name) {
  for (int version = 18; version >= 14; version--) {
    std::string path =
        "/usr/lib/postgresql/" + std::to_string(version) + "/bin/" + name;
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return name;
}

// Starts a program as the server's user, both streams appended to `output`.
pid_t spawn(const Words& words, const std::string& output) {
  std::vector<char*> argv;
  for (const std::string& word : words)
    argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const User user = server_user();
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid > 0) return pid;

  const int log = open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (log < 0) _exit(125);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  if (geteuid() == 0 && (setgroups(0, nullptr) != 0 || setgid(user.gid) != 0 ||
                         setuid(user.uid) != 0))
    _exit(126);
  prctl(PR_SET_PDEATHSIG, SIGQUIT);  // behind setuid, which clears it
  setenv("LC_ALL", "C.UTF-8", 1);
  if (chdir("/") != 0) _exit(124);
  execvp(argv[0], argv.data());
  _exit(127);
}

void run(const Words& words, const std::string& output) {
  int status = 0;
  if (waitpid(spawn(words, output), &status, 0) < 0) die("waitpid");
  if (status != 0) die(words[0] + " failed, see " + output);
}

std::string make_folder() {
  std::string path = "/tmp/trestle-pg-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) die("mkdtemp");
  const User user = server_user();
  if (geteuid() == 0 && chown(path.c_str(), user.uid, user.gid) != 0)
    die("chown");
  if (chmod(path.c_str(), 0755) != 0) die("chmod");
  return path;
}

void remove_folder(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

void append_file(const std::string& path, const std::string& text) {
  std::FILE* out = std::fopen(path.c_str(), "ae");
  if (out == nullptr) die(path);
  std::fputs(text.c_str(), out);
  if (std::fclose(out) != 0) die(path);
}

// What initdb makes, kept for this program's further clusters.
class Template {
 public:
  Template() : folder_(make_folder()) {
    run({program("initdb"), "-D", data(), "-U", "postgres", "-A", "trust",
         "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"},
        folder_ + "/initdb.log");
  }
  ~Template() {
    if (getpid() == owner_) remove_folder(folder_);
  }
  [[nodiscard]] std::string data() const { return folder_ + "/data"; }

 private:
  std::string folder_;
  pid_t owner_ = getpid();
};

}  // namespace

PostgresCluster::PostgresCluster() : PostgresCluster(Options{}) {}

PostgresCluster::PostgresCluster(Options options)
    : options_(std::move(options)), folder_(make_folder()) {
  if (options_.tcp) port_ = free_port();
  prepare_data_folder();
  start();
}

PostgresCluster::~PostgresCluster() {
  stop(StopMode::immediate);
  remove_folder(folder_);
}

void PostgresCluster::prepare_data_folder() {
  static const Template made_by_initdb;
  if (options_.primary != nullptr)
    copy_primary();
  else
    run({"cp", "-a", made_by_initdb.data(), folder_ + "/data"},
        folder_ + "/log");
  if (options_.tls) make_certificate();
  std::string settings =
      "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
      "shared_buffers = 16MB\nmax_connections = 100\n"
      "log_min_messages = warning\nunix_socket_directories = '" +
      folder_ + "'\nport = " + std::to_string(port_) +
      "\nlisten_addresses = '" + (options_.tcp ? "127.0.0.1" : "") + "'\n";
  if (options_.tls) settings += "ssl = on\n";
  for (const auto& [name, value] : options_.settings)
    settings.append(name).append(" = '").append(value).append("'\n");
  append_file(folder_ + "/data/postgresql.conf", settings);
  if (!options_.hba.empty()) {
    const std::string hba = folder_ + "/data/pg_hba.conf";
    if (truncate(hba.c_str(), 0) != 0) die(hba);
    append_file(hba, options_.hba);
  }
}

// The standby's name for synchronous_standby_names is the last part of its
// folder's.
void PostgresCluster::copy_primary() {
  run({program("pg_basebackup"), "-D", folder_ + "/data", "-R", "-X", "stream",
       "-c", "fast", "--no-sync", "-d", options_.primary->conninfo()},
      folder_ + "/log");
  options_.settings.emplace_back("cluster_name", name());
}

std::string PostgresCluster::name() const {
  return folder_.substr(folder_.rfind('-') + 1);
}

void PostgresCluster::promote() { query("select pg_promote()"); }

void PostgresCluster::make_synchronous(PostgresCluster& primary) const {
  primary.query("alter system set synchronous_standby_names = '\"" + name() +
                "\"'");
  primary.query("select pg_reload_conf()");
  const std::string state =
      "select coalesce(min(sync_state), '') from pg_stat_replication where "
      "application_name = '" +
      name() + "'";
  for (int tries = 0; primary.query(state) != "sync"; tries++) {
    if (tries > 3000) die("no synchronous standby: " + log());
    poll(nullptr, 0, 10);
  }
}

void PostgresCluster::catch_up(const PostgresCluster& primary) const {
  // A commit that waits for the disk takes all earlier ones with it.
  primary.query(
      "set synchronous_commit = on;"
      "select pg_logical_emit_message(true, '', '')");
  const std::string end = primary.query("select pg_current_wal_lsn()");
  const std::string there =
      "select pg_last_wal_replay_lsn() >= '" + end + "'::pg_lsn";
  for (int tries = 0; query(there) != "t"; tries++) {
    if (tries > 3000) die("the standby does not catch up: " + log());
    poll(nullptr, 0, 10);
  }
}

void PostgresCluster::make_certificate() {
  const std::string data = folder_ + "/data";
  run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
       "30", "-subj", "/CN=localhost", "-addext",
       "subjectAltName=DNS:localhost", "-keyout", data + "/server.key", "-out",
       data + "/server.crt"},
      folder_ + "/log");
  if (chmod((data + "/server.key").c_str(), 0600) != 0) die("chmod");
}

std::string PostgresCluster::root_certificate() const {
  return folder_ + "/data/server.crt";
}

std::string PostgresCluster::conninfo(std::string_view user,
                                      std::string_view database) const {
  std::string text = "host=" + folder_ + " port=" + std::to_string(port_);
  text.append(" user=").append(user).append(" dbname=").append(database);
  return text;
}

void PostgresCluster::start() {
  pid_ =
      spawn({program("postgres"), "-D", folder_ + "/data"}, folder_ + "/log");
  const std::string to = conninfo();
  for (int tries = 0; PQping(to.c_str()) != PQPING_OK; tries++) {
    if (tries > 3000 || waitpid(pid_, nullptr, WNOHANG) != 0)
      die("postgres did not start: " + log());
    poll(nullptr, 0, 10);
  }
}

void PostgresCluster::stop(StopMode mode) {
  if (pid_ == 0) return;
  const std::vector<pid_t> backends = children_of(pid_);
  switch (mode) {
    case StopMode::fast:
      kill(pid_, SIGINT);
      break;
    case StopMode::immediate:
      kill(pid_, SIGQUIT);
      break;
    case StopMode::kill:
      kill(pid_, SIGKILL);
      for (const pid_t backend : backends) kill(backend, SIGKILL);
      break;
  }
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
  // Backends that outlive a killed server keep its shared memory.
  static_cast<void>(wait_until([&] {
    return std::ranges::none_of(
        backends, [](pid_t backend) { return ::kill(backend, 0) == 0; });
  }));
}

void PostgresCluster::query_file(const std::string& path,
                                 std::string_view database) const {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.empty()) throw std::runtime_error("there is no " + path);
  static_cast<void>(query(text, database));
}

std::string PostgresCluster::query(std::string_view sql,
                                   std::string_view database) const {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
      PQconnectdb(conninfo("postgres", database).c_str()), PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(
      PQexec(connection.get(), std::string(sql).c_str()), PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    die(std::string(sql) + ": " + PQerrorMessage(connection.get()));
  if (PQntuples(result.get()) == 0) return "";
  return PQgetvalue(result.get(), 0, 0);
}

std::string PostgresCluster::log() const { return read_file(folder_ + "/log"); }

std::unique_ptr<PostgresCluster> primary_with_feed(std::string_view schema) {
  auto primary = std::make_unique<PostgresCluster>(
      PostgresCluster::Options{.settings = {{"wal_level", "logical"}}});
  primary->query(schema);
  primary->query_file("sql/trestle.sql");
  return primary;
}

std::unique_ptr<PostgresCluster> standby_of(const PostgresCluster& primary) {
  auto standby = std::make_unique<PostgresCluster>(
      PostgresCluster::Options{.primary = &primary});
  standby->catch_up(primary);
  return standby;
}

}  // namespace trestle::testing
