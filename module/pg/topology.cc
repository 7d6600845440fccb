#include "pg/topology.h"

#include <algorithm>
#include <new>

#include "base/text.h"
#include "pg/run_error.h"

namespace trestle::pg {
namespace {

constexpr Milliseconds kInterval = 500;
constexpr Milliseconds kUrgentInterval = 100;
// What is older was seen before a pause, or its host no longer answers.
constexpr Milliseconds kFresh = 3'000;
// Without requests for so long, nobody needs to know.
constexpr Milliseconds kQuiet = 10'000;

using Role = HostFacts::Role;

bool may_run_on_standby(const Plan& plan) {
  return plan.access == Access::read &&
         !ascii_iequals(plan.isolation, "serializable");
}

// What a read may meet on a standby and not on the primary: it was in the way
// of replay, it needs what only a primary has, or its schema has not arrived.
bool is_of_a_standby(const RunError& error) {
  if (error.kind != RunError::Kind::database) return false;
  const std::string& state = error.sqlstate;
  for (const char* one :
       {"40001", "40P01", "25006", "55000", "0A000", "3F000", "22023"})
    if (state == one) return true;
  return state.starts_with("42");
}

bool host_is_gone(const RunError& error) {
  return error.kind == RunError::Kind::lost ||
         error.kind == RunError::Kind::unavailable;
}

}  // namespace

Topology::Topology(PoolContext& context, ConnectGate& gate)
    : context_(context), loop_(context.loop) {
  add_host(context, context.config.primary, gate);
  for (const Conninfo& replica : context.config.replicas)
    add_host(context, replica, gate);
  timer_ = loop_.make_timer(callback<&Topology::on_timer>(this),
                            Loop::TimerKind::idle);
}

Topology::~Topology() {
  for (Host& host : hosts_) host.probe.reset();
}

void Topology::add_host(PoolContext& context, const Conninfo& conninfo,
                        ConnectGate& gate) {
  Host host;
  host.conninfo = &conninfo;
  host.pool = std::make_unique<HostPool>(
      context, conninfo, gate, static_cast<HostPool::Neighbours&>(*this));
  host.probe = std::make_unique<HostProbe>(
      context, *host.pool, callback<&Topology::on_answer>(this));
  hosts_.push_back(std::move(host));
}

// --- where a task goes -------------------------------------------------------

HostPool& Topology::place(const Plan& plan, const RunOptions& options) {
  if (!has_many()) return primary();
  traffic_at_ = loop_.now();
  if (!retiring_ && !timer_->running()) ask_soon();
  if (!may_run_on_standby(plan)) return primary();
  HostPool* reader =
      options.latest ? nullptr : find_reader(options.after, nullptr);
  if (reader == nullptr && options.after == 0 && primary().is_away())
    reader = find_stand_in(nullptr);
  return reader != nullptr ? *reader : primary();
}

bool Topology::may_read(const Host& host, WalPosition after) const {
  const HostFacts& facts = host.probe->facts();
  return facts.up && facts.role == Role::standby &&
         loop_.now() < facts.seen_at + kFresh && facts.position >= after &&
         clock_.lag(facts.position) <= host.conninfo->max_lag_ms &&
         host.pool->has_room();
}

HostPool* Topology::find_reader(WalPosition after, const HostPool* but) {
  unsigned weights = 0;
  HostPool* found = nullptr;
  for (const Host& host : hosts_) {
    const auto weight = static_cast<unsigned>(host.conninfo->weight);
    if (weight == 0 || host.pool.get() == but || !may_read(host, after))
      continue;
    weights += weight;
    if (loop_.random() % weights < weight) found = host.pool.get();
  }
  return found;
}

// The host that is furthest, else one of which nothing is known yet.
HostPool* Topology::find_stand_in(const HostPool* but) {
  const Host* best = nullptr;
  for (const Host& host : hosts_) {
    const HostFacts& facts = host.probe->facts();
    if (host.pool.get() == but || !host.pool->has_room() ||
        (!facts.up && facts.role != Role::unknown))
      continue;
    if (best == nullptr || facts.position > best->probe->facts().position)
      best = &host;
  }
  return best == nullptr ? nullptr : best->pool.get();
}

// A write moves only while it has not run. A read may run twice.
bool Topology::take_over(HostPool& from, TaskPtr& task) {
  if (!has_many() || retiring_ || task->urgent || !task->alive() ||
      task->delivered || task->moves >= hosts_.size() || !task->error)
    return false;
  const RunError& error = *task->error;
  HostPool* to = nullptr;
  if (!may_run_on_standby(task->plan)) {
    const bool has_run = error.kind != RunError::Kind::unavailable;
    if (error.sqlstate == "25006" && from.read_only()) {
      // It was rolled back, by a host that is no primary (any more).
      task->error = own_error(RunError::Kind::unavailable);
      if (task->left_transaction) return false;
    } else if (has_run) {
      return false;
    }
    to = &primary();
  } else if (host_is_gone(error)) {
    to = task->latest ? nullptr : find_reader(task->after, &from);
    if (to == nullptr && &from != &primary() && !primary().is_away())
      to = &primary();
    if (to == nullptr && task->after == 0) to = find_stand_in(&from);
  } else if (&from != &primary() && is_of_a_standby(error)) {
    to = &primary();
  }
  if (to == nullptr || to == &from || !to->has_room()) return false;
  task->moves++;
  task->rewind();
  to->adopt(std::move(task));
  return true;
}

void Topology::move_waiting(HostPool& from, bool all) {
  TaskQueue waiting;
  from.take_waiting(all, waiting);
  while (waiting.front() != nullptr) {
    TaskPtr task = waiting.remove(*waiting.front());
    task->error = own_error(RunError::Kind::unavailable);
    if (!take_over(from, task)) from.finish(std::move(task));
  }
}

// --- who is the primary ------------------------------------------------------

bool Topology::primary_is_up() const {
  const HostFacts& facts = hosts_[primary_].probe->facts();
  return facts.up && facts.role == Role::primary;
}

std::uint64_t Topology::timeline() const {
  return hosts_[primary_].probe->facts().timeline;
}

void Topology::ask_soon() {
  if (retiring_ || !has_many()) return;
  const Milliseconds now = loop_.now();
  const Milliseconds due = asked_at_ + kUrgentInterval;
  timer_->start(asked_at_ == 0 || due <= now ? 1 : due - now);
}

void Topology::on_timer() noexcept {
  try {
    asked_at_ = loop_.now();
    for (const Host& host : hosts_) host.probe->ask();
  } catch (const std::bad_alloc&) {
    loop_.log(Loop::Level::error, "pool: out of memory");
  }
  if (!retiring_ && loop_.now() < traffic_at_ + kQuiet)
    timer_->start(primary_is_up() ? kInterval : kUrgentInterval);
}

void Topology::on_answer() noexcept {
  try {
    elect();
  } catch (const std::bad_alloc&) {
    loop_.log(Loop::Level::error, "pool: out of memory");
  }
}

void Topology::elect() {
  std::size_t best = primary_;
  for (std::size_t i = 0; i < hosts_.size(); i++) {
    const HostFacts& facts = hosts_[i].probe->facts();
    if (!facts.up || facts.role != Role::primary) continue;
    const HostFacts& other = hosts_[best].probe->facts();
    if (other.role != Role::primary || facts.timeline > other.timeline ||
        (best != i && !other.up && facts.timeline == other.timeline))
      best = i;
  }
  if (best != primary_) {
    HostPool& old = primary();
    primary_ = best;
    clock_.forget();
    loop_.log(Loop::Level::warn,
              concat({"database \"", context_.config.name, "\": host \"",
                      hosts_[best].conninfo->host, "\" port ",
                      hosts_[best].conninfo->port, " is the primary now"}));
    move_waiting(old, true);
  }
  const HostFacts& facts = hosts_[primary_].probe->facts();
  if (primary_is_up()) clock_.note(facts.position, facts.seen_at);
}

void Topology::on_report(HostPool& pool, bool read_only) {
  Host& host = host_of(pool);
  const HostFacts::Role known = host.probe->facts().role;
  if (known == Role::unknown || (known == Role::standby) != read_only)
    ask_soon();
  if (!read_only || &pool != &primary()) return;
  host.probe->set_standby();
  elect();
  if (&pool == &primary() && has_many()) move_waiting(pool, false);
}

void Topology::on_down(HostPool& pool) {
  host_of(pool).probe->set_down();
  ask_soon();
}

Topology::Host& Topology::host_of(const HostPool& pool) {
  return *std::find_if(hosts_.begin(), hosts_.end(), [&](const Host& host) {
    return host.pool.get() == &pool;
  });
}

// --- all of them -------------------------------------------------------------

void Topology::warm() {
  for (const Host& host : hosts_) host.pool->warm();
}

void Topology::retire() {
  retiring_ = true;
  timer_->stop();
  for (const Host& host : hosts_) host.pool->retire();
}

PoolCounts Topology::counts() const {
  PoolCounts sum = {.away = true};
  for (const Host& host : hosts_) sum += host.pool->counts();
  return sum;
}

std::vector<HostState> Topology::states() const {
  std::vector<HostState> states;
  for (const Host& host : hosts_) {
    const HostFacts& facts = host.probe->facts();
    HostState state;
    if (facts.up && facts.role == Role::standby) {
      state = {HostState::Role::standby, clock_.lag(facts.position)};
    } else if (facts.up) {
      state.role = host.pool.get() == &primary() ? HostState::Role::primary
                                                 : HostState::Role::outdated;
    } else if (facts.role != Role::unknown) {
      state.role = HostState::Role::away;
    }
    states.push_back(state);
  }
  return states;
}

std::string Topology::roles() const {
  std::string text;
  for (const HostState& state : states()) {
    if (!text.empty()) text.push_back(',');
    text.append(text_of(state.role));
    if (state.role == HostState::Role::standby)
      text.append(concat({"+", std::to_string(state.lag), "ms"}));
  }
  return text;
}

std::string_view text_of(HostState::Role role) {
  switch (role) {
    case HostState::Role::unknown:
      break;
    case HostState::Role::primary:
      return "primary";
    case HostState::Role::standby:
      return "standby";
    case HostState::Role::outdated:
      return "outdated";
    case HostState::Role::away:
      return "away";
  }
  return "unknown";
}

}  // namespace trestle::pg
