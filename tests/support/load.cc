#include "support/load.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace trestle::testing {
namespace {

struct Client {
  int fd = -1;
  int index = 0;
  bool busy = false;
  bool reused = false;  // the connection has answered before
  bool heard = false;   // a byte of this answer has come
  std::uint64_t number = 0;
  std::uint64_t order = 0;
  std::string to_send;
  ResponseReader reader;
  Clock::time_point started;
  int leave_after_ms = -1;
};

class Run {
 public:
  Run(Load& load, Milliseconds time, std::uint64_t requests)
      : load_(load), left_(requests), bounded_(requests > 0) {
    begin_ = Clock::now();
    end_ = begin_ + (time.count() > 0 ? time : Milliseconds(3'600'000));
    clients_.resize(static_cast<std::size_t>(load.clients));
    for (std::size_t i = 0; i < clients_.size(); i++)
      clients_[i].index = static_cast<int>(i);
  }
  ~Run() {
    for (Client& client : clients_)
      if (client.fd >= 0) close(client.fd);
  }

  LoadCounts run() {
    while (true) {
      if (load_.tick) load_.tick();
      bool busy = false;
      for (Client& client : clients_) {
        if (!client.busy && may_start() && due() <= Clock::now()) start(client);
        busy = busy || client.busy;
      }
      if (!busy && !may_start()) return counts_;
      wait();
    }
  }

 private:
  [[nodiscard]] bool may_start() const {
    return !load_.stop && Clock::now() < end_ && (!bounded_ || left_ > 0);
  }

  // When the next request is.
  [[nodiscard]] Clock::time_point due() const {
    if (load_.rate <= 0) return begin_;
    const std::chrono::duration<double> since(static_cast<double>(started_) /
                                              load_.rate);
    return begin_ + std::chrono::duration_cast<Clock::duration>(since);
  }

  void start(Client& client) {
    if (bounded_) left_--;
    client.busy = true;
    client.heard = false;
    client.started = load_.rate > 0 ? due() : Clock::now();
    client.order = started_++;
    client.leave_after_ms =
        load_.leave_after_ms ? load_.leave_after_ms(client.index, client.number)
                             : -1;
    client.to_send = load_.request(client.index, client.number);
    client.reader.expect(client.to_send.starts_with("HEAD "));
    if (client.fd < 0) {
      client.reused = false;
      client.reader = {};
      client.fd = connect_to(load_.address);
      if (client.fd < 0) finish(client, Outcome::refused);
    }
  }

  void wait() {
    polled_.clear();
    owners_.clear();
    for (Client& client : clients_) {
      if (!client.busy) continue;
      const short events =
          client.to_send.empty() ? POLLIN : short{POLLIN | POLLOUT};
      polled_.push_back({client.fd, events, 0});
      owners_.push_back(&client);
    }
    const bool exact = load_.leave_after_ms || load_.rate > 0;
    poll(polled_.data(), polled_.size(), exact ? 1 : 20);
    for (std::size_t i = 0; i < polled_.size(); i++) {
      Client& client = *owners_[i];
      if (polled_[i].revents & POLLOUT) send(client);
      if (client.busy && polled_[i].revents & (POLLIN | POLLHUP | POLLERR))
        receive(client);
      if (client.busy) check_time(client);
    }
  }

  void send(Client& client) {
    const ssize_t n = ::send(client.fd, client.to_send.data(),
                             client.to_send.size(), MSG_NOSIGNAL);
    if (n > 0) client.to_send.erase(0, static_cast<std::size_t>(n));
    // An error shows again when we read.
  }

  void receive(Client& client) {
    const ssize_t n = ::recv(client.fd, block_, sizeof block_, 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n > 0) {
      client.heard = true;
      client.reader.feed({block_, static_cast<std::size_t>(n)});
    } else {
      client.reader.end_of_file();
    }
    if (std::optional<Response> response = client.reader.next()) {
      const bool goes_on = load_.keep_alive && response->keep_alive && n > 0;
      finish(client, Outcome::answered, std::move(*response), goes_on);
    } else if (client.reader.broken()) {
      finish(client, Outcome::garbage);
    } else if (n <= 0) {
      const bool connected = n == 0 || errno != ECONNREFUSED;
      finish(client, client.reused && !client.heard ? Outcome::stale
                     : connected                    ? Outcome::cut
                                                    : Outcome::refused);
    }
  }

  void check_time(Client& client) {
    const double ms = elapsed_ms(client.started);
    if (client.leave_after_ms >= 0 && ms >= client.leave_after_ms) {
      const linger now{1, 0};
      setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
      finish(client, Outcome::aborted);
    } else if (ms > static_cast<double>(load_.deadline.count())) {
      finish(client, Outcome::timed_out);
    }
  }

  void finish(Client& client, Outcome outcome, Response response = {},
              bool keep = false) {
    LoadResult result{client.index,        client.number++,
                      client.order,        outcome,
                      std::move(response), elapsed_ms(client.started)};
    client.busy = false;
    client.reused = keep;
    if (!keep && client.fd >= 0) {
      close(client.fd);
      client.fd = -1;
    }
    count(result);
    if (load_.done) load_.done(result);
  }

  void count(const LoadResult& result) {
    switch (result.outcome) {
      case Outcome::answered:
        counts_.answered++;
        if (result.response.status / 100 == 2) counts_.ok++;
        break;
      case Outcome::stale:
        counts_.stale++;
        break;
      case Outcome::aborted:
        counts_.aborted++;
        break;
      default:
        counts_.failed++;
    }
    if (result.outcome != Outcome::aborted)
      counts_.worst_ms = std::max(counts_.worst_ms, result.ms);
  }

  Load& load_;
  std::uint64_t left_;
  bool bounded_;
  std::uint64_t started_ = 0;
  Clock::time_point begin_;
  Clock::time_point end_;
  std::vector<Client> clients_;
  std::vector<pollfd> polled_;
  std::vector<Client*> owners_;
  LoadCounts counts_;
  char block_[65536];
};

}  // namespace

std::string LoadCounts::text() const {
  return "answered=" + std::to_string(answered) + " ok=" + std::to_string(ok) +
         " failed=" + std::to_string(failed) +
         " stale=" + std::to_string(stale) +
         " aborted=" + std::to_string(aborted) +
         " worst_ms=" + std::to_string(static_cast<long>(worst_ms));
}

LoadCounts Load::run(Milliseconds time, std::uint64_t requests) {
  stop = false;
  return Run(*this, time, requests).run();
}

}  // namespace trestle::testing
