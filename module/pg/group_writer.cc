#include "pg/group_writer.h"

#include <array>
#include <charconv>

#include "base/text.h"

namespace trestle::pg {
namespace {

// The ways to open a block and to end it.
struct BlockSql {
  SqlRef read_only = make_sql("begin read only");
  SqlRef read_write = make_sql("begin read write");
  SqlRef forget_sequences = make_sql("discard sequences");
  SqlRef check_constraints = make_sql("set constraints all immediate");
  SqlRef commit = make_sql("commit");
  SqlRef rollback = make_sql("rollback");
  struct Level {
    std::string_view name;
    SqlRef read_only;
    SqlRef read_write;
  };
  std::array<Level, 4> levels = {
      level("read uncommitted"), level("read committed"),
      level("repeatable read"), level("serializable")};

  static Level level(std::string_view name) {
    return {name,
            make_sql(concat({"begin isolation level ", name, " read only"})),
            make_sql(concat({"begin isolation level ", name, " read write"}))};
  }
};

const BlockSql& block_sql() {
  static const BlockSql made;
  return made;
}

bool uses(const Task& task, const std::string& name) {
  for (const Step& step : task.steps)
    if (step.named && step.sql->name == name) return true;
  return false;
}

std::string_view decimal(std::uint64_t number, std::array<char, 24>& buffer) {
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return {buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data())};
}

}  // namespace

Block block_of(const Task& task, const PoolConfig& config) {
  const BlockSql& sql = block_sql();
  const bool read = task.plan.access == Access::read;
  const bool asked = task.plan.end == Plan::End::rollback;
  const bool undo = asked || (read && task.plan.effects != Effects::clean &&
                              config.scrub != PoolConfig::Scrub::never);
  // What is undone on purpose is answered as if it held.
  const Sql* check = asked && !read ? sql.check_constraints.get() : nullptr;
  const Sql* end = undo ? sql.rollback.get() : sql.commit.get();
  if (!task.plan.isolation.empty()) {
    for (const BlockSql::Level& level : sql.levels)
      if (ascii_iequals(level.name, task.plan.isolation))
        return {(read ? level.read_only : level.read_write).get(), end, check};
    // The strictest is right for every word that is not known.
    const BlockSql::Level& strictest = sql.levels.back();
    return {(read ? strictest.read_only : strictest.read_write).get(), end,
            check};
  }
  if (undo) return {(read ? sql.read_only : sql.read_write).get(), end, check};
  return {};
}

void GroupWriter::write(Task& task, bool unlock, bool forget) {
  plan_steps(task, unlock, forget);
  write_closes(task);
  for (const Step& step : task.steps) write_step(task, step);
  wire_.sync();
}

void GroupWriter::plan_steps(Task& task, bool unlock, bool forget) {
  const Block block = block_of(task, config_);
  task.block = block.begin != nullptr;
  if (task.block) add_step(task, Step::Kind::begin, *block.begin);
  if (forget) add_step(task, Step::Kind::forget, *block_sql().forget_sequences);

  const bool pooler = config_.transaction_pooler;
  SettingsExtras extras{.unlock = unlock};
  const Milliseconds limit = task.limit(config_);
  extras.timeout = pooler ? limit != 0 : limit != config_.query_timeout;
  extras.formats = pooler;
  // A clean read needs no guard against writing; where a row is sent anyway, it
  // costs next to nothing.
  if (task.plan.access == Access::read && !task.block)
    extras.read_only = task.plan.effects != Effects::clean ||
                       !task.settings.empty() || extras.any();
  if (!task.settings.empty() || extras.any()) {
    task.settings_shape = rows_.find(task.settings, extras);
    add_step(task, Step::Kind::settings, *task.settings_shape->sql);
  }

  for (std::size_t i = 0; i < task.plan.statements.size(); i++)
    add_step(
        task,
        task.plan.describes ? Step::Kind::description : Step::Kind::statement,
        *task.plan.statements[i].sql, i);
  if (block.check != nullptr) add_step(task, Step::Kind::check, *block.check);
  if (block.end != nullptr) add_step(task, Step::Kind::end, *block.end);
}

void GroupWriter::add_step(Task& task, Step::Kind kind, const Sql& sql,
                           std::size_t statement) {
  Step step{.kind = kind, .statement = statement, .sql = &sql};
  const bool describes = kind == Step::Kind::description;
  step.named = !sql.name.empty() && !config_.transaction_pooler && !describes;
  if (step.named && task.plan.prepares_anew) cache_.remove(sql.name);
  const bool answers = kind == Step::Kind::statement || describes;
  if (!step.named) {
    step.parse = true;
    step.describe = answers;
  } else if (const Prepared* known = cache_.use(sql.name)) {
    step.describe = answers && (!known->described || sql.columns_vary);
    if (answers) step.columns = known->columns;
  } else {
    bool prepared_here = false;
    for (const Step& earlier : task.steps)
      prepared_here |= earlier.parse && earlier.sql->name == sql.name;
    step.parse = !prepared_here;
    step.describe = answers;
  }
  task.steps.push_back(std::move(step));
}

void GroupWriter::write_closes(Task& task) {
  for (const Step& step : task.steps) {
    if (!step.parse || !step.named) continue;
    wire_.close_statement(step.sql->name);
    task.closes++;
    const Prepared* oldest = cache_.oldest_if_full();
    if (oldest == nullptr || uses(task, oldest->name)) continue;
    wire_.close_statement(oldest->name);
    task.closes++;
    cache_.remove(std::string(oldest->name));
  }
}

void GroupWriter::write_step(const Task& task, const Step& step) {
  if (step.parse)
    wire_.parse(step.named ? std::string_view(step.sql->name) : "",
                step.sql->text, step.sql->param_types);
  if (step.kind == Step::Kind::description) return wire_.describe_unnamed();
  write_bind(task, step);
  if (step.describe) wire_.describe_portal();
  wire_.execute();
}

void GroupWriter::write_bind(const Task& task, const Step& step) {
  const std::string_view name =
      step.named ? std::string_view(step.sql->name) : "";
  if (step.kind == Step::Kind::settings) {
    std::array<char, 24> buffer{};
    return task.settings_shape->write_bind(
        wire_, name, task.settings, decimal(task.limit(config_), buffer));
  }
  if (step.kind != Step::Kind::statement) {
    wire_.begin_bind(name, 0);
    return wire_.end_bind();
  }
  const std::vector<Param>& params =
      task.plan.statements[step.statement].params;
  wire_.begin_bind(name, params.size());
  for (const Param& param : params) {
    if (param)
      wire_.value(*param);
    else
      wire_.null_value();
  }
  wire_.end_bind();
}

}  // namespace trestle::pg
