// One attempt to connect: waits for its turn, looks the host up, and lets libpq
// connect and authenticate without ever blocking. The addresses of a name are
// tried one after the other.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pg/connect_gate.h"
#include "pg/conninfo.h"
#include "pg/loop.h"
#include "pg/pgconn.h"

namespace trestle::pg {

class Connector : private LookupHandler {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    // Both may destroy the connector. `cheap`: refused at once, nobody waited.
    virtual void on_connected(ConnectionHandle connection) = 0;
    // `reason` is for the log only: it names host and user.
    virtual void on_connect_failed(const std::string& reason, bool cheap) = 0;
  };

  // `conninfo`, `gate` and `owner` outlive it. `options` goes into the startup
  // packet (empty: none). `timeout` 0: as long as it takes.
  Connector(Loop& loop, ConnectGate& gate, const Conninfo& conninfo,
            std::string options, Milliseconds timeout, Owner& owner);

 private:
  void on_gate_open() noexcept;
  void on_turn() noexcept;
  void on_socket() noexcept;
  void on_timeout() noexcept;
  void on_slow() noexcept;
  void on_quit() noexcept;
  void on_addresses(std::optional<std::string> addresses,
                    std::string_view problem) noexcept override;

  // Each step may end in the owner's hands, who destroys this object: nothing
  // of it is touched behind a step.
  void begin();
  void start_next_address();
  void poll();
  // Waits for it to be readable, or else writable. False: it cannot.
  [[nodiscard]] bool watch_socket(bool read);
  void finish();
  void give_up();
  void stop();
  void guarded(void (Connector::*step)()) noexcept;

  Loop& loop_;
  const Conninfo& conninfo_;
  std::string options_;
  Milliseconds timeout_;
  Owner& owner_;

  std::vector<std::string> addresses_;  // still to try, last one first
  std::string reason_;                  // of the last failure
  Milliseconds begun_at_ = 0;
  std::unique_ptr<Lookup> lookup_;
  ConnectionHandle connection_;
  std::unique_ptr<Watch> watch_;
  std::unique_ptr<Timer> timer_;
  std::unique_ptr<Timer> turn_;  // posts on_turn()
  std::unique_ptr<Timer> slow_;
  std::unique_ptr<ConnectGate::Ticket> ticket_;
};

}  // namespace trestle::pg
