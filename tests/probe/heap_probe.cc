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

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

char folder[64];
sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
int listener = -1;
pthread_t thread;

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
  for (;;) {
    const int client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return nullptr;
    char text[24];
    const int size = std::snprintf(text, sizeof text, "%zu", allocated_bytes());
    static_cast<void>(
        send(client, text, static_cast<std::size_t>(size), MSG_NOSIGNAL));
    close(client);
  }
}

void listen_as_this_process() {
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s/heap.%d", folder,
                getpid());
  listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address),
           sizeof address) != 0 ||
      listen(listener, 8) != 0)
    std::abort();
}

// Signals are for the threads that nginx has itself.
void begin() {
  listen_as_this_process();
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  if (pthread_create(&thread, nullptr, serve, nullptr) != 0) std::abort();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

// Threads do not come along with a fork, and AddressSanitizer would look for
// this one in the child.
void end() {
  shutdown(listener, SHUT_RDWR);
  pthread_join(thread, nullptr);
  close(listener);
  unlink(address.sun_path);
}

// The environment is nginx's own from main() on.
__attribute__((constructor)) void start() {
  const char* given = std::getenv("HEAP_PROBE_FOLDER");
  if (given == nullptr || std::strlen(given) >= sizeof folder) return;
  std::strcpy(folder, given);
  begin();
  pthread_atfork(end, begin, begin);
}

}  // namespace
