#include "pg/replication.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "pg/replication_protocol.h"

namespace trestle::pg {
namespace {

constexpr Milliseconds kStatusInterval = 1'000;
// After a refusal: somebody has to change something first.
constexpr Milliseconds kRefusedRetry = 5'000;
// A slot is held by the process before us: it goes soon.
constexpr Milliseconds kSlotRetry = 300;

// None of several hosts is the primary: one of them will be.
constexpr Milliseconds kRoundRetry = 1'000;

constexpr std::string_view kDuplicateObject = "42710";
constexpr std::string_view kObjectInUse = "55006";

constexpr std::string_view kNoRights =
    "the user needs the attribute REPLICATION, a line of pg_hba.conf, and a "
    "free one of max_wal_senders";

// A transaction that begins now. Whether a standby has it is of no interest.
constexpr const char* kTransaction =
    "select pg_catalog.set_config('synchronous_commit', 'local', true), "
    "pg_catalog.pg_current_xact_id()::pg_catalog.text";

struct FreeCopy {
  void operator()(char* bytes) const noexcept { PQfreemem(bytes); }
};

std::string_view field(const PGresult* result, int column) {
  return PQgetvalue(result, 0, column);
}

std::string_view sqlstate_of(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state != nullptr ? state : "";
}

}  // namespace

ReplicationStream::ReplicationStream(Loop& loop,
                                     const ReplicationConfig& config,
                                     Owner& owner)
    : loop_(loop),
      config_(config),
      hosts_(config.hosts),
      round_(hosts_.size()),
      owner_(owner),
      backoff_(loop),
      retry_(loop.make_timer(callback<&ReplicationStream::on_retry>(this),
                             Loop::TimerKind::idle)),
      status_(
          loop.make_timer(callback<&ReplicationStream::on_status_timer>(this),
                          Loop::TimerKind::idle)) {
  for (Conninfo& host : hosts_)
    host.keywords.emplace_back("replication", "database");
  connect();
}

ReplicationStream::~ReplicationStream() = default;

void ReplicationStream::connect() {
  const Conninfo& host = hosts_[round_.host()];
  // make_unique() could not see the private base.
  connector_.reset(new Connector(loop_, gate_, host, startup_options(host, 0),
                                 config_.connect_timeout, *this));
}

// --- connecting --------------------------------------------------------------

void ReplicationStream::on_connected(ConnectionHandle connection) {
  connector_.reset();
  connection_ = std::move(connection);
  watch_ = loop_.make_watch(
      {.on_readable = callback<&ReplicationStream::on_readable>(this),
       .on_writable = callback<&ReplicationStream::on_readable>(this),
       .on_quit = callback<&ReplicationStream::on_quit>(this)});
  PGconn* raw = connection_.get();
  if (PQsetnonblocking(raw, 1) != 0 || !watch_->bind(PQsocket(raw)) ||
      !watch_->want(true, false))
    return lose("the connection could not be used");
  watch_->set_idle(true);
  // What can be known before a slot is asked for.
  send(Step::check, check_query(config_.publication, config_.slot));
}

void ReplicationStream::on_connect_failed(const std::string& reason,
                                          bool cheap) {
  connector_.reset();
  backoff_.fail(cheap);
  // Told apart from a server that is away.
  bool refused = false;
  for (std::string_view word : {"replication", "REPLICATION", "wal_senders"})
    refused = refused || reason.find(word) != std::string::npos;
  try_next(reason, refused ? kNoRights : std::string_view());
}

// Without a pause, until all of them have been tried.
void ReplicationStream::try_next(std::string_view reason,
                                 std::string_view refusal) {
  const bool others = round_.turn();
  lose(reason, others ? std::string_view() : refusal);
  if (others)
    retry_->start(1);
  else if (!round_.is_only() && refusal.empty())
    retry_->start(std::min(backoff_.remaining() + 1, kRoundRetry));
}

// A few bytes to a server that reads: the send buffer takes them at once.
void ReplicationStream::send(Step step, const std::string& command) {
  step_ = step;
  PGconn* raw = connection_.get();
  if (PQsendQuery(raw, command.c_str()) != 1 || PQflush(raw) != 0)
    lose(PQerrorMessage(raw));
}

void ReplicationStream::take_check(const PGresult* result) {
  if (field(result, 0) != "logical")
    return lose("wal_level is not logical",
                "set wal_level = logical in postgresql.conf and restart "
                "PostgreSQL");
  if (field(result, 1) == "t")
    return try_next("the server is a standby",
                    round_.is_only() ? "let primary name the primary" : "");
  if (field(result, 2) != "t")
    return lose("there is no such publication",
                concat({"create publication \"", config_.publication,
                        "\", as sql/trestle.sql does"}));
  if (field(result, 4).size() < 6 || field(result, 4) < "140000")
    return lose("the server is too old", "use PostgreSQL 14 or newer");
  slot_position_ = parse_wal_position(field(result, 3)).value_or(0);
  send(Step::identify, "IDENTIFY_SYSTEM");
}

void ReplicationStream::take_identity(const PGresult* result) {
  const std::string_view system = field(result, 0);
  system_ = 0;
  std::from_chars(system.data(), system.data() + system.size(), system_);
  const std::string_view number = field(result, 1);
  std::uint64_t timeline = 0;
  std::from_chars(number.data(), number.data() + number.size(), timeline);
  if (!round_.accepts(timeline, owner_.timeline()))
    return try_next("the server is no longer the primary", {});
  system_ = fnv1a(number, system_);
  const bool is_temporary = config_.slot.empty();
  slot_ = is_temporary ? concat({config_.temporary_prefix, "_",
                                 std::to_string(++slots_made_)})
                       : config_.slot;
  if (!is_temporary && slot_position_ != 0) return begin_behind(slot_position_);
  send(Step::slot, create_slot_command(slot_, is_temporary));
}

void ReplicationStream::take_slot(const PGresult* result) {
  begin_behind(parse_wal_position(field(result, 1)).value_or(0));
}

void ReplicationStream::begin_behind(WalPosition consistent) {
  slot_position_ = consistent;
  send(Step::transaction, kTransaction);
}

// Of the number's 64 bits, those that the stream tells.
void ReplicationStream::take_transaction(const PGresult* result) {
  const std::string_view text = field(result, 1);
  std::uint64_t xid = 0;
  std::from_chars(text.data(), text.data() + text.size(), xid);
  step_ = Step::waiting;
  owner_.on_slot({.system = system_,
                  .consistent = slot_position_,
                  .behind_xid = static_cast<std::uint32_t>(xid)});
}

void ReplicationStream::start(WalPosition from) {
  if (step_ != Step::waiting) return;
  send(Step::start, start_command(slot_, from, config_.publication));
}

// --- reading -----------------------------------------------------------------

void ReplicationStream::on_readable() noexcept {
  try {
    read();
  } catch (...) {
    loop_.log(Loop::Level::error, "out of memory in the change feed");
  }
}

void ReplicationStream::read() {
  PGconn* raw = connection_.get();
  if (raw == nullptr) return;
  if (PQconsumeInput(raw) == 0) return lose(PQerrorMessage(raw));
  while (connection_ != nullptr && step_ != Step::stream &&
         PQisBusy(raw) == 0) {
    ResultHandle result(PQgetResult(raw));
    if (result != nullptr) {
      take_result(std::move(result));
    } else {
      if (answer_ == nullptr) break;
      take_answer(ResultHandle(std::move(answer_)));
    }
  }
  if (connection_ != nullptr && step_ == Step::stream) read_stream();
}

void ReplicationStream::take_result(ResultHandle result) {
  const ExecStatusType status = PQresultStatus(result.get());
  if (status == PGRES_TUPLES_OK) {
    answer_ = std::move(result);
  } else if (status == PGRES_COPY_BOTH && step_ == Step::start) {
    step_ = Step::stream;
    round_.note_read();
    backoff_.succeed();
    refused_ = false;
    status_->start(kStatusInterval);
  } else {
    take_error(*result);
  }
}

void ReplicationStream::take_error(const PGresult& result) {
  const std::string reason(trim(PQresultErrorMessage(&result)));
  const std::string state(sqlstate_of(&result));
  const bool asked = step_ == Step::slot || step_ == Step::start;
  if (state == kObjectInUse || state == kDuplicateObject) {
    lose(reason);
    retry_->start(kSlotRetry);
  } else {
    lose(reason, asked ? std::string_view(reason) : std::string_view());
  }
}

// The whole answer has been read, so the next command can be sent.
void ReplicationStream::take_answer(ResultHandle result) {
  if (PQntuples(result.get()) != 1) return lose("an answer without a row");
  if (step_ == Step::check) return take_check(result.get());
  if (step_ == Step::identify) return take_identity(result.get());
  if (step_ == Step::slot) return take_slot(result.get());
  if (step_ == Step::transaction) return take_transaction(result.get());
}

void ReplicationStream::read_stream() {
  PGconn* raw = connection_.get();
  while (true) {
    char* bytes = nullptr;
    const int size = PQgetCopyData(raw, &bytes, 1);
    const std::unique_ptr<char, FreeCopy> owned(bytes);
    if (size == 0) break;
    if (size < 0) {
      ResultHandle result(size == -1 ? PQgetResult(raw) : nullptr);
      const std::string reason = result != nullptr
                                     ? PQresultErrorMessage(result.get())
                                     : PQerrorMessage(raw);
      owner_.on_pause();
      return lose(reason);
    }
    if (!take_message({bytes, static_cast<std::size_t>(size)})) {
      owner_.on_pause();
      return lose("the stream cannot be read");
    }
  }
  owner_.on_pause();
}

bool ReplicationStream::take_message(std::string_view bytes) {
  const std::optional<StreamMessage> message = read_stream_message(bytes);
  if (!message) return false;
  if (message->kind == StreamMessage::Kind::data)
    return owner_.on_message(message->data);
  owner_.on_progress(message->sent);
  if (asked_) owner_.on_heard(*std::exchange(asked_, std::nullopt));
  return !message->wants_answer || send_status();
}

// (2)
bool ReplicationStream::send_status(bool asks) {
  if (asks) asked_ = loop_.now();
  const std::string message = status_message(owner_.confirmed(), asks);
  PGconn* raw = connection_.get();
  return PQputCopyData(raw, message.data(), static_cast<int>(message.size())) ==
             1 &&
         PQflush(raw) >= 0;
}

void ReplicationStream::on_status_timer() noexcept {
  if (connection_ == nullptr || step_ != Step::stream) return;
  try {
    if (!round_.is_latest(owner_.timeline()))
      return try_next("the server is no longer the primary", {});
    if (!send_status(!asked_)) return lose(PQerrorMessage(connection_.get()));
  } catch (...) {
    loop_.log(Loop::Level::error, "out of memory in the change feed");
  }
  status_->start(kStatusInterval);
}

// --- losing ------------------------------------------------------------------

// Called from inside libpq's own calls, so the connection is not used behind
// it.
void ReplicationStream::lose(std::string_view reason,
                             std::string_view refusal) {
  const std::string why(trim(reason));
  const std::string what(trim(refusal));
  watch_.reset();
  answer_.reset();
  connection_.reset();
  status_->stop();
  asked_.reset();
  step_ = Step::none;
  if (what.empty() || !refused_)
    loop_.log(what.empty() ? Loop::Level::warn : Loop::Level::error,
              what.empty() || what == why
                  ? concat({"change feed: ", why})
                  : concat({"change feed: ", why, ": ", what}));
  refused_ = !what.empty();
  if (refused_) {
    retry_->start(kRefusedRetry);
  } else {
    if (backoff_.remaining() == 0) backoff_.fail(false);
    retry_->start(backoff_.remaining() + 1);
  }
  owner_.on_lost(why, what);
}

void ReplicationStream::on_retry() noexcept {
  if (connection_ != nullptr || connector_ != nullptr) return;
  try {
    connect();
  } catch (...) {
    loop_.log(Loop::Level::error, "out of memory in the change feed");
  }
}

}  // namespace trestle::pg
