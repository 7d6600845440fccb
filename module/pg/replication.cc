#include "pg/replication.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "sql/sql_writer.h"

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

std::uint64_t int64_at(std::string_view message, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = at; i < at + 8; i++)
    value = value << 8 | static_cast<std::uint8_t>(message[i]);
  return value;
}

void append_int64(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift & 0xff);
}

}  // namespace

ReplicationStream::ReplicationStream(Loop& loop,
                                     const ReplicationConfig& config,
                                     Owner& owner)
    : loop_(loop),
      config_(config),
      hosts_(config.hosts),
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
  // make_unique() could not see the private base.
  connector_.reset(new Connector(loop_, gate_, hosts_[host_],
                                 startup_options(hosts_[host_], 0),
                                 config_.connect_timeout, *this));
}

// The text as an SQL string (PostgreSQL manual 4.1.2.2).
std::string ReplicationStream::quoted(std::string_view text) const {
  char* literal = PQescapeLiteral(connection_.get(), text.data(), text.size());
  std::string out = literal != nullptr ? literal : "''";
  PQfreemem(literal);
  return out;
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
  send(Step::check, check_sql());
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
  const bool others = ++hosts_tried_ < hosts_.size();
  host_ = (host_ + 1) % hosts_.size();
  if (!others) hosts_tried_ = 0;
  lose(reason, others ? std::string_view() : refusal);
  if (others)
    retry_->start(1);
  else if (hosts_.size() > 1 && refusal.empty())
    retry_->start(std::min(backoff_.remaining() + 1, kRoundRetry));
}

// What can be known before a slot is asked for.
std::string ReplicationStream::check_sql() const {
  return concat(
      {"select pg_catalog.current_setting('wal_level'), "
       "pg_catalog.pg_is_in_recovery(), exists (select from "
       "pg_catalog.pg_publication where pubname = ",
       quoted(config_.publication),
       "), (select confirmed_flush_lsn from pg_catalog.pg_replication_slots "
       "where slot_name = ",
       quoted(config_.slot),
       "), pg_catalog.current_setting("
       "'server_version_num')"});
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
                    hosts_.size() == 1 ? "let primary name the primary" : "");
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
  if (timeline < latest_timeline())
    return try_next("the server is no longer the primary", {});
  timeline_ = timeline;
  system_ = fnv1a(number, system_);
  std::string command = "CREATE_REPLICATION_SLOT ";
  if (config_.slot.empty()) {
    slot_ =
        concat({config_.temporary_prefix, "_", std::to_string(++slots_made_)});
    append_identifier(command, slot_);
    command += " TEMPORARY";
  } else {
    slot_ = config_.slot;
    if (slot_position_ != 0) return begin_behind(slot_position_);
    append_identifier(command, slot_);
  }
  send(Step::slot, command + " LOGICAL pgoutput NOEXPORT_SNAPSHOT");
}

std::uint64_t ReplicationStream::latest_timeline() const {
  return hosts_.size() == 1 ? timeline_
                            : std::max(timeline_, owner_.timeline());
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
  // The plugin reads its option as a list of identifiers.
  std::string publication;
  append_identifier(publication, config_.publication);
  std::string command = "START_REPLICATION SLOT ";
  append_identifier(command, slot_);
  command += concat({" LOGICAL ", wal_position_text(from),
                     " (proto_version '1', messages 'true', "
                     "publication_names ",
                     quoted(publication), ")"});
  send(Step::start, command);
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
    hosts_tried_ = 0;
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

// 'w': XLogData, 'k': a sign of life.
bool ReplicationStream::take_message(std::string_view message) {
  if (message.size() >= 25 && message[0] == 'w')
    return owner_.on_message(message.substr(25));
  if (message.size() >= 18 && message[0] == 'k') {
    owner_.on_progress(int64_at(message, 1));
    if (asked_) owner_.on_heard(*std::exchange(asked_, std::nullopt));
    return message[17] == 0 || send_status();
  }
  return false;
}

// (2)
bool ReplicationStream::send_status(bool asks) {
  const WalPosition confirmed = owner_.confirmed();
  if (asks) asked_ = loop_.now();
  std::string message = "r";
  append_int64(message, confirmed);  // written
  append_int64(message, confirmed);  // flushed
  append_int64(message, confirmed);  // applied
  append_int64(message, 0);          // our clock: of no use to the server
  message += asks ? '\1' : '\0';     // for a reply
  PGconn* raw = connection_.get();
  return PQputCopyData(raw, message.data(), static_cast<int>(message.size())) ==
             1 &&
         PQflush(raw) >= 0;
}

void ReplicationStream::on_status_timer() noexcept {
  if (connection_ == nullptr || step_ != Step::stream) return;
  try {
    if (timeline_ < latest_timeline())
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
