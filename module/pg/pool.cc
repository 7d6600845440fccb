#include "pg/pool.h"

#include <new>
#include <utility>

#include "base/text.h"
#include "pg/positioned_run.h"
#include "pg/run_error.h"
#include "pg/topology.h"

namespace trestle::pg {
namespace {

// The protocol counts parameters in 16 bits and bytes in 31; PostgreSQL takes
// no message above 1 GB.
constexpr std::size_t kMaxParameters = 65'535;
constexpr std::size_t kMaxGroupBytes = 0x3fff0000;

bool fits_protocol(const Plan& plan, const Settings& settings) {
  std::size_t bytes = 0;
  for (const Setting& setting : settings)
    bytes += setting.name.size() + setting.value.size();
  for (const Statement& statement : plan.statements) {
    if (statement.params.size() > kMaxParameters) return false;
    bytes += statement.sql->text.size();
    for (const Param& param : statement.params)
      bytes += param ? param->size() : 0;
  }
  return bytes < kMaxGroupBytes;
}

RunError too_large() {
  RunError error;
  error.sqlstate = "54000";
  error.message = "The request has too many or too large parameters";
  return error;
}

class PoolOfHosts final : public Pool {
 public:
  PoolOfHosts(Loop& loop, PoolConfig config, std::shared_ptr<ConnectGate> gate)
      : config_(std::move(config)),
        context_{.loop = loop, .config = config_},
        gate_(std::move(gate)),
        hosts_(context_, *gate_),
        warm_timer_(loop.make_timer(callback<&PoolOfHosts::on_warm>(this),
                                    Loop::TimerKind::idle)) {
    // Not 0: before the loop runs, only a timer ends its first wait.
    if (config_.min_idle > 0) warm_timer_->start(1);
  }

  std::unique_ptr<Run> submit(Plan plan, Settings settings, RowSink& sink,
                              const RunOptions& options) override {
    const bool is_positioned = (options.wants_position && hosts_.has_many()) ||
                               config_.written != nullptr;
    if (is_positioned && plan.access == Access::write && !options.is_positioned)
      return PositionedRun::submit(*this, std::move(plan), std::move(settings),
                                   sink, options, config_.written);
    RunError refusal;
    try {
      if (fits_protocol(plan, settings)) {
        auto task = std::make_unique<Task>();
        task->plan = std::move(plan);
        task->settings = std::move(settings);
        task->timeout = options.query_timeout != 0 ? options.query_timeout
                                                   : config_.query_timeout;
        task->arrived = options.arrived;
        task->sink = &sink;
        task->after = options.after;
        task->latest = options.latest;
        HostPool& host = hosts_.place(task->plan, options);
        return host.submit(std::move(task));
      }
      refusal = too_large();
    } catch (const std::bad_alloc&) {
      refusal.kind = RunError::Kind::unavailable;
    }
    sink.on_error(refusal);
    return nullptr;
  }

  void retire() override {
    warm_timer_->stop();
    hosts_.retire();
  }

  unsigned retry_after() const override {
    return hosts_.primary().retry_after();
  }

  const Conninfo& primary() const override { return hosts_.primary_conninfo(); }

  std::uint64_t timeline() const override { return hosts_.timeline(); }

  std::string state() const override {
    const PoolCounts counts = hosts_.counts();
    return concat({"pool: idle=", std::to_string(counts.idle),
                   " busy=", std::to_string(counts.busy),
                   " connecting=", std::to_string(counts.connecting),
                   " canceling=", std::to_string(counts.canceling),
                   " closing=", std::to_string(counts.closing),
                   " waiting=", std::to_string(counts.waiting),
                   hosts_.has_many() ? " hosts=" : "",
                   hosts_.has_many() ? hosts_.roles() : ""});
  }

  PoolCounts counts() const override { return hosts_.counts(); }
  std::vector<HostState> hosts() const override {
    return hosts_.has_many() ? hosts_.states() : std::vector<HostState>();
  }
  const PoolTotals& totals() const override { return context_.totals; }

 private:
  void on_warm() noexcept { hosts_.warm(); }

  PoolConfig config_;
  PoolContext context_;
  std::shared_ptr<ConnectGate> gate_;
  Topology hosts_;
  std::unique_ptr<Timer> warm_timer_;
};

}  // namespace

PoolCounts& PoolCounts::operator+=(const PoolCounts& other) {
  idle += other.idle;
  busy += other.busy;
  connecting += other.connecting;
  canceling += other.canceling;
  closing += other.closing;
  waiting += other.waiting;
  prepared += other.prepared;
  away = away && other.away;
  return *this;
}

std::unique_ptr<Pool> Pool::create(Loop& loop, PoolConfig config,
                                   std::shared_ptr<ConnectGate> gate) {
  if (gate == nullptr) gate = std::make_shared<ConnectGate>();
  return std::make_unique<PoolOfHosts>(loop, std::move(config),
                                       std::move(gate));
}

}  // namespace trestle::pg
