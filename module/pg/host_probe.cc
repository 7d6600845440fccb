#include "pg/host_probe.h"

#include <charconv>
#include <utility>

namespace trestle::pg {
namespace {

constexpr Milliseconds kPatience = 2'000;

// The name of a log file begins with its timeline.
SqlRef question() {
  static const SqlRef made = make_sql(
      "select case when pg_is_in_recovery() then 'standby' "
      "when current_setting('default_transaction_read_only') = 'on' "
      "then 'read only' else 'primary' end, "
      "case when pg_is_in_recovery() then pg_last_wal_replay_lsn() "
      "else pg_current_wal_lsn() end, "
      "case when pg_is_in_recovery() then '' "
      "else left(pg_walfile_name(pg_current_wal_lsn()), 8) end");
  return made;
}

}  // namespace

HostProbe::HostProbe(PoolContext& context, HostPool& host, Callback on_answer)
    : context_(context), host_(host), on_answer_(on_answer) {}

void HostProbe::ask() {
  if (asking_) return;
  auto task = std::make_unique<Task>();
  task->plan.statements.push_back({.sql = question(), .params = {}});
  task->plan.access = Access::read;
  task->plan.effects = Effects::clean;
  task->timeout = kPatience;
  task->urgent = true;
  task->sink = this;
  asking_ = true;
  run_ = host_.submit(std::move(task));
}

bool HostProbe::on_row(std::size_t, std::span<const Cell> cells) {
  using Role = HostFacts::Role;
  heard_ = {.role = cells[0] == "primary" ? Role::primary : Role::standby};
  heard_.position = parse_wal_position(cells[1]).value_or(0);
  std::from_chars(cells[2].data(), cells[2].data() + cells[2].size(),
                  heard_.timeline, 16);
  return true;
}

void HostProbe::on_done() {
  asking_ = false;
  facts_ = heard_;
  facts_.up = true;
  facts_.seen_at = context_.loop.now();
  on_answer_();
}

// A promotion in the middle of the question is no failure of the host.
void HostProbe::on_error(const RunError& error) {
  asking_ = false;
  if (error.kind == RunError::Kind::database) return;
  facts_.up = false;
  on_answer_();
}

}  // namespace trestle::pg
