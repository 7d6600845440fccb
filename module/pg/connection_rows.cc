// The part of Connection's receiving half that gives rows to a sink.

#include <arpa/inet.h>

#include <cstring>
#include <new>
#include <utility>

#include "pg/connection.h"

namespace trestle::pg {
namespace {

// The sink is the submitter's code and may run out of memory: its run fails,
// the connection goes on.
template <class Call>
void call_sink(Task& task, Call call) {
  if (!task.alive() || task.error || task.drops_answer()) return;
  task.delivered = true;
  try {
    call(*task.sink);
  } catch (const std::bad_alloc&) {
    RunError error;
    error.kind = RunError::Kind::lost;
    error.message = "out of memory";
    task.error = std::move(error);
  }
}

std::uint32_t big_endian_at(const char* at) {
  std::uint32_t number = 0;
  std::memcpy(&number, at, sizeof number);
  return ntohl(number);
}

// The cells of a DataRow, as views of it. False: its lengths do not add up.
bool read_cells(std::string_view body, std::vector<Cell>& cells) {
  FieldReader head(body);
  const std::size_t columns = head.int16();
  cells.resize(columns);
  const char* at = body.data() + 2;
  const char* const end = body.data() + body.size();
  for (Cell& cell : cells) {
    if (end - at < 4) return false;
    const std::uint32_t size = big_endian_at(at);
    at += 4;
    if (size == 0xffffffffU) {
      cell = {};
      continue;
    }
    if (static_cast<std::size_t>(end - at) < size) return false;
    cell = {at, size};
    at += size;
  }
  return head.ok() && at == end;
}

void hold_row(HeldAnswer& held, std::string_view body) {
  const std::size_t size = body.size();
  held.rows.append(reinterpret_cast<const char*>(&size), sizeof size);
  held.rows.append(body);
}

std::string_view take_held_row(std::string_view& rows) {
  std::size_t size = 0;
  std::memcpy(&size, rows.data(), sizeof size);
  const std::string_view body = rows.substr(sizeof size, size);
  rows.remove_prefix(sizeof size + size);
  return body;
}

}  // namespace

void Connection::give_columns(Task& task) {
  if (task.columns_given || task.columns == nullptr) return;
  task.columns_given = true;
  call_sink(task, [&](RowSink& sink) {
    sink.on_columns(task.steps[task.position].statement, *task.columns);
  });
}

void Connection::on_data_row(std::string_view body) {
  const Step* step = current_step();
  if (step == nullptr || step->kind != Step::Kind::statement) {
    // Of a settings row, or of a query of ours: nobody reads it.
    if (flights_.empty()) protocol_error();
    return;
  }
  Task& task = *head();
  const bool held = task.lane == Lane::change;
  if (!held) give_columns(task);
  task.stats.rows++;
  if (!task.alive()) return;
  if (!read_cells(body, cells_) || task.columns == nullptr ||
      cells_.size() != task.columns->size())
    return protocol_error();
  if (held) return hold_row(task.held, body);
  if (give_row(task, step->statement)) return;
  paused_ = true;
  if (slow_since_ == 0) slow_since_ = context_.loop.now();
}

// False: no more for now.
bool Connection::give_row(Task& task, std::size_t statement) {
  bool more = true;
  call_sink(task,
            [&](RowSink& sink) { more = sink.on_row(statement, cells_); });
  // The sink may have ended its run inside the call.
  return more || !task.alive() || task.error;
}

// What was held is here already, whatever the sink can take.
void Connection::give_held(Task& task) {
  const HeldAnswer& held = task.held;
  if (held.columns != nullptr)
    call_sink(task, [&](RowSink& sink) { sink.on_columns(0, *held.columns); });
  for (std::string_view left = held.rows; !left.empty();) {
    static_cast<void>(read_cells(take_held_row(left), cells_));
    static_cast<void>(give_row(task, 0));
  }
  give_done(task, 0, held.affected);
}

void Connection::give_done(Task& task, std::size_t statement,
                           std::uint64_t affected) {
  call_sink(task, [&](RowSink& sink) {
    sink.on_statement_done(statement, affected);
  });
}

}  // namespace trestle::pg
