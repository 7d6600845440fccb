// The sessions of one database that have streams in this worker, and what is
// asked of their table (session_watch.h).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "http/runtime.h"
#include "http/stream_identity.h"
#include "live/changes.h"

namespace trestle::http {

class DatabaseSessions final : private RowSink,
                               private RunHolder,
                               private live::ChangeSink {
 public:
  DatabaseSessions(Runtime& runtime, const Database& database);
  ~DatabaseSessions() override;

  [[nodiscard]] const Database& database() const { return database_; }

  void add(StreamIdentity& stream);
  void remove(StreamIdentity& stream);

  // Ends the session's streams.
  void end(const std::string& session);
  // Any of them may have ended.
  void doubt_all();

 private:
  // What the table says of a session now.
  struct Row {
    std::string claims;
    std::int64_t expires;
  };

  // The run that asks for rows; nothing of it is left when it is over.
  void on_columns(std::size_t, std::span<const ResultColumn>) override {}
  bool on_row(std::size_t statement, std::span<const Cell> cells) override;
  void on_statement_done(std::size_t, std::uint64_t) override {}
  void on_done() override;
  void on_error(const RunError& error) override;
  void let_go() noexcept override;

  // The feed.
  void on_row(const live::RowChange& change) override;
  void on_truncate(const live::FeedRelation&) override { doubt_all(); }
  void on_commit(const live::CommitPoint&) override {}
  void on_resync(const live::CommitPoint&) override { doubt_all(); }
  void follow_table(Cell oid);

  void on_period() noexcept;
  void on_turn() noexcept;
  void ask();
  void take_rows();
  void judge_row(const std::string& session, const Row& row);

  Runtime& runtime_;
  const Database& database_;
  std::unordered_map<std::string, std::vector<StreamIdentity*>> streams_;
  std::unique_ptr<pg::Timer> period_;
  std::unique_ptr<pg::Timer> turn_;

  std::unordered_set<std::string> doubted_;  // to be asked for
  std::vector<std::string> asked_;           // by the run under way
  std::unordered_map<std::string, Row> rows_;
  std::unique_ptr<pg::Run> run_;
  bool run_over_ = false;
  bool failed_ = false;
  Oid table_ = 0;       // 0: not known, or there is no feed
  bool linked_ = true;  // in the runtime's list
};

}  // namespace trestle::http
