#include "pg/connection.h"

#include <cstdlib>
#include <new>
#include <utility>

#include "base/text.h"
#include "pg/group_writer.h"
#include "pg/scrub.h"

namespace trestle::pg {
namespace {

// An output buffer that one large group has grown is given back.
constexpr std::size_t kMaxIdleOutput = 64 * 1024;

bool is_on(PGconn* connection, const char* parameter) {
  const char* value = PQparameterStatus(connection, parameter);
  return value != nullptr && std::string_view(value) == "on";
}

// Whether something may stay in the session that a scrub has to take away.
bool wants_scrub(const Task& task, const PoolConfig& config) {
  if (config.transaction_pooler) return false;
  if (config.scrub == PoolConfig::Scrub::always) return true;
  return config.scrub == PoolConfig::Scrub::automatic &&
         task.plan.access == Access::write &&
         task.plan.effects == Effects::unknown;
}

// Whether currval() and lastval() would tell of the run. Nothing that is known
// to be clean calls them.
bool moves_sequences(const Task& task, const PoolConfig& config) {
  return config.scrub == PoolConfig::Scrub::automatic &&
         !config.transaction_pooler && task.plan.effects == Effects::sequences;
}

}  // namespace

Connection::Connection(PoolContext& context, Owner& owner,
                       ConnectionHandle handle)
    : context_(context),
      owner_(owner),
      handle_(std::move(handle)),
      transport_(handle_.get()),
      cache_(context.config.statement_cache),
      backend_pid_(PQbackendPID(handle_.get())),
      standby_(is_on(handle_.get(), "in_hot_standby")),
      read_only_(is_on(handle_.get(), "default_transaction_read_only")) {}

Connection::~Connection() {
  if (cancel_ != nullptr) cancel_->on_returned = {};
}

bool Connection::begin() {
  (void)PQsetnonblocking(handle_.get(), 1);
  watch_ = context_.loop.make_watch(
      {.on_readable = callback<&Connection::on_readable>(this),
       .on_writable = callback<&Connection::on_writable>(this),
       .on_quit = callback<&Connection::on_quit>(this)});
  if (watch_ == nullptr || transport_.socket() < 0 ||
      !watch_->bind(transport_.socket()))
    return false;
  reading_ = watch_->want(true, false);
  return reading_;
}

void Connection::guarded(void (Connection::*step)()) noexcept {
  try {
    (this->*step)();
  } catch (const std::bad_alloc&) {
    lose("out of memory");
  }
}

void Connection::on_readable() noexcept { guarded(&Connection::read_input); }

void Connection::on_writable() noexcept { guarded(&Connection::work_now); }

void Connection::on_quit() noexcept {
  if (flights_.empty()) lose({});
}

// By the time of now, not that of the turn: a turn may be long, and what is
// written at its end has not run meanwhile.
void Connection::start_clock() {
  step_since_us_ = context_.loop.now_us();
  head_since_ = step_since_ = step_since_us_ / 1000;
}

void Connection::send(TaskPtr& task) {
  const bool scrub = wants_scrub(*task, context_.config);
  const bool forget = needs_forget_ && task->plan.effects == Effects::unknown;
  const std::size_t old_size = output_.size();
  const std::size_t old_flights = flights_.size();
  task->sent_us = context_.loop.now_us();
  try {
    flights_.push_back({.task = nullptr,
                        .begin = output_before_ + old_size,
                        .unlocks = needs_unlock_});
    GroupWriter(context_.config, context_.rows, cache_, output_)
        .write(*task, needs_unlock_, forget);
    if (scrub)
      send_own(task->block ? kRollbackAndScrub : kScrub, true);
    else
      owner_.on_work_left(*this);
  } catch (const std::bad_alloc&) {
    output_.resize(old_size);
    flights_.resize(old_flights);
    task->rewind();
    throw;
  }
  needs_unlock_ = false;
  needs_forget_ = needs_forget_ || moves_sequences(*task, context_.config);
  task->stats.queue_us = task->sent_us - task->submitted_us;
  task->stats.backend_pid = backend_pid_;
  flights_[old_flights].task = std::move(task);
  if (old_flights == 0) begin_head();
}

void Connection::begin_head() {
  unwritten_head_ = true;
  start_clock();
}

void Connection::send_own(Literal sql, bool unlocks) {
  const std::uint64_t begin = output_before_ + output_.size();
  flights_.push_back({.task = nullptr, .begin = begin, .unlocks = unlocks});
  WireWriter(output_).query(sql.view());
  if (flights_.size() == 1) begin_head();
  owner_.on_work_left(*this);
}

void Connection::work() { guarded(&Connection::work_now); }

void Connection::work_now() {
  if (lost_) return;
  if (!flush()) {
    // The server may have said why before it closed.
    if (!paused_) read_input();
    if (!lost_) lose("the connection is broken");
    return;
  }
  if (std::exchange(unwritten_head_, false) && !flights_.empty()) start_clock();
  if (read_on_ || transport_.read_wants_write()) read_input();
  if (!lost_) update_interest();
}

bool Connection::flush() {
  while (output_written_ < output_.size()) {
    std::size_t moved = 0;
    const Transport::Io io = transport_.write(
        std::string_view(output_).substr(output_written_), moved);
    if (io == Transport::Io::closed) return false;
    if (io == Transport::Io::again) return true;
    output_written_ += moved;
  }
  output_before_ += output_.size();
  output_written_ = 0;
  output_.clear();
  if (output_.capacity() > kMaxIdleOutput) output_.shrink_to_fit();
  return true;
}

void Connection::update_interest() {
  const bool read = !paused_;
  const bool write = !output_.empty() || transport_.read_wants_write();
  if (read == reading_ && write == writing_) return;
  reading_ = read;
  writing_ = write;
  if (!watch_->want(read, write)) lose("no place for another socket");
}

bool Connection::has_live_followers() const {
  for (std::size_t i = 1; i < flights_.size(); i++)
    if (flights_[i].task != nullptr && flights_[i].task->alive()) return true;
  return false;
}

std::vector<TaskPtr> Connection::rescue_followers() {
  std::vector<TaskPtr> rescued;
  for (std::size_t i = 1; i < flights_.size(); i++) {
    Task* task = flights_[i].task.get();
    if (task != nullptr && task->alive() && task->lane == Lane::shared)
      rescued.push_back(task->split_off());
  }
  return rescued;
}

void Connection::resume(const Task& task) {
  if (!paused_ || head() != &task) return;
  paused_ = false;
  read_on_ = true;
  owner_.on_work_left(*this);
}

CancelTicketRef Connection::cancel() {
  cancel_since_ = context_.loop.now();
  cancels_head_ = true;
  cancel_ = start_cancel(context_.loop, handle_.get(),
                         callback<&Connection::on_cancel_returned>(this));
  return cancel_;
}

void Connection::on_cancel_returned() noexcept {
  cancel_.reset();
  if (!cancels_head_) cancel_since_ = 0;
  guarded(&Connection::settle_after_cancel);
}

void Connection::settle_after_cancel() {
  settle();
  owner_.on_ready_for_more(*this);
}

// Behind the last answer: of use again, unless something speaks against it.
void Connection::settle() {
  if (lost_ || !flights_.empty() || cancel_ != nullptr) return;
  if (doomed_) return lose({});
  owner_.on_idle(*this);
}

void Connection::lose(std::string_view reason) {
  if (std::exchange(lost_, true)) return;
  try {
    if (!reason.empty())
      context_.loop.log(
          Loop::Level::info,
          concat({"database \"", context_.config.name, "\": ", reason}));
  } catch (const std::bad_alloc&) {
    // It ends without a word.
  }
  owner_.on_lost(*this);
}

Connection::Unanswered Connection::take_unanswered() {
  const std::uint64_t written = output_before_ + output_written_;
  while (!flights_.empty()) {
    Flight flight = std::move(flights_.front());
    flights_.pop_front();
    if (flight.task != nullptr)
      return {std::move(flight.task), flight.begin < written};
  }
  return {};
}

ConnectionHandle Connection::release() {
  watch_.reset();
  return std::move(handle_);
}

void Connection::set_idle(bool idle) {
  if (idle) input_.shrink();
  watch_->set_idle(idle);
}

}  // namespace trestle::pg
