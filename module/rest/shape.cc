#include "rest/shape.h"

#include <charconv>

#include "base/json.h"
#include "base/text.h"
#include "catalog/effects.h"
#include "rest/openapi.h"
#include "rest/sql.h"

namespace trestle::rest {
namespace {

// Whether the transaction is to be undone when all has been answered.
bool rolls_back(const RestConfig& config, const Preferences& preferences) {
  using Tx = Preferences::Tx;
  switch (config.tx_end) {
    case TxEnd::commit:
      return false;
    case TxEnd::rollback:
      return true;
    case TxEnd::commit_allow_override:
      return preferences.tx == Tx::rollback;
    case TxEnd::rollback_allow_override:
      return preferences.tx != Tx::commit;
  }
  return false;
}

std::string_view isolation_level(const std::string& name) {
  std::string lower = ascii_lower(name);
  if (lower == "serializable") return "SERIALIZABLE";
  if (lower == "repeatable read") return "REPEATABLE READ";
  return {};
}

Access access_of(const Shape& shape) {
  const ApiRequest& request = shape.request;
  if (request.read_only) return Access::read;
  if (request.action != Action::call) return Access::write;
  // A function that promises not to write is held to it.
  bool writes =
      shape.plan.call->function->volatility == Function::Volatility::volatile_;
  return writes ? Access::write : Access::read;
}

std::string_view isolation_of(const Shape& shape, std::string_view role) {
  std::string isolation = shape.plan.isolation;
  if (isolation.empty())
    if (const catalog::RoleSettings* settings =
            shape.catalog->role_settings(role))
      for (const auto& [name, value] : settings->settings)
        if (name == "default_transaction_isolation") isolation = value;
  return isolation_level(isolation);
}

// Statements in their order, with the places of those that the answer reads.
class ShapeBuilder {
 public:
  ShapeBuilder(const RestConfig& config, std::string_view role, Shape& shape)
      : config_(config), role_(role), shape_(shape) {
    // Names of prepared statements: a plan depends on the catalog, and on the
    // role where policies are.
    append_number(scope_,
                  static_cast<std::int64_t>(shape.catalog->generation()));
    scope_ = concat({scope_, "/", role, "/", shape.request.schema});
  }

  void build() {
    if (!config_.pre_request.empty())
      add(write_pre_request(config_.pre_request));
    if (shape_.request.action == Action::root)
      shape_.description_statement = add(write_description(shape_.request));
    else
      add_main();
  }

 private:
  ShapeStatement prepare(SqlWriter sql) const {
    ShapeStatement statement;
    statement.origins = sql.origins();
    Statement finished = std::move(sql).finish(scope_);
    statement.constants = std::move(finished.params);
    statement.sql = std::move(finished.sql);
    if (!config_.prepared) {
      Sql unnamed = *statement.sql;
      unnamed.name.clear();
      statement.sql = std::make_shared<const Sql>(std::move(unnamed));
    }
    return statement;
  }

  const StatementFacts& judge(const ShapeStatement& statement) const {
    return judged(statement).facts;
  }
  const catalog::Judged& judged(const ShapeStatement& statement) const {
    return shape_.catalog->effects().judge(*statement.sql);
  }

  int add(ShapeStatement statement) {
    for (int origin : statement.origins)
      shape_.once = shape_.once || origin == kOnce;
    const catalog::Judged& found = judged(statement);
    is_clean_ = found.facts.is_clean_read();
    shape_.judgement.add(found.facts);
    if (const SqlRef& tied = shape_.catalog->effects().tied(found, role_))
      statement.sql = tied;
    shape_.statements.push_back(std::move(statement));
    return static_cast<int>(shape_.statements.size()) - 1;
  }
  int add(SqlWriter sql) { return add(prepare(std::move(sql))); }

  // Nothing behind the statement sets response.headers or response.status:
  // everything there is known.
  bool is_quiet(const ShapeStatement& statement) const {
    return config_.pre_request.empty() &&
           judge(statement).effects != Effects::unknown;
  }

  void add_main() {
    RestPlan& plan = shape_.plan;
    shape_.access = access_of(shape_);
    if (plan.write && add_flat_change()) return;
    if (plan.write && !plan.write->nested.empty()) {
      // What the body nests is known to this plan alone.
      shape_.once = true;
      for (SqlWriter& insert : write_nested_inserts(*plan.write))
        add(std::move(insert));
    }
    plan_flat(*shape_.catalog, shape_.access, plan);
    if (!plan.flat) {
      add_whole();
      return;
    }
    // What the head of a long answer needs comes before its rows.
    if (!config_.pre_request.empty())
      shape_.early_settings_statement = add(write_response_settings());
    add_guess();
    shape_.main_statement = add(write_flat(plan));
    // Unless nothing behind it can have set any.
    if (!is_clean_ || !config_.pre_request.empty())
      shape_.late_settings_statement = add(write_response_settings());
  }

