// Turns a validated operation into statements: one for a query, one or a few
// for each field of a mutation, all in one transaction. Values become
// parameters; the text of a statement depends on the shape of the request only.
//
//   plan_operation.cc  roots, the order of statements
//   plan_flat.cc       a query's only field, as rows of plain columns
//   plan_rows.cc       lists, objects, relationships as JSON
//   plan_function.cc   functions and computed fields
//   plan_stream.cc     streams
//   plan_aggregate.cc  aggregates and groups
//   plan_filter.cc     where
//   plan_compare.cc    comparison operators
//   plan_order.cc      order_by, distinct_on, limit
//   plan_value.cc      parameters
//   plan_mutation.cc   delete, and what mutations answer
//   plan_update.cc     update
//   plan_insert.cc     insert, nested insert
//
// Methods that can refuse answer false and leave the reason in error_.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graphql/collect.h"
#include "graphql/complexity.h"
#include "graphql/limits.h"
#include "graphql/param_text.h"
#include "graphql/role_schema.h"
#include "graphql/row_shape.h"
#include "sql/sql_writer.h"

namespace trestle::graphql {

// A piece of the answer's data: JSON text, then perhaps a cell of a result.
struct Piece {
  std::string text = {};
  int statement = -1;  // -1: text only
  int column = 0;
};

// A parameter that other variables change.
struct VariableParam {
  std::size_t statement = 0;
  std::size_t param = 0;
  ValueSource source;
};

// What a statement's failure is told as.
struct FailurePlace {
  std::string path;   // GraphqlError::path
  std::string field;  // GraphqlError::field
};

// What is to be run for one operation. Once its statements have answered, the
// data object is the pieces, one behind the other. A plan may be kept, with
// its document and catalog, and run for other variables of the same shape
// (Variables::shape()) and limits with the parameters that its bindings give.
struct OperationPlan {
  Plan plan;
  std::vector<Piece> pieces;
  std::vector<FailurePlace> places;  // by statement
  std::vector<VariableParam> bindings;
  std::vector<ListEstimate> lists;  // each behind the one that it stands in
  // Leaves of variables that are limits: their usual_limit() is in the texts.
  std::vector<std::uint32_t> limits;
  // False: what a variable says has decided more than a parameter.
  bool reusable = true;
  // Of a stream: the column of the first statement that says where it ends,
  // null where it is empty.
  std::optional<std::size_t> cursor_column = {};
  // How the rows of the only statement become its one value. Null: each
  // statement answers one row of JSON.
  std::shared_ptr<const RowShape> rows = nullptr;
};

// The plan for other variables of the same shape and limits. nullopt: these are
// refused, and planning them tells why.
[[nodiscard]] std::optional<OperationPlan> bind_variables(
    const OperationPlan& plan, const Variables& variables,
    const Limits& limits);

struct PlanOptions {
  const Limits& limits;
  bool stringify_numbers = false;
  // Where a stream begins, in place of its initial value. Null: there.
  const std::string* cursor = nullptr;
};

// `scope` goes into the names of prepared statements: role and catalog.
[[nodiscard]] Outcome<OperationPlan> plan_operation(
    const RoleSchema& role, const CollectContext& context,
    const Operation& operation, const PlanOptions& options,
    std::string_view scope);

// Texts, whatever the column that they meet.
extern const Scalar kTextScalar;

class Planner {
 public:
  Planner(const RoleSchema& role, const CollectContext& context,
          const PlanOptions& options, std::string_view scope)
      : role_(role), context_(context), options_(options), scope_(scope) {}

  Outcome<OperationPlan> run(const Operation& operation);

 private:
  using Fields = std::vector<CollectedField>;
  using Write = std::function<bool()>;
  // Writes something around an expression.
  using Wrap = std::function<bool(const Write&)>;

  // A row in scope: the alias that its columns are reached by.
  struct Row {
    int alias = 0;
    const RoleTable* table = nullptr;
    bool whole = false;  // the alias may stand for the row as a value
  };
  // What a list is read from.
  struct Source {
    const RoleTable* table = nullptr;
    bool whole = true;  // rows of the relation itself or of a function
    Write from;         // writes what stands behind FROM, without its alias
    // Writes conditions that always hold, or null.
    std::function<bool(const Row&)> condition;
    // Writes what is joined to it, or null.
    std::function<void()> joins = nullptr;
    // Rows in an order come in it for each value of this column, or null.
    const catalog::Column* grouped_by = nullptr;
  };
  // The arguments of a list.
  struct ListArguments {
    const Value* where = nullptr;
    const Value* order_by = nullptr;
    const Value* distinct_on = nullptr;
    const Value* limit = nullptr;
    const Value* offset = nullptr;
  };

