// A logical replication connection (PostgreSQL manual 55.4, "Streaming
// Replication Protocol"): looks whether the server can do it, makes or finds
// the slot, and reads pgoutput's messages. Connects again by itself.
//
//  (1) The owner decides where to begin when the slot is known, at once or
//      later: until start() nothing is read.
//  (2) What the owner has confirmed is told to the server each second, and when
//      it asks: else it would drop us (wal_sender_timeout). Each second it is
//      asked for a sign of life in return.
//  (3) Of several hosts the one is read that is no standby, on the latest
//      timeline that is known, here or to the owner: a promotion is followed,
//      also while the old primary still answers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/wal_position.h"
#include "pg/backoff.h"
#include "pg/connector.h"
#include "pg/conninfo.h"
#include "pg/loop.h"
#include "pg/pgconn.h"
#include "pg/primary_round.h"

namespace trestle::pg {

struct ReplicationConfig {
  // Where the primary may be, not empty; the user needs the attribute
  // REPLICATION.
  std::vector<Conninfo> hosts;
  std::string publication;  // a name, as without quotes
  // A slot that stays; empty: a temporary one, gone with the connection.
  std::string slot;
  // Of temporary slots' names.
  std::string temporary_prefix;
  Milliseconds connect_timeout = 5'000;
};

class ReplicationStream final : private Connector::Owner {
 public:
  class Owner {
   public:
    // What a stream begins with.
    struct Slot {
      // Tells clusters and their timelines apart: positions of two are not to
      // be compared.
      std::uint64_t system = 0;
      // It gives everything that commits behind that.
      WalPosition consistent = 0;
      // A transaction that has begun behind all that it does not give.
      std::uint32_t behind_xid = 0;
    };

    virtual ~Owner() = default;
    // The owner calls start(), not from inside.
    virtual void on_slot(const Slot& slot) = 0;
    // One message of pgoutput. False: it cannot be read, the stream begins
    // anew.
    [[nodiscard]] virtual bool on_message(std::string_view message) = 0;
    // Everything that committed before `sent` has come.
    virtual void on_progress(WalPosition sent) = 0;
    // All that the server had sent when it was asked for a sign of life, at
    // that time of the loop's clock, has come. What lies in buffers meanwhile
    // is no sign.
    virtual void on_heard(Milliseconds asked) = 0;
    // All that had arrived has been told.
    virtual void on_pause() = 0;
    // The connection is gone; the next one is under way. `refusal`: why it
    // cannot work until somebody changes the configuration; else empty.
    virtual void on_lost(std::string_view reason, std::string_view refusal) = 0;
    // That of the primary, as others see it; 0: not known.
    [[nodiscard]] virtual std::uint64_t timeline() const = 0;
    // What the server may forget.
    [[nodiscard]] virtual WalPosition confirmed() const = 0;
  };

  // Connects from the loop. `config` and `owner` outlive it.
  ReplicationStream(Loop& loop, const ReplicationConfig& config, Owner& owner);
  ~ReplicationStream() override;
  ReplicationStream(const ReplicationStream&) = delete;
  ReplicationStream& operator=(const ReplicationStream&) = delete;

  // (1) Streams from `from`, or from where the slot begins if that is later.
  void start(WalPosition from);

 private:
  // What has been sent to the server.
  enum class Step {
    none,
    check,
    identify,
    slot,
    transaction,
    waiting,
    start,
    stream
  };

  void on_connected(ConnectionHandle connection) override;
  void on_connect_failed(const std::string& reason, bool cheap) override;
  void on_readable() noexcept;
  void on_quit() noexcept {}
  void on_retry() noexcept;
  void on_status_timer() noexcept;

  void connect();
  void send(Step step, const std::string& command);
  void read();
  void take_result(ResultHandle result);
  void take_error(const PGresult& result);
  void take_answer(ResultHandle result);
  void take_check(const PGresult* result);
  void take_identity(const PGresult* result);
  void take_slot(const PGresult* result);
  void begin_behind(WalPosition consistent);
  void take_transaction(const PGresult* result);
  void read_stream();
  [[nodiscard]] bool take_message(std::string_view message);
  [[nodiscard]] bool send_status(bool asks = false);
  void lose(std::string_view reason, std::string_view refusal = {});
  // The server cannot be read, another one may.
  void try_next(std::string_view reason, std::string_view refusal);

  Loop& loop_;
  const ReplicationConfig& config_;
  std::vector<Conninfo> hosts_;
  PrimaryRound round_;  // (3)
  Owner& owner_;
  ConnectGate gate_;
  Backoff backoff_;
  std::unique_ptr<Connector> connector_;
  ConnectionHandle connection_;
  ResultHandle answer_;  // of the command under way, not yet at its end
  std::unique_ptr<Watch> watch_;
  std::unique_ptr<Timer> retry_;
  std::unique_ptr<Timer> status_;  // (2)
  std::string slot_;
  unsigned slots_made_ = 0;
  std::uint64_t system_ = 0;
  WalPosition slot_position_ = 0;  // where it begins; 0: it is to be made
  Step step_ = Step::none;
  std::optional<Milliseconds> asked_;  // for a sign of life, not yet answered
  bool refused_ = false;               // logged
};

}  // namespace trestle::pg