  // A change as it is, when that says enough.
  bool add_flat_change() {
    RestPlan& plan = shape_.plan;
    ReadNode read = plan.read;
    plan_flat_change(*shape_.catalog, plan);
    if (!plan.flat) return false;
    ShapeStatement statement = prepare(write_flat_change(plan));
    if (is_quiet(statement)) {
      shape_.main_statement = add(std::move(statement));
      return true;
    }
    plan.flat = false;
    plan.read = std::move(read);
    return false;
  }

  // One row that holds the body, and what SQL wants of the response, unless
  // nothing can have set that.
  void add_whole() {
    RestPlan& plan = shape_.plan;
    ShapeStatement statement = prepare(write_main(plan));
    bool is_all = !plan.write || plan.write->nested.empty();
    if (is_all && is_quiet(statement)) {
      plan.quiet = true;
      statement = prepare(write_main(plan));
    }
    shape_.main_statement = add(std::move(statement));
    add_guess();
  }

  // The planner's number of rows.
  void add_guess() {
    using Count = Preferences::Count;
    const RestPlan& plan = shape_.plan;
    bool guesses =
        plan.count == Count::planned || plan.count == Count::estimated;
    if (guesses && plan.action == Action::read && !plan.format.explain)
      shape_.count_statement = add(write_explained_count(plan));
  }

  const RestConfig& config_;
  std::string_view role_;
  Shape& shape_;
  std::string scope_;
  bool is_clean_ = false;  // the last one added
};

// What a shape holds beside its SQL, roughly.
constexpr std::size_t kShapeBytes = 4096;
constexpr std::size_t kMaxKeyBytes = 4096;

}  // namespace

Result<ShapeRef> make_shape(std::shared_ptr<const Catalog> catalog,
                            const RestConfig& config, std::string_view role,
                            ApiRequest request) {
  auto shape = std::make_shared<Shape>();
  shape->catalog = std::move(catalog);
  shape->request = std::move(request);
  shape->search_path = search_path_of(config, shape->request.schema);
  Action action = shape->request.action;
  if (action == Action::info) return ShapeRef(std::move(shape));
  if (action != Action::root) {
    Result<RestPlan> plan =
        plan_request({*shape->catalog, config, shape->request, role});
    if (!plan.ok()) return std::move(plan).error();
    shape->plan = std::move(*plan);
  }
  ShapeBuilder(config, role, *shape).build();
  shape->isolation = isolation_of(*shape, role);
  if (rolls_back(config, shape->request.preferences))
    shape->end = Plan::End::rollback;
  return ShapeRef(std::move(shape));
}

Plan Shape::bind(const ShapeKey& key) const {
  Plan run;
  run.access = access;
  run.effects = judgement.effects;
  run.isolation = isolation;
  run.end = end;
  run.statements.reserve(statements.size());
  for (const ShapeStatement& statement : statements) {
    Statement bound{.sql = statement.sql, .params = statement.constants};
    for (std::size_t i = 0; i < bound.params.size(); ++i)
      if (int slot = statement.origins[i]; slot > 0)
        bound.params[i] = key.slots[static_cast<std::size_t>(slot)];
    run.statements.push_back(std::move(bound));
  }
  return run;
}

Range Shape::window(const ShapeKey& key) const {
  auto value_of = [&](int slot, std::int64_t& value) {
    if (slot <= 0) return;
    const std::string& text = key.slots[static_cast<std::size_t>(slot)];
    std::from_chars(text.data(), text.data() + text.size(), value);
  };
  Range range = plan.read.range;
  value_of(range.offset_slot, range.offset);
  if (range.limit) value_of(range.limit_slot, *range.limit);
  return range;
}

ShapeRef ShapeCache::find(const std::shared_ptr<const Catalog>& catalog,
                          const ShapeKey& key) {
  if (catalog != catalog_) {
    shapes_.clear();
    catalog_ = catalog;
  }
  const ShapeRef* found = shapes_.find(key.text);
  return found == nullptr ? nullptr : *found;
}

void ShapeCache::put(const ShapeKey& key, ShapeRef shape) {
  if (shape->once || key.text.size() > kMaxKeyBytes ||
      shape->catalog != catalog_)
    return;
  std::size_t bytes = kShapeBytes;
  for (const ShapeStatement& statement : shape->statements)
    bytes += 2 * statement.sql->text.size();
  shapes_.put(key.text, std::move(shape), bytes);
}

}  // namespace trestle::rest