  // --- operation
  bool run_query(const Fields& fields);
  bool run_mutation(const Fields& fields);
  bool root_field(const CollectedField& field);
  bool root_rows(const Source& source, const CollectedField& field,
                 bool single);
  static bool is_alone(const Fields& fields, const CollectedField& field);
  void add_constant(const CollectedField& field);
  void finish_statement(std::string path);
  // Runs `write` as the inside of a list, whose rows are estimated.
  bool in_list(const ListArguments& arguments, const Write& write);
  bool fail(std::string message, std::string_view code = code::kValidation);
  bool fail_at(std::string path, std::string message,
               std::string_view code = code::kValidation);

  // --- rows as columns
  class Flat;  // plan_flat.cc
  bool write_flat(const Source& source, const ListArguments& arguments,
                  const Fields& fields, bool single);

  // --- rows as JSON
  Source table_source(const Table* table);
  Source relationship_source(const Relationship& relationship, const Row& row);
  Source function_source(const Function& function, const Value* args,
                         std::optional<Row> row);
  // "select ..." for what stands alone, "(select ..." otherwise; and its end.
  bool open_select();
  void close_select(bool alone);
  bool write_list(const Source& source, const ListArguments& arguments,
                  const Fields& fields);
  bool write_object(const Source& source, const Fields& fields);
  bool write_row_query(const Source& source, const ListArguments& arguments,
                       const Fields& fields, bool single);
  bool write_distinct(const ListArguments& arguments, const Row& row);
  bool write_members(const Fields& fields, const Row& row);
  bool write_member(const CollectedField& field, const Row& row);
  bool write_column(const CollectedField& field, const Row& row);
  bool write_computed(const CollectedField& field, const Row& row);
  bool write_call(const Function& function, const Value* args,
                  std::optional<Row> row);
  void write_whole_row(const Row& row);
  void write_output(const Scalar& scalar, bool array, const Write& value);
  [[nodiscard]] bool is_shown_as_text(const Scalar& scalar, bool array) const;
  void write_reference(const Row& row, const catalog::Column& column);
  bool write_key_condition(const CollectedField& field, const Row& row);
  bool check_keys(const Fields& fields);
  bool write_tail(const Source& source, const ListArguments& arguments,
                  const Row& row, bool single);
  bool write_stream(const CollectedField& field, const Fields& fields);
  bool write_cursor(const Source& source, const ListArguments& arguments,
                    const Column& column, bool descending);

  // --- aggregates
  bool write_aggregate(const Source& source, const ListArguments& arguments,
                       const Fields& fields);
  bool write_groups(const CollectedField& field, const Fields& fields);
  bool write_aggregated_rows(const Source& source,
                             const ListArguments& arguments,
                             const Fields& fields);
  bool write_aggregate_fields(const CollectedField& field, int alias);
  void write_count(const CollectedField& field, int alias);
  bool write_json_object(const Fields& fields,
                         const std::function<bool(const CollectedField&)>& f);

  // --- filters
  bool write_where(const Value& where, const Row& row, std::size_t depth);
  bool write_where_member(const ObjectField& member, const InputValue& input,
                          const Value& value, const Row& row,
                          std::size_t depth);
  bool write_logic(std::string_view name, const Value& value, const Row& row,
                   std::size_t depth);
  bool write_exists(const Source& source, const Value& where,
                    std::size_t depth);
  bool write_aggregate_condition(const Relationship& relationship,
                                 const Value& value, const Row& row,
                                 std::size_t depth);
  bool write_comparison(const Type& type, const Value& value,
                        const Scalar& scalar, bool array, const Write& left);
  bool write_operator(std::string_view op, const Value& operand,
                      const Scalar& scalar, bool array, const Write& left);
  bool write_spatial(std::string_view op, const Value& operand,
                     const Scalar& scalar, const Write& left);
  bool write_cast_comparison(const Value& operand, const Scalar& scalar,
                             const Write& left);

  // --- order
  bool write_order(const Value& order_by, const Row& row, bool& first);
  bool write_order_member(const Type& type, const ObjectField& member,
                          const Row& row, const Wrap& wrap, bool& first);
  bool write_order_item(const Value& direction, bool& first,
                        const Write& expression);
  bool write_order_aggregate(const Source& source, const Type& type,
                             const Value& value, bool& first, const Wrap& wrap);
  bool check_distinct(const ListArguments& arguments, const RoleTable& table);
  bool write_limit(const ListArguments& arguments, bool single);
  bool write_row_limit(const Value& limit, std::uint64_t most);

