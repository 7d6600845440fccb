#include "support/nginx_server.h"

#include <dirent.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#ifndef TRESTLE_BUILD
#define TRESTLE_BUILD "build"
#endif

namespace trestle::testing {
namespace {

constexpr const char* kModule = TRESTLE_BUILD "/ngx_http_trestle_module.so";
constexpr const char* kHeapProbe = TRESTLE_BUILD "/tests/heap_probe.so";

std::string replaced(std::string text, std::string_view what,
                     std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos;
       at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

// A sanitized module needs the sanitizers' libraries in front of the stock
// nginx, and writes its reports to files.
std::vector<std::string> environment(const TempFolder& folder,
                                     const NginxOptions& options) {
  std::string preload;
  std::vector<std::string> variables;
#ifdef TRESTLE_PRELOAD
  preload = TRESTLE_PRELOAD;
  variables = {
      "ASAN_OPTIONS=detect_leaks=1:" + options.asan_options +
          ":log_path=" + folder.path("sanitizer"),
      "LSAN_OPTIONS=print_suppressions=0:suppressions=" +
          folder.path("leaks.supp"),
      "UBSAN_OPTIONS=print_stacktrace=1:log_path=" + folder.path("sanitizer")};
#endif
  if (options.heap_probe) {
    preload += " " + folder.path("heap_probe.so");
    variables.push_back("HEAP_PROBE_FOLDER=" + folder.path());
  }
  if (!preload.empty()) variables.push_back("LD_PRELOAD=" + preload);
  return variables;
}

std::string command_line(pid_t pid) {
  return read_file("/proc/" + std::to_string(pid) + "/cmdline");
}

}  // namespace

NginxServer::NginxServer(NginxOptions options)
    : options_(std::move(options)), port_(free_port()), port2_(free_port()) {
  raise_descriptor_limit();
  if (options_.module) folder_.copy(kModule, "module.so");
  if (options_.heap_probe) folder_.copy(kHeapProbe, "heap_probe.so");
#ifdef TRESTLE_PRELOAD
  folder_.copy("tests/support/leaks.supp", "leaks.supp");
#endif
}

NginxServer::~NginxServer() { stop(); }

void NginxServer::write_configuration(std::string_view http) const {
  std::string text = "daemon off;\npid nginx.pid;\n";
  text += "error_log error.log " + options_.log_level + ";\n";
  text += "worker_processes " + std::to_string(options_.workers) + ";\n";
  if (options_.module) text += "load_module @folder@/module.so;\n";
  text += options_.main;
  text += "\nevents { worker_connections ";
  text += std::to_string(options_.connections) + "; }\n";
  text += "http {\naccess_log access.log;\nserver_tokens off;\n";
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    text += std::string(kind) + "_temp_path " + kind + "_temp;\n";
  text += "include test.conf;\n}\n";
  // In a file of its own: its lines are numbered as they stand in the test.
  folder_.write("nginx.conf", filled(text));
  folder_.write("test.conf", filled(std::string(http)));
}

std::string NginxServer::filled(std::string text) const {
  const std::string local = "127.0.0.1:";
  text = replaced(text, "@port@", local + std::to_string(port_));
  text = replaced(text, "@port2@", local + std::to_string(port2_));
  return replaced(text, "@folder@", folder_.path());
}

std::vector<std::string> NginxServer::command(bool check) const {
  std::vector<std::string> words = {"nginx",
                                    "-p",
                                    folder_.path(),
                                    "-c",
                                    folder_.path("nginx.conf"),
                                    "-e",
                                    folder_.path("error.log")};
  if (access("/usr/sbin/nginx", X_OK) == 0) words[0] = "/usr/sbin/nginx";
  if (check) words.push_back("-t");
  return words;
}

void NginxServer::start(std::string_view http) {
  write_configuration(http);
  folder_.write("error.log", log());
  process_ =
      Process(command(false), {.environment = environment(folder_, options_),
                               .output = folder_.path("output"),
                               .folder = folder_.path()});
  const bool up = wait_until([this] {
    if (!process_.running()) return true;
    HttpClient client(address());
    return client.connect() &&
           workers().size() >= static_cast<std::size_t>(options_.workers);
  });
  if (!up || !process_.running())
    FAIL() << "nginx does not start\n" << folder_.read("output") << log();
}

Finished NginxServer::check(std::string_view http) {
  write_configuration(http);
  std::vector<std::string> variables = environment(folder_, options_);
  // A wrong configuration ends nginx where it stands, its first pool unfreed.
  for (std::string& variable : variables)
    if (variable.starts_with("ASAN_OPTIONS=")) variable += ":detect_leaks=0";
  Finished result = run_program(
      command(true),
      {.environment = std::move(variables), .folder = folder_.path()});
  result.output = replaced(result.output, folder_.path() + "/", "");
  return result;
}

void NginxServer::reload(std::string_view http) {
  if (!http.empty()) write_configuration(http);
  const std::vector<pid_t> old = workers();
  process_.signal(SIGHUP);
  const bool done = wait_until([&] {
    const std::vector<pid_t> now = workers();
    return now.size() >= static_cast<std::size_t>(options_.workers) &&
           std::none_of(now.begin(), now.end(), [&](pid_t pid) {
             return std::find(old.begin(), old.end(), pid) != old.end();
           });
  });
  if (!done) ADD_FAILURE() << "nginx does not reload\n" << log();
}

void NginxServer::stop() {
  if (!process_.running()) {
    if (process_.pid() == 0 && log().empty()) return;
  } else {
    process_.signal(SIGQUIT);
    if (!process_.wait()) {
      ADD_FAILURE() << "nginx does not end\n" << log();
      kill();
    }
  }
  check_log();
}

void NginxServer::kill() {
  // The master first, so that it starts no new worker; its children are read
  // before, as they have no parent afterwards.
  const std::vector<pid_t> orphans = children_of(process_.pid());
  process_.signal(SIGKILL);
  for (const pid_t pid : orphans) ::kill(pid, SIGKILL);
  if (!process_.wait()) ADD_FAILURE() << "nginx survives SIGKILL";
}

// What a sanitizer has written. That it does not follow every switch of stacks
// by itself is no finding: the fibers of pages tell it of theirs.
static void expect_no_finding(const std::string& report) {
  std::string findings;
  for (std::size_t at = 0; at < report.size();) {
    const std::size_t end = std::min(report.find('\n', at), report.size());
    const std::string line = report.substr(at, end - at);
    at = end + 1;
    if (line.find("makecontext/swapcontext") == std::string::npos &&
        !line.empty())
      findings += line + "\n";
  }
  if (!findings.empty()) ADD_FAILURE() << findings;
}

void NginxServer::check_log() {
  const std::string text = log();
  std::string bad;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    const auto holds = [&line](std::string_view word) {
      return line.find(word) != std::string::npos;
    };
    if ((holds("[alert]") || holds("[crit]") || holds("[emerg]") ||
         holds("open socket")) &&
        std::none_of(allowed_.begin(), allowed_.end(), holds))
      bad += line + "\n";
  }
  if (!bad.empty()) ADD_FAILURE() << "in nginx's error log:\n" << bad;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    if (entry.path().filename().string().starts_with("sanitizer"))
      expect_no_finding(read_file(entry.path()));
  folder_.write("error.log", "");  // looked at once
}

Response NginxServer::get(std::string_view target,
                          const Headers& headers) const {
  return request("GET", target, headers);
}

Response NginxServer::request(std::string_view method, std::string_view target,
                              const Headers& headers,
                              std::string_view body) const {
  HttpClient client(address());
  return client.request(method, target, headers, body);
}

std::vector<pid_t> NginxServer::workers(bool leaving) const {
  std::vector<pid_t> found;
  for (const pid_t pid : children_of(process_.pid())) {
    const std::string name = command_line(pid);
    if (name.find("worker process") == std::string::npos) continue;
    if (leaving || name.find("shutting down") == std::string::npos)
      found.push_back(pid);
  }
  return found;
}

std::size_t NginxServer::heap_bytes(pid_t pid) const {
  HttpClient probe({.path = folder_.path("heap." + std::to_string(pid))});
  const std::string told = probe.connect() ? probe.read_some(32) : "";
  if (told.empty()) ADD_FAILURE() << "no heap probe in process " << pid;
  return std::strtoull(told.c_str(), nullptr, 10);
}

pid_t NginxServer::helper() const {
  for (const pid_t pid : children_of(process_.pid()))
    if (command_line(pid).find("cache manager") != std::string::npos)
      return pid;
  return 0;
}

bool NginxServer::wait_for_log(std::string_view text,
                               Milliseconds deadline) const {
  return wait_until(
      [&] { return log().find(text, log_start_) != std::string::npos; },
      deadline);
}

long anonymous_memory_kb(pid_t pid) {
  const std::string text =
      read_file("/proc/" + std::to_string(pid) + "/status");
  const std::string_view name = "RssAnon:";
  const std::size_t at = text.find(name);
  return at == std::string::npos ? 0
                                 : std::atol(text.c_str() + at + name.size());
}

long private_memory_kb(pid_t pid) {
  const std::string text =
      read_file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  long sum = 0;
  for (const char* name : {"Private_Clean:", "Private_Dirty:"}) {
    const std::size_t at = text.find(name);
    if (at != std::string::npos)
      sum += std::atol(text.c_str() + at + std::string_view(name).size());
  }
  return sum;
}

std::size_t shared_memory_bytes(pid_t pid) {
  std::istringstream maps(read_file("/proc/" + std::to_string(pid) + "/maps"));
  std::size_t sum = 0;
  for (std::string line; std::getline(maps, line);) {
    unsigned long from = 0;
    unsigned long to = 0;
    char rights[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, rights) == 3 &&
        rights[3] == 's')
      sum += to - from;
  }
  return sum;
}

std::size_t open_descriptors(pid_t pid) {
  std::size_t count = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(
           "/proc/" + std::to_string(pid) + "/fd", ignored)) {
    (void)entry;
    count++;
  }
  return count;
}

}  // namespace trestle::testing
