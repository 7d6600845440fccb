// Loaded into a process before all else (LD_PRELOAD): tells how many bytes the
// process has allocated, which is what it uses itself, whatever its allocator
// keeps back besides. Each process has a UNIX socket "heap.PID" in the folder
// that HEAP_PROBE_FOLDER names, and who connects to it is sent the number in
// decimal.
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace {

// Never destroyed: threads use it until the process is gone.
std::string& folder() {
  static auto* const name = new std::string;
  return *name;
}

std::size_t allocated_bytes() {
  using Count = std::size_t();
  // There where the process runs under AddressSanitizer.
  static auto* const count = reinterpret_cast<Count*>(
      dlsym(RTLD_DEFAULT, "__sanitizer_get_current_allocated_bytes"));
  if (count != nullptr) return count();
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

void* serve(void*) {
  const std::string path = folder() + "/heap." + std::to_string(getpid());
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof address.sun_path) return nullptr;
  path.copy(address.sun_path, path.size());
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address),
           sizeof address) != 0 ||
      listen(listener, 8) != 0)
    return nullptr;
  for (;;) {
    const int client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    const std::string text = std::to_string(allocated_bytes());
    static_cast<void>(send(client, text.data(), text.size(), MSG_NOSIGNAL));
    close(client);
  }
}

// Signals are for the threads that nginx has itself.
void start_serving() {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  if (pthread_create(&thread, nullptr, serve, nullptr) == 0)
    pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

// The environment is nginx's own from main() on, and threads end with a fork.
__attribute__((constructor)) void start() {
  const char* given = std::getenv("HEAP_PROBE_FOLDER");
  if (given == nullptr) return;
  folder() = given;
  start_serving();
  pthread_atfork(nullptr, nullptr, start_serving);
}

}  // namespace
