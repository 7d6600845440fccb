// The receiving half of Connection: from bytes to what they mean.

#include <algorithm>
#include <array>
#include <charconv>
#include <new>
#include <utility>

#include "base/text.h"
#include "pg/connection.h"
#include "pg/scrub.h"

namespace trestle::pg {
namespace {

// Read per turn of the loop, so that one large answer leaves time for others:
// so much, and for so long, whichever is less.
constexpr std::size_t kReadBudget = 256 * 1024;
constexpr std::uint64_t kReadTime_us = 1'000;

// The number that ends a command tag: "INSERT 0 5", "UPDATE 3", "BEGIN".
std::uint64_t affected_rows(std::string_view tag) {
  const std::size_t blank = tag.rfind(' ');
  std::uint64_t rows = 0;
  if (blank != std::string_view::npos)
    std::from_chars(tag.data() + blank + 1, tag.data() + tag.size(), rows);
  return rows;
}

// Whether a statement of the submitter has ended the transaction that was ours,
// or begun one.
bool controls_transaction(std::string_view tag) {
  return tag == "BEGIN" || tag == "COMMIT" || tag == "ROLLBACK" ||
         tag == "START TRANSACTION" || tag == "PREPARE TRANSACTION";
}

}  // namespace

void Connection::read_input() {
  read_on_ = false;
  context_.lag.note_read(context_.loop);
  std::size_t budget = kReadBudget;
  std::uint64_t until = 0;  // not asked for what is read at once
  bool drained = false;
  while (handle_buffered() && !drained) {
    if (until != 0 && context_.loop.now_us() >= until) budget = 0;
    if (budget == 0) break;
    const InputBuffer::Space space = input_.space();
    const std::size_t size = std::min(space.size, budget);
    std::size_t got = 0;
    const Transport::Io io = transport_.read(space.data, size, got);
    if (io == Transport::Io::again) break;
    if (io == Transport::Io::closed) {
      lose(flights_.empty() ? "" : "the server closed the connection");
      break;
    }
    input_.added(got);
    budget -= got;
    drained = got < size && !transport_.has_buffered();
    if (!drained && until == 0) until = context_.loop.now_us() + kReadTime_us;
  }
  if (lost_) return;
  if (budget == 0 && transport_.has_buffered()) {
    read_on_ = true;
    owner_.on_work_left(*this);
  }
  update_interest();
  if (!lost_) owner_.on_ready_for_more(*this);
}

// Handles the whole messages that have arrived. False: reading is over for now.
bool Connection::handle_buffered() {
  Message message;
  while (!paused_ && !lost_) {
    switch (input_.next(message)) {
      case InputBuffer::Next::incomplete:
        return true;
      case InputBuffer::Next::broken:
        protocol_error();
        return false;
      case InputBuffer::Next::message:
        handle(message);
    }
  }
  return false;
}

void Connection::handle(const Message& message) {
  switch (message.type) {
    case 'D':
      return on_data_row(message.body);
    case '1':
      return on_parse_complete();
    case '2':
      return on_bind_complete();
    case '3':
      return on_close_complete();
    case 'T':
      return on_row_description(message.body);
    case 'n':
      return on_no_data();
    case 't':  // the parameters' types, in front of a description's columns
      return;
    case 'C':
      return on_command_complete(FieldReader(message.body).text());
    case 'I':  // an empty statement
      return on_command_complete({});
    case 'Z':
      return on_ready(message.body);
    case 'E':
      return on_report(message.body);
    case 'N':
      return on_notice(message.body);
    case 'S':
      return on_parameter(message.body);
    case 'A':  // NOTIFY: somebody's LISTEN that ends with its scrub
      return;
    case 'G':
    case 'H':
    case 'W':
      return on_copy();
    default:
      return protocol_error();
  }
}

// The step that the next answer belongs to; null while an error skips the rest,
// or when the answer is to a query of ours.
Step* Connection::current_step() {
  Task* task = head();
  if (task == nullptr || task->position >= task->steps.size()) return nullptr;
  return &task->steps[task->position];
}

void Connection::on_close_complete() {
  Task* task = head();
  if (task == nullptr || task->closes == 0) return protocol_error();
  task->closes--;
}

// Prepared statements do not end with the transaction: this one exists,
// whatever becomes of the group.
void Connection::on_parse_complete() {
  const Step* step = current_step();
  if (step == nullptr || !step->parse) return protocol_error();
  if (!step->named) return;
  cache_.add(step->sql->name);
  context_.totals.prepares++;
}

void Connection::on_bind_complete() {
  const Step* step = current_step();
  if (step == nullptr) return protocol_error();
  Task& task = *head();
  task.bound = true;
  if (step->kind == Step::Kind::statement && !step->describe)
    task.columns = step->columns;
}

void Connection::on_row_description(std::string_view body) {
  if (head() == nullptr) return;  // to a query of ours
  const Step* step = current_step();
  if (step == nullptr || !step->describe) return protocol_error();
  auto columns = std::make_shared<std::vector<ResultColumn>>();
  FieldReader fields(body);
  const std::size_t count = fields.int16();
  columns->reserve(count);
  for (std::size_t i = 0; i < count && fields.ok(); i++) {
    ResultColumn column;
    column.name = fields.text();
    (void)fields.int32();  // table
    (void)fields.int16();  // its column
    column.type = fields.int32();
    (void)fields.bytes(8);  // size, modifier, format
    columns->push_back(std::move(column));
  }
  if (!fields.ok()) return protocol_error();
  set_columns(*step, std::move(columns));
  if (step->kind == Step::Kind::description) end_description();
}

void Connection::on_no_data() {
  const Step* step = current_step();
  if (step == nullptr || !step->describe) return protocol_error();
  set_columns(*step, nullptr);
  if (step->kind == Step::Kind::description) end_description();
}

void Connection::end_description() {
  Task& task = *head();
  give_columns(task);
  give_done(task, task.steps[task.position].statement, 0);
  next_step(task);
}

void Connection::next_step(Task& task) {
  task.position++;
  task.bound = task.columns_given = false;
  task.columns.reset();
}

void Connection::set_columns(const Step& step, ColumnsRef columns) {
  head()->columns = columns;
  if (!step.named) return;
  Prepared* known = cache_.use(step.sql->name);
  if (known == nullptr) return;
  known->described = true;
  known->columns = std::move(columns);
}

void Connection::on_command_complete(std::string_view tag) {
  if (flights_.empty()) return protocol_error();
  if (head() == nullptr) return;  // of a query of ours
  const Step* step = current_step();
  if (step == nullptr) return protocol_error();
  Task& task = *head();
  if (step->kind == Step::Kind::forget) needs_forget_ = false;
  if (step->kind == Step::Kind::statement) {
    if (task.lane == Lane::change) {
      task.held.columns = task.columns;
      task.held.affected = affected_rows(tag);
    } else {
      give_columns(task);
      give_done(task, step->statement, affected_rows(tag));
    }
    task.left_transaction |= controls_transaction(tag);
    const std::uint64_t now_us = context_.loop.now_us();
    if (!step->sql->name.empty())
      context_.costs.record(step->sql->name, step_us(now_us), step->parse);
    step_since_us_ = now_us;
    step_since_ = now_us / 1000;
  }
  next_step(task);
}

// How long the current step has run, as far as the server is to be blamed.
std::uint64_t Connection::step_us(std::uint64_t now_us) const {
  const std::uint64_t elapsed = now_us - step_since_us_;
  return elapsed - std::min(elapsed, context_.lag.of_answer(context_.loop));
}

void Connection::on_report(std::string_view body) {
  ServerReport report = read_report(body);
  if (report.fatal || flights_.empty()) {
    // The session ends. What was running may have committed, or not.
    report.error.kind = RunError::Kind::lost;
    last_words_ = std::move(report.error);
    return lose(flights_.empty() ? "" : last_words_->message);
  }
  Task* task = head();
  if (task == nullptr) {
    doomed_ = true;  // a scrub that failed has not scrubbed
    return;
  }
  if (task->error) return;  // the sink has failed before
  if (const Step* step = current_step()) {
    report.error.statement = step->statement;
    task->plan_is_stale = report.stale_plan && step->named && !step->parse &&
                          !task->bound && !task->delivered;
  }
  task->error = std::move(report.error);
  task->failed_on_server = true;
}

void Connection::on_notice(std::string_view body) {
  const ServerReport report = read_report(body);
  context_.loop.log(Loop::Level::debug,
                    concat({"database \"", context_.config.name,
                            "\": notice: ", report.error.message}));
}

void Connection::on_parameter(std::string_view body) {
  FieldReader fields(body);
  const std::string_view name = fields.text();
  const std::string_view value = fields.text();
  const bool before = read_only();
  if (name == "in_hot_standby") standby_ = value == "on";
  if (name == "default_transaction_read_only") read_only_ = value == "on";
  if (read_only() != before) owner_.on_report(*this);
}

// COPY needs a conversation that no plan can hold.
void Connection::on_copy() {
  Task* task = head();
  if (task == nullptr) return protocol_error();
  RunError error;
  error.sqlstate = "0A000";
  error.message = "COPY from or to the client is not supported";
  if (const Step* step = current_step()) error.statement = step->statement;
  last_words_ = std::move(error);
  lose("a statement began a COPY");
}

void Connection::on_ready(std::string_view body) {
  if (flights_.empty() || body.size() != 1) return protocol_error();
  const char status = body[0];
  Flight flight = std::move(flights_.front());
  const bool complete = flight.task == nullptr ||
                        flight.task->failed_on_server ||
                        flight.task->position == flight.task->steps.size();
  if (!complete) {
    flights_.front() = std::move(flight);
    return protocol_error();
  }
  flights_.pop_front();
  cancels_head_ = false;
  if (cancel_ == nullptr) cancel_since_ = 0;
  slow_since_ = 0;
  head_since_ = step_since_ = context_.loop.now_us() / 1000;
  if (flight.task == nullptr)
    end_own_flight(flight, status);
  else
    end_task(std::move(flight), status);
}

void Connection::end_own_flight(const Flight& flight, char status) {
  if (status != 'I') doomed_ = true;
  if (flight.unlocks) needs_unlock_ = false;
  settle();
}

void Connection::end_task(Flight flight, char status) {
  Task& task = *flight.task;
  const std::uint64_t now_us = context_.loop.now_us();
  task.stats.database_us = now_us - task.sent_us;
  step_since_us_ = now_us;
  try {
    clean_up_behind(task, flight.unlocks, status);
  } catch (const std::bad_alloc&) {
    doomed_ = true;  // not clean, not to be used again
  }
  if (task.lane == Lane::change && !task.error) give_held(task);
  settle();
  owner_.on_answered(*this, std::move(flight.task));
}

void Connection::clean_up_behind(Task& task, bool unlocks, char status) {
  const bool may_keep_locks = task.block && task.plan.access == Access::read &&
                              task.plan.effects != Effects::clean;
  if (may_keep_locks || (unlocks && task.failed_on_server))
    needs_unlock_ = !context_.config.transaction_pooler;
  if (task.plan_is_stale)
    for (const Step& step : task.steps) cache_.remove(step.sql->name);

  if (status == 'E' && task.block && task.failed_on_server) {
    // Our own block, aborted before its end. A scrub behind it rolls back
    // itself.
    if (flights_.empty()) send_own(kRollback, false);
  } else if (status != 'I') {
    doomed_ = true;
    if (task.error) return;
    RunError error;
    error.sqlstate = "25000";
    error.message = "A statement left a transaction open";
    task.error = std::move(error);
  }
  if (task.left_transaction && flights_.empty() && !doomed_ &&
      context_.config.scrub != PoolConfig::Scrub::never)
    send_own(kRollbackAndScrub, true);
}

void Connection::protocol_error() {
  lose("the server's answer makes no sense");
}

}  // namespace trestle::pg
