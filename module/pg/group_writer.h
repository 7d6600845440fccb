// Writes one task as one group of messages under one Sync:
//
//   [Close...][begin][forget][settings row][statement...][check]
//   [commit or rollback] Sync
//
// Without begin the group is one implicit transaction. Statements are prepared
// under their names as long as the server has not confirmed them; every Parse
// of a name follows a Close of it, because another group in flight may have
// prepared it meanwhile. All Close messages come first, where nothing can have
// failed yet.
#pragma once

#include <string>

#include "pg/pool.h"
#include "pg/settings_row.h"
#include "pg/statement_cache.h"
#include "pg/task.h"

namespace trestle::pg {

class GroupWriter {
 public:
  // Appends to `out`. Everything outlives the writer.
  GroupWriter(const PoolConfig& config, SettingsRows& rows,
              StatementCache& cache, std::string& out)
      : config_(config), rows_(rows), cache_(cache), wire_(out) {}

  // Decides the task's steps and writes them. `unlock`: an earlier run on this
  // connection may have kept advisory locks. `forget`: one has moved sequences,
  // and this one may ask what it was told.
  void write(Task& task, bool unlock, bool forget);

 private:
  void plan_steps(Task& task, bool unlock, bool forget);
  void add_step(Task& task, Step::Kind kind, const Sql& sql,
                std::size_t statement = 0);
  void write_closes(Task& task);
  void write_step(const Task& task, const Step& step);
  void write_bind(const Task& task, const Step& step);

  const PoolConfig& config_;
  SettingsRows& rows_;
  StatementCache& cache_;
  WireWriter wire_;
};

// How a task's transaction is opened and ended.
struct Block {
  const Sql* begin = nullptr;  // null: the implicit transaction
  const Sql* end = nullptr;
  // Deferred constraints are checked before a rollback that was asked for.
  const Sql* check = nullptr;
};
[[nodiscard]] Block block_of(const Task& task, const PoolConfig& config);

}  // namespace trestle::pg
