// Asks one host now and then what it is: primary or standby, where it stands in
// the write-ahead log, on which timeline. The question runs on the host's own
// connections, in front of what waits there, so that it tells also whether the
// host can be used.
#pragma once

#include <cstdint>
#include <memory>

#include "base/callback.h"
#include "base/wal_position.h"
#include "pg/host_pool.h"
#include "sql/row_sink.h"

namespace trestle::pg {

struct HostFacts {
  enum class Role : std::uint8_t { unknown, primary, standby };
  Role role = Role::unknown;
  // It has answered the last question, and no connection has failed since.
  bool up = false;
  WalPosition position = 0;    // written, or replayed by a standby
  std::uint32_t timeline = 0;  // of a primary; the latest one is the right one
  Milliseconds seen_at = 0;
};

class HostProbe final : private RowSink {
 public:
  // Both outlive it. `on_answer` is called when the facts are new.
  HostProbe(PoolContext& context, HostPool& host, Callback on_answer);

  // Nothing while an earlier question is under way.
  void ask();
  // The host cannot be reached; facts stay as they were seen last.
  void set_down() { facts_.up = false; }
  // The host has said by itself that it takes no writes.
  void set_standby() { facts_.role = HostFacts::Role::standby; }

  [[nodiscard]] const HostFacts& facts() const { return facts_; }

 private:
  void on_columns(std::size_t, std::span<const ResultColumn>) override {}
  bool on_row(std::size_t, std::span<const Cell> cells) override;
  void on_statement_done(std::size_t, std::uint64_t) override {}
  void on_done() override;
  void on_error(const RunError& error) override;

  PoolContext& context_;
  HostPool& host_;
  Callback on_answer_;
  HostFacts facts_;
  HostFacts heard_;  // of the answer under way
  std::unique_ptr<Run> run_;
  bool asking_ = false;
};

}  // namespace trestle::pg
