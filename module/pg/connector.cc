#include "pg/connector.h"

#include <new>

#include "base/text.h"

namespace trestle::pg {
namespace {

// A refusal within this time cost nobody anything.
constexpr Milliseconds kCheap = 100;
// Who has not connected by then lets others go first.
constexpr Milliseconds kSlow = 50;

// libpq prints notices to stderr otherwise; while connecting there is nothing
// in them that the error does not say.
void ignore_notice(void*, const PGresult*) {}

ConnectionHandle start(const Conninfo& conninfo, const std::string& address,
                       const std::string& options) {
  std::vector<const char*> names;
  std::vector<const char*> values;
  auto add = [&](const char* name, const std::string& value) {
    names.push_back(name);
    values.push_back(value.c_str());
  };
  for (const auto& [name, value] : conninfo.keywords) add(name.c_str(), value);
  if (!address.empty()) add("hostaddr", address);
  if (!options.empty()) add("options", options);
  names.push_back(nullptr);
  values.push_back(nullptr);
  return ConnectionHandle(PQconnectStartParams(names.data(), values.data(), 0));
}

}  // namespace

Connector::Connector(Loop& loop, ConnectGate& gate, const Conninfo& conninfo,
                     std::string options, Milliseconds timeout, Owner& owner)
    : loop_(loop),
      conninfo_(conninfo),
      options_(std::move(options)),
      timeout_(timeout),
      owner_(owner) {
  timer_ = loop.make_timer(callback<&Connector::on_timeout>(this),
                           Loop::TimerKind::holding);
  turn_ = loop.make_timer(callback<&Connector::on_turn>(this),
                          Loop::TimerKind::holding);
  slow_ = loop.make_timer(callback<&Connector::on_slow>(this),
                          Loop::TimerKind::idle);
  ticket_ = std::make_unique<ConnectGate::Ticket>(
      gate, callback<&Connector::on_gate_open>(this));
  if (ticket_->is_open()) turn_->start(0);
}

void Connector::guarded(void (Connector::*step)()) noexcept {
  try {
    (this->*step)();
  } catch (const std::bad_alloc&) {
    // The owner destroys this object, its socket and its look-up.
    stop();
    owner_.on_connect_failed("out of memory", false);
  }
}

// Comes from inside the end of another attempt.
void Connector::on_gate_open() noexcept { turn_->start(0); }

void Connector::on_turn() noexcept { guarded(&Connector::begin); }

void Connector::begin() {
  begun_at_ = loop_.now();
  if (timeout_ != 0) timer_->start(timeout_);
  slow_->start(kSlow);
  if (!conninfo_.needs_lookup()) {
    addresses_ = {""};  // libpq takes it from the string
    return start_next_address();
  }
  lookup_ = loop_.resolve(conninfo_.host, *this);
  if (lookup_ != nullptr) return;
  reason_ = concat({"no resolver to look \"", conninfo_.host, "\" up"});
  give_up();
}

void Connector::on_addresses(std::optional<std::string> addresses,
                             std::string_view problem) noexcept {
  try {
    reason_ = concat({"host \"", conninfo_.host, "\": ", problem});
    if (addresses)
      for (std::string_view address : split(*addresses, ','))
        addresses_.emplace(addresses_.begin(), trim(address));
  } catch (const std::bad_alloc&) {
    addresses_.clear();
  }
  guarded(&Connector::start_next_address);
}

void Connector::start_next_address() {
  watch_.reset();
  connection_.reset();
  if (addresses_.empty()) return give_up();
  connection_ = start(conninfo_, addresses_.back(), options_);
  addresses_.pop_back();
  if (connection_ == nullptr) throw std::bad_alloc();
  PQsetNoticeReceiver(connection_.get(), ignore_notice, nullptr);
  const Callback on_event = callback<&Connector::on_socket>(this);
  watch_ = loop_.make_watch({.on_readable = on_event,
                             .on_writable = on_event,
                             .on_quit = callback<&Connector::on_quit>(this)});
  // libpq wants its first poll when the socket is writable.
  if (PQstatus(connection_.get()) != CONNECTION_BAD && watch_socket(false))
    return;
  reason_ = trim(PQerrorMessage(connection_.get()));
  if (reason_.empty()) reason_ = "no place for another socket";
  start_next_address();
}

bool Connector::watch_socket(bool read) {
  const int socket = PQsocket(connection_.get());
  return socket >= 0 && watch_->bind(socket) && watch_->want(read, !read);
}

void Connector::on_socket() noexcept { guarded(&Connector::poll); }

// A poll may replace the socket by another one with the same number, so the
// watch lets go of it before and takes it anew behind.
void Connector::poll() {
  (void)watch_->bind(-1);
  const PostgresPollingStatusType status = PQconnectPoll(connection_.get());
  if (status == PGRES_POLLING_OK) return finish();
  if (status != PGRES_POLLING_FAILED &&
      watch_socket(status == PGRES_POLLING_READING))
    return;
  reason_ = status == PGRES_POLLING_FAILED
                ? trim(PQerrorMessage(connection_.get()))
                : "no place for another socket";
  start_next_address();
}

// The owner may keep this object until it is safe to destroy it: nothing of it
// runs on.
void Connector::stop() {
  watch_.reset();
  lookup_.reset();
  timer_->stop();
  turn_->stop();
  slow_->stop();
  ticket_.reset();
}

void Connector::finish() {
  stop();
  owner_.on_connected(std::move(connection_));
}

void Connector::give_up() {
  const bool cheap = loop_.now() < begun_at_ + kCheap;
  const std::string reason = std::move(reason_);
  stop();
  owner_.on_connect_failed(reason, cheap);
}

void Connector::on_timeout() noexcept {
  addresses_.clear();
  try {
    reason_ = concat({"no answer from \"", conninfo_.host, "\" in time"});
  } catch (const std::bad_alloc&) {
    reason_.clear();
  }
  guarded(&Connector::give_up);
}

void Connector::on_slow() noexcept { ticket_.reset(); }

// Not idle, so nobody asks; but a loop may tell all sockets.
void Connector::on_quit() noexcept {}

}  // namespace trestle::pg
