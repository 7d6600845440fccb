// One connection that does nothing but LISTEN: to be told of changes. Connects
// again by itself, as a pool does, and tells its owner then, since whatever was
// notified in between is lost.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pg/backoff.h"
#include "pg/connector.h"
#include "pg/conninfo.h"
#include "pg/loop.h"
#include "pg/pgconn.h"
#include "pg/pool.h"

namespace trestle::pg {

class Listener final : private Connector::Owner {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_notify(std::string_view channel,
                           std::string_view payload) = 0;
    // It listens, after it had not: something may have been missed.
    virtual void on_listening() = 0;
  };

  // Connects from the loop, to where the pool's writes go. `pool` and `owner`
  // outlive it. `channels` are names as in SQL, without quotes.
  Listener(Loop& loop, const Pool& pool, std::vector<std::string> channels,
           Milliseconds connect_timeout, Owner& owner);
  ~Listener() override;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Closes for good: the process is to end.
  void retire();

 private:
  void on_connected(ConnectionHandle connection) override;
  void on_connect_failed(const std::string& reason, bool cheap) override;
  void on_readable() noexcept;
  void on_quit() noexcept;
  void on_retry() noexcept;

  void connect();
  void read();
  void lose(std::string_view reason);
  [[nodiscard]] std::string listen_sql() const;

  Loop& loop_;
  const Pool& pool_;
  Conninfo conninfo_;  // of the present attempt
  std::vector<std::string> channels_;
  Milliseconds connect_timeout_;
  Owner& owner_;
  ConnectGate gate_;
  Backoff backoff_;
  std::unique_ptr<Connector> connector_;
  ConnectionHandle connection_;
  std::unique_ptr<Watch> watch_;
  std::unique_ptr<Timer> retry_;
  bool listening_ = false;
  bool retired_ = false;
};

}  // namespace trestle::pg
