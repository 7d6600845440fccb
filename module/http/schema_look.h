// Asks the database whether its schema is still that of the catalog in use, for
// statements that have failed as if it were not: a number that a change of any
// object changes (sql/catalog/fingerprint.sql). It costs a fraction of reading
// a catalog. One look at a time, and behind each a pause that is the longer the
// more it has cost: nobody can have the database look all the time by sending
// statements that are wrong in themselves.
#pragma once

#include <memory>
#include <string>

#include "base/callback.h"
#include "pg/loop.h"
#include "pg/pool.h"
#include "sql/row_sink.h"
#include "sql/statement.h"

namespace trestle::http {

class SchemaLook final : private RowSink {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    // A look begins: who has asked before is told by it.
    virtual void on_look() = 0;
    // In a turn of its own. `error`: nobody knows; `fingerprint` is empty then.
    virtual void on_looked(const std::string& fingerprint,
                           const RunError* error) = 0;
  };

  // All outlive it.
  SchemaLook(pg::Loop& loop, pg::Pool& pool, Owner& owner);

  // A look that begins from now on: at once, or as soon as it may.
  void want();

 private:
  void on_columns(std::size_t, std::span<const ResultColumn>) override {}
  bool on_row(std::size_t, std::span<const Cell> cells) override;
  void on_statement_done(std::size_t, std::uint64_t) override {}
  void on_done() override { end(); }
  void on_error(const RunError& error) override;

  void begin();
  void end();
  void on_timer() noexcept;
  void on_over() noexcept;

  pg::Loop& loop_;
  pg::Pool& pool_;
  Owner& owner_;
  SqlRef sql_;
  std::unique_ptr<pg::Timer> timer_;  // the pause; holds a leaving process
  std::unique_ptr<pg::Timer> over_;   // tells the owner behind the run's end
  std::unique_ptr<pg::Run> run_;
  std::string fingerprint_;
  std::unique_ptr<RunError> error_;
  pg::Milliseconds begun_ = 0;
  pg::Milliseconds next_ = 0;  // not before
  bool looking_ = false;
  bool wanted_ = false;
};

}  // namespace trestle::http
