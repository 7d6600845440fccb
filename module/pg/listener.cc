#include "pg/listener.h"

#include "base/text.h"
#include "sql/sql_writer.h"

namespace trestle::pg {
namespace {

// "trestle listen" in pg_stat_activity.
Conninfo named_listener(Conninfo conninfo) {
  for (auto& [keyword, value] : conninfo.keywords)
    if (keyword == "application_name") value += " listen";
  return conninfo;
}

}  // namespace

Listener::Listener(Loop& loop, const Pool& pool,
                   std::vector<std::string> channels,
                   Milliseconds connect_timeout, Owner& owner)
    : loop_(loop),
      pool_(pool),
      channels_(std::move(channels)),
      connect_timeout_(connect_timeout),
      owner_(owner),
      backoff_(loop),
      retry_(loop.make_timer(callback<&Listener::on_retry>(this),
                             Loop::TimerKind::idle)) {
  connect();
}

Listener::~Listener() = default;

void Listener::retire() {
  retired_ = true;
  retry_->stop();
  connector_.reset();
  watch_.reset();
  connection_.reset();
}

void Listener::connect() {
  conninfo_ = named_listener(pool_.primary());
  // make_unique() could not see the private base.
  connector_.reset(new Connector(loop_, gate_, conninfo_,
                                 startup_options(conninfo_, 0),
                                 connect_timeout_, *this));
}

std::string Listener::listen_sql() const {
  std::string sql;
  for (const std::string& channel : channels_) {
    sql += "listen ";
    append_identifier(sql, channel);
    sql += ";";
  }
  return sql;
}

void Listener::on_connected(ConnectionHandle connection) {
  connector_.reset();
  connection_ = std::move(connection);
  watch_ =
      loop_.make_watch({.on_readable = callback<&Listener::on_readable>(this),
                        .on_writable = {},
                        .on_quit = callback<&Listener::on_quit>(this)});
  PGconn* raw = connection_.get();
  // A few bytes on a fresh socket: the send buffer takes them at once.
  bool sent = PQsetnonblocking(raw, 1) == 0 &&
              PQsendQuery(raw, listen_sql().c_str()) == 1 && PQflush(raw) == 0;
  if (!sent || !watch_->bind(PQsocket(raw)) || !watch_->want(true, false))
    return lose("the connection could not be used");
  watch_->set_idle(true);
  listening_ = false;
}

void Listener::on_connect_failed(const std::string& reason, bool cheap) {
  connector_.reset();
  backoff_.fail(cheap);
  loop_.log(Loop::Level::warn, concat({"cannot listen: ", reason}));
  retry_->start(backoff_.remaining() + 1);
}

void Listener::on_readable() noexcept {
  try {
    read();
  } catch (...) {
    loop_.log(Loop::Level::error, "out of memory while listening");
  }
}

void Listener::read() {
  PGconn* raw = connection_.get();
  if (PQconsumeInput(raw) == 0) return lose(PQerrorMessage(raw));
  bool failed = false;
  bool ended = false;
  while (PQisBusy(raw) == 0) {
    PGresult* result = PQgetResult(raw);
    if (result == nullptr) {
      ended = true;
      break;
    }
    failed = failed || PQresultStatus(result) != PGRES_COMMAND_OK;
    PQclear(result);
  }
  if (failed) return lose(PQerrorMessage(raw));
  if (ended && !listening_) {
    listening_ = true;
    backoff_.succeed();
    owner_.on_listening();
  }
  while (connection_ != nullptr) {
    PGnotify* notify = PQnotifies(raw);
    if (notify == nullptr) break;
    std::string channel = notify->relname;
    std::string payload = notify->extra;
    PQfreemem(notify);
    owner_.on_notify(channel, payload);
  }
}

void Listener::lose(std::string_view reason) {
  loop_.log(Loop::Level::warn,
            concat({"the listening connection is lost: ", trim(reason)}));
  watch_.reset();
  connection_.reset();
  listening_ = false;
  backoff_.fail(false);
  if (!retired_) retry_->start(backoff_.remaining() + 1);
}

void Listener::on_retry() noexcept {
  if (retired_ || connection_ != nullptr || connector_ != nullptr) return;
  try {
    connect();
  } catch (...) {
    loop_.log(Loop::Level::error, "out of memory while connecting");
  }
}

void Listener::on_quit() noexcept { retire(); }

}  // namespace trestle::pg