  // --- values
  // Texts as one parameter of type text[].
  bool write_text_array(const Value& list);
  // One value of that type as a parameter.
  bool write_value(const Value& value, const Scalar& scalar, bool array);
  bool write_column_value(const Value& value, const Column& column);
  bool write_structured(const Value& value, const Scalar& scalar);
  // `argument` is where in the field an error shows: ".args.limit".
  bool write_param(const ValueSource& source, Oid type,
                   std::string_view argument = {});
  void write_type(const catalog::Type& type);

  // --- mutations
  bool mutation_field(const CollectedField& field);
  bool plan_update(const CollectedField& field, const Table& table);
  bool plan_update_many(const CollectedField& field, const Table& table);
  bool plan_delete(const CollectedField& field, const Table& table);
  bool plan_insert(const CollectedField& field, const Table& table);
  bool write_assigned(const UpdateOperator& op, const Value& value,
                      const Column& column, int row);
  bool write_assignments(const std::vector<Argument>& operators,
                         const RoleTable& table, int row, bool& any);
  bool one_update(const CollectedField& field, const RoleTable& table,
                  const std::vector<Argument>& operators,
                  const std::function<bool(const Row&)>& where, bool single);
  bool write_pk_columns(const Value& keys, const Row& row);
  // Wraps a data-modifying statement and answers its rows.
  bool answer_rows(const CollectedField& field, const RoleTable& table,
                   const Write& statement, bool single, std::string path);
  bool write_answer(const CollectedField& field, const Source& rows,
                    const Write& count, bool single);
  void write_returning(const RoleTable& table);
  [[nodiscard]] bool needs_second_look(const Fields& fields) const;
  void write_setting(std::string_view key);
  Source setting_source(const RoleTable& table,
                        const std::vector<std::string>& keys);
  std::string next_key();

  struct Fixed {
    const catalog::Column* column;
    std::string key;               // setting that holds the row
    const catalog::Column* there;  // its column
    std::string message;           // when there is no such row
  };
  bool insert_rows(const RoleTable& table, const std::vector<Value>& objects,
                   const Value* conflict, const std::vector<Fixed>& fixed,
                   const std::string& path, std::vector<std::string>& keys);
  bool insert_nested(const RoleTable& table, const Value& object,
                     const Value* conflict, const std::vector<Fixed>& fixed,
                     const std::string& path, std::vector<std::string>& keys);
  bool insert_related(const Relationship& relationship, const Value& value,
                      const std::string& parent, const RoleTable& table,
                      const std::string& path);
  const Value* given(const Value& object, const Column& column) const;
  bool find_given(const RoleTable& table, const std::vector<Value>& objects,
                  const std::vector<Fixed>& fixed, const std::string& path,
                  std::vector<const Column*>& columns);
  bool write_insert_row(const Value& object,
                        const std::vector<const Column*>& columns,
                        const std::vector<Fixed>& fixed);
  bool write_insert(const RoleTable& table, const std::vector<Value>& objects,
                    const Value* conflict, const std::vector<Fixed>& fixed,
                    const std::string& path);
  bool write_conflict(const RoleTable& table, const Value& conflict);
  bool write_fixed(const Fixed& fixed);
  bool has_nested(const RoleTable& table, const Value& object) const;
  bool keep_rows(const RoleTable& table, const Write& statement,
                 std::string path, std::vector<std::string>& keys);

  // --- helpers
  Planner& alias(int n);
  ListArguments list_arguments(const Selection& node);
  // The value of an argument; null when absent or given as null.
  const Value* argument(const Selection& node, std::string_view name);
  // What a value is once its variable is known. Null: absent.
  const Value* resolve(const Value& value) const {
    return context_.variables.resolve(value);
  }
  // A list's items; a single value is a list of one.
  std::vector<Value> items(const Value& value) const;
  Fields collect(const CollectedField& field) {
    return collect_fields(context_, *field.field->type.named(),
                          field.selections);
  }
  const RoleTable& of(const Table* table) const {
    return role_.tables().of(table);
  }
  template <class T>
  static const T& target(const CollectedField& field) {
    return *static_cast<const T*>(field.field->binding.target);
  }

  const RoleSchema& role_;
  const CollectContext& context_;
  const PlanOptions& options_;
  std::string_view scope_;
  SqlWriter sql_;
  OperationPlan plan_;
  std::optional<GraphqlError> error_;
  std::string path_;   // of the root field that is being planned
  std::string field_;  // its key in the answer
  int aliases_ = 0;
  int keys_ = 0;
  std::vector<VariableParam>
      bindings_;   // of the statement that is being written
  int list_ = -1;  // the innermost list that is being written
  // The next list or object is all that its statement selects: it needs no
  // subselect around it.
  bool alone_ = false;
  int conflict_row_ = 0;  // alias of the row that an insert conflicts with
  std::string path_for_answer_;
  std::vector<std::string> counted_;  // settings whose rows were affected
};

}  // namespace trestle::graphql
