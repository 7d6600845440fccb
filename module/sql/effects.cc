#include "sql/effects.h"

#include <pg_query/pg_query.pb-c.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "sql/tree_messages.h"

namespace trestle {

namespace {

// Node kinds that only compute by themselves; what they name is checked apart.
bool only_computes(const ProtobufCMessageDescriptor* kind) {
  static const std::array kKinds = {
      &pg_query__parse_result__descriptor,
      &pg_query__raw_stmt__descriptor,
      &pg_query__node__descriptor,
      &pg_query__select_stmt__descriptor,
      &pg_query__res_target__descriptor,
      &pg_query__column_ref__descriptor,
      &pg_query__param_ref__descriptor,
      &pg_query__a__const__descriptor,
      &pg_query__a__expr__descriptor,
      &pg_query__a__star__descriptor,
      &pg_query__a__indices__descriptor,
      &pg_query__a__indirection__descriptor,
      &pg_query__a__array_expr__descriptor,
      &pg_query__integer__descriptor,
      &pg_query__float__descriptor,
      &pg_query__boolean__descriptor,
      &pg_query__string__descriptor,
      &pg_query__bit_string__descriptor,
      &pg_query__list__descriptor,
      &pg_query__alias__descriptor,
      &pg_query__type_cast__descriptor,
      &pg_query__type_name__descriptor,
      &pg_query__func_call__descriptor,
      &pg_query__sqlvalue_function__descriptor,
      &pg_query__coalesce_expr__descriptor,
      &pg_query__min_max_expr__descriptor,
      &pg_query__case_expr__descriptor,
      &pg_query__case_when__descriptor,
      &pg_query__null_test__descriptor,
      &pg_query__boolean_test__descriptor,
      &pg_query__bool_expr__descriptor,
      &pg_query__sub_link__descriptor,
      &pg_query__row_expr__descriptor,
      &pg_query__sort_by__descriptor,
      &pg_query__window_def__descriptor,
      &pg_query__grouping_func__descriptor,
      &pg_query__grouping_set__descriptor,
      &pg_query__join_expr__descriptor,
      &pg_query__range_var__descriptor,
      &pg_query__range_subselect__descriptor,
      &pg_query__range_function__descriptor,
      &pg_query__column_def__descriptor,  // of a function's rows
      &pg_query__with_clause__descriptor,
      &pg_query__common_table_expr__descriptor,
      &pg_query__insert_stmt__descriptor,
      &pg_query__update_stmt__descriptor,
      &pg_query__delete_stmt__descriptor,
      &pg_query__on_conflict_clause__descriptor,
      &pg_query__infer_clause__descriptor,
      &pg_query__index_elem__descriptor,
      &pg_query__set_to_default__descriptor,
      &pg_query__multi_assign_ref__descriptor,
      &pg_query__locking_clause__descriptor,
  };
  return std::ranges::find(kKinds, kind) != kKinds.end();
}

std::string_view text_of(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

// A possibly qualified name, as lists of String nodes hold it.
struct Name {
  std::string_view schema;
  std::string_view name;
  bool known = false;  // one or two plain parts
};

Name name_of(PgQuery__Node* const* parts, std::size_t count) {
  auto part = [&](std::size_t i) -> std::string_view {
    const PgQuery__Node& node = *parts[i];
    return node.node_case == PG_QUERY__NODE__NODE_STRING
               ? text_of(node.string->sval)
               : std::string_view();
  };
  if (count == 1) return {.schema = {}, .name = part(0), .known = true};
  if (count == 2) return {.schema = part(0), .name = part(1), .known = true};
  return {};
}

// Operators that have no name of their own in the statement: those of USING,
// CASE, BETWEEN and IN.
constexpr std::string_view kImplied[] = {"=", "<=", ">="};

class Inspector {
 public:
  Inspector(const ProtobufCMessage* root, const EffectsOracle& oracle)
      : oracle_(oracle) {
    each_message(root, [this](const ProtobufCMessage& message) {
      if (const auto* cte = as<PgQuery__CommonTableExpr>(
              message, pg_query__common_table_expr__descriptor))
        ctes_.emplace(text_of(cte->ctename));
    });
    for (std::string_view name : kImplied) take(oracle_.operation({}, name));
    each_message(root,
                 [this](const ProtobufCMessage& message) { visit(message); });
  }

  bool writes() const { return writes_; }
  bool calls_functions() const { return calls_functions_; }
  bool reads_clock() const { return reads_clock_; }
  const Verdict& verdict() const { return worst_; }
  const SettingsRead& settings() const { return settings_; }
  const std::vector<Oid>& row_relations() const { return row_relations_; }

 private:
  void take(Verdict verdict) { worst_.take(std::move(verdict)); }

  void visit(const ProtobufCMessage& message) {
    const ProtobufCMessageDescriptor* kind = message.descriptor;
    if (!only_computes(kind)) take(Verdict::unknown({kind->short_name}));
    visit_target(message);
    if (kind == &pg_query__into_clause__descriptor ||
        kind == &pg_query__locking_clause__descriptor)
      writes_ = true;
    if (kind == &pg_query__variable_show_stmt__descriptor) settings_.any = true;
    if (const auto* call =
            as<PgQuery__FuncCall>(message, pg_query__func_call__descriptor))
      visit_call(*call);
    else if (const auto* relation = as<PgQuery__RangeVar>(
                 message, pg_query__range_var__descriptor))
      visit_relation(*relation);
    else if (const auto* type = as<PgQuery__TypeName>(
                 message, pg_query__type_name__descriptor))
      visit_type(*type);
    else if (const auto* expr =
                 as<PgQuery__AExpr>(message, pg_query__a__expr__descriptor))
      visit_operator(expr->name, expr->n_name);
    else if (const auto* sort =
                 as<PgQuery__SortBy>(message, pg_query__sort_by__descriptor))
      visit_operator(sort->use_op, sort->n_use_op);
    else if (const auto* link =
                 as<PgQuery__SubLink>(message, pg_query__sub_link__descriptor))
      visit_operator(link->oper_name, link->n_oper_name);
    else if (const auto* column = as<PgQuery__ColumnRef>(
                 message, pg_query__column_ref__descriptor))
      visit_fields(column->fields, column->n_fields, 1);
    else if (const auto* value = as<PgQuery__SQLValueFunction>(
                 message, pg_query__sqlvalue_function__descriptor))
      visit_value(*value);
    else if (const auto* part = as<PgQuery__AIndirection>(
                 message, pg_query__a__indirection__descriptor))
      visit_fields(part->indirection, part->n_indirection, 0);
  }

  // CURRENT_USER and its kin come behind the times.
  void visit_value(const PgQuery__SQLValueFunction& value) {
    using Op = PgQuery__SQLValueFunctionOp;
    constexpr Op kLast = PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N;
    if (value.op <= kLast) reads_clock_ = true;
    if (value.op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA)
      worst_.uses_path = true;
  }

  // What is changed is visited before its name is.
  void visit_target(const ProtobufCMessage& message) {
    const PgQuery__RangeVar* target = nullptr;
    if (const auto* insert =
            as<PgQuery__InsertStmt>(message, pg_query__insert_stmt__descriptor))
      target = insert->relation;
    else if (const auto* update = as<PgQuery__UpdateStmt>(
                 message, pg_query__update_stmt__descriptor))
      target = update->relation;
    else if (const auto* remove = as<PgQuery__DeleteStmt>(
                 message, pg_query__delete_stmt__descriptor))
      target = remove->relation;
    else if (message.descriptor != &pg_query__merge_stmt__descriptor)
      return;
    writes_ = true;
    if (target != nullptr) targets_.insert(target);
  }

  void visit_call(const PgQuery__FuncCall& call) {
    Name name = name_of(call.funcname, call.n_funcname);
    if (name.name == "current_setting")
      visit_setting(call);
    else if (name.name == "pg_show_all_settings")
      settings_.any = true;
    if (sets_own(name, call)) return;
    Verdict verdict = name.known ? oracle_.function(name.schema, name.name)
                                 : Verdict::unknown({"a call"});
    if (verdict.effects == Effects::unknown) calls_functions_ = true;
    take(std::move(verdict));
    oracle_.add_rows_of_function(name.schema, name.name, row_relations_);
  }

  void visit_setting(const PgQuery__FuncCall& call) {
    if (std::optional<std::string_view> name = text_argument(call, 0))
      settings_.add(*name);
    else
      settings_.any = true;
  }

  // The argument when it is written out as a text.
  static std::optional<std::string_view> text_argument(
      const PgQuery__FuncCall& call, std::size_t place) {
    const PgQuery__Node* node =
        place < call.n_args ? call.args[place] : nullptr;
    if (node == nullptr || node->node_case != PG_QUERY__NODE__NODE_A_CONST ||
        node->a_const->val_case != PG_QUERY__A__CONST__VAL_SVAL)
      return std::nullopt;
    return text_of(node->a_const->sval->sval);
  }

  // pg_catalog.set_config('trestle.x', .., true): a counter of the module's own
  // SQL, which ends with its transaction.
  static bool sets_own(const Name& name, const PgQuery__FuncCall& call) {
    if (name.schema != "pg_catalog" || name.name != "set_config" ||
        call.n_args != 3)
      return false;
    std::optional<std::string_view> setting = text_argument(call, 0);
    const PgQuery__Node& local = *call.args[2];
    return setting && setting->starts_with("trestle.") &&
           local.node_case == PG_QUERY__NODE__NODE_A_CONST &&
           local.a_const->val_case == PG_QUERY__A__CONST__VAL_BOOLVAL &&
           local.a_const->boolval->boolval;
  }

  void visit_relation(const PgQuery__RangeVar& relation) {
    std::string_view schema = text_of(relation.schemaname);
    std::string_view name = text_of(relation.relname);
    const bool is_target = targets_.contains(&relation);
    if (!is_target && schema.empty() && ctes_.contains(name)) return;
    if (name == "pg_settings") settings_.any = true;
    take(oracle_.relation(schema, name,
                          is_target ? Access::write : Access::read));
  }

  void visit_type(const PgQuery__TypeName& type) {
    Name name = name_of(type.names, type.n_names);
    take(name.known ? oracle_.type(name.schema, name.name)
                    : Verdict::unknown({"a type"}));
    oracle_.add_rows_of_type(name.schema, name.name, row_relations_);
  }

  void visit_operator(PgQuery__Node* const* parts, std::size_t count) {
    if (count == 0) return;
    Name name = name_of(parts, count);
    // BETWEEN and its kin carry their own words here.
    bool is_word = !name.name.empty() && name.name[0] >= 'A';
    bool is_between = is_word && name.name.find("BETWEEN") != name.name.npos;
    if (is_between) return;
    take(name.known ? oracle_.operation(name.schema, name.name)
                    : Verdict::unknown({"an operator"}));
  }

  void visit_fields(PgQuery__Node* const* fields, std::size_t count,
                    std::size_t first) {
    for (std::size_t i = first; i < count; i++)
      if (fields[i]->node_case == PG_QUERY__NODE__NODE_STRING)
        take(oracle_.column(text_of(fields[i]->string->sval)));
  }

  const EffectsOracle& oracle_;
  std::unordered_set<std::string_view> ctes_;
  std::unordered_set<const PgQuery__RangeVar*> targets_;
  bool writes_ = false;
  bool calls_functions_ = false;
  bool reads_clock_ = false;
  Verdict worst_ = Verdict::clean();
  SettingsRead settings_;
  std::vector<Oid> row_relations_;
};

using Rows = StatementFacts::Rows;

Rows rows_if(std::size_t returning) {
  return returning > 0 ? Rows::yes : Rows::no;
}

// By the kind of the statement itself, whatever it holds.
void set_by_kind(const PgQuery__Node& node, StatementFacts& facts) {
  bool reads = false;
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_SELECT_STMT:
      reads = true;
      facts.rows =
          node.select_stmt->into_clause == nullptr ? Rows::yes : Rows::no;
      break;
    case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
    case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT:
      reads = true;
      facts.rows = Rows::yes;
      break;
    case PG_QUERY__NODE__NODE_INSERT_STMT:
      facts.rows = rows_if(node.insert_stmt->n_returning_list);
      break;
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
      facts.rows = rows_if(node.update_stmt->n_returning_list);
      break;
    case PG_QUERY__NODE__NODE_DELETE_STMT:
      facts.rows = rows_if(node.delete_stmt->n_returning_list);
      break;
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
      facts.is_transaction_control = true;
      facts.rows = Rows::no;
      break;
    case PG_QUERY__NODE__NODE_COPY_STMT:
      facts.is_copy = true;
      break;
    case PG_QUERY__NODE__NODE_CALL_STMT:
    case PG_QUERY__NODE__NODE_EXECUTE_STMT:
    case PG_QUERY__NODE__NODE_FETCH_STMT:
      break;
    default:
      facts.rows = Rows::no;
  }
  facts.access = reads ? Access::read : Access::write;
}

}  // namespace

StatementFacts facts_of(const SqlTree& tree, const EffectsOracle& oracle) {
  StatementFacts facts;
  const PgQuery__ParseResult* result = tree.get();
  if (result == nullptr || result->n_stmts != 1 ||
      result->stmts[0]->stmt == nullptr) {
    facts.settings.any = true;
    return facts;
  }
  set_by_kind(*result->stmts[0]->stmt, facts);
  Inspector inspector(&result->base, oracle);
  facts.calls_functions = inspector.calls_functions();
  facts.reads_clock = inspector.reads_clock();
  if (inspector.writes()) facts.access = Access::write;
  facts.effects = inspector.verdict().effects;
  facts.reason = inspector.verdict().reason;
  facts.uses_path = inspector.verdict().uses_path;
  facts.settings = inspector.settings();
  facts.row_relations = inspector.row_relations();
  return facts;
}

}  // namespace trestle
