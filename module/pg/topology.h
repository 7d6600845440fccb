// The hosts of one database: which of them is the primary, how far behind the
// others are, and where a task goes.
//
//   writes  to the primary and nowhere else
//   reads   to standbys that are up, within their max_lag and as far as the
//           reader must see, by weight; else to the primary; while that is
//           away, to any other host that answers
//
// What the configuration says is where it begins. Every host is asked twice a
// second while there is traffic, ten times while nobody is the primary, and at
// once when a connection reports a change: a promotion is followed without
// help. Of two hosts that take writes the one on the later timeline is right.
// With a single host nothing is asked.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pg/host_pool.h"
#include "pg/host_probe.h"
#include "pg/replay_clock.h"

namespace trestle::pg {

class Topology final : private HostPool::Neighbours {
 public:
  // Both outlive it.
  Topology(PoolContext& context, ConnectGate& gate);
  ~Topology() override;

  // The host to run a plan on.
  [[nodiscard]] HostPool& place(const Plan& plan, const RunOptions& options);
  // Where writes go.
  [[nodiscard]] HostPool& primary() { return *hosts_[primary_].pool; }
  [[nodiscard]] const HostPool& primary() const {
    return *hosts_[primary_].pool;
  }
  [[nodiscard]] const Conninfo& primary_conninfo() const {
    return *hosts_[primary_].conninfo;
  }

  // See Pool::timeline().
  [[nodiscard]] std::uint64_t timeline() const;

  void warm();
  void retire();
  [[nodiscard]] PoolCounts counts() const;
  [[nodiscard]] std::vector<HostState> states() const;
  // "primary,standby+20ms,away": in the configuration's order.
  [[nodiscard]] std::string roles() const;
  [[nodiscard]] bool has_many() const { return hosts_.size() > 1; }

 private:
  struct Host {
    const Conninfo* conninfo = nullptr;
    std::unique_ptr<HostPool> pool;
    std::unique_ptr<HostProbe> probe;
  };

  bool take_over(HostPool& from, TaskPtr& task) override;
  void on_report(HostPool& host, bool read_only) override;
  void on_down(HostPool& host) override;

  void add_host(PoolContext& context, const Conninfo& conninfo,
                ConnectGate& gate);
  void on_timer() noexcept;
  void on_answer() noexcept;
  void ask_soon();
  void elect();
  // What waits for a host that is the primary no more, see take_waiting().
  void move_waiting(HostPool& from, bool all);

  [[nodiscard]] Host& host_of(const HostPool& pool);
  [[nodiscard]] bool may_read(const Host& host, WalPosition after) const;
  [[nodiscard]] HostPool* find_reader(WalPosition after, const HostPool* but);
  [[nodiscard]] HostPool* find_stand_in(const HostPool* but);
  [[nodiscard]] bool primary_is_up() const;

  PoolContext& context_;
  Loop& loop_;
  std::vector<Host> hosts_;
  std::size_t primary_ = 0;
  ReplayClock clock_;
  std::unique_ptr<Timer> timer_;
  Milliseconds asked_at_ = 0;
  Milliseconds traffic_at_ = 0;
  bool retiring_ = false;
};

}  // namespace trestle::pg
