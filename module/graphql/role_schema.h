// The GraphQL schema of one role: everything it may touch and nothing else.
// Made lazily per (catalog, role); its types are filled when they are used.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "graphql/bindings.h"
#include "graphql/model.h"
#include "graphql/role_tables.h"
#include "graphql/schema.h"

namespace trestle::graphql {

class RoleSchema final : public TypeFiller {
 public:
  RoleSchema(std::shared_ptr<const Model> model, std::string_view role);

  [[nodiscard]] const Schema& schema() const { return schema_; }
  [[nodiscard]] const RoleTables& tables() const { return tables_; }
  [[nodiscard]] const Model& model() const { return *model_; }

  void fill(Type& type) override;

 private:
  // Shells (role_schema.cc).
  void declare_table(const RoleTable& table);
  void declare_aggregates(const RoleTable& table);
  void declare_mutations(const RoleTable& table);
  void declare_scalars();
  void declare_spatial();
  void declare_roots();
  Type& declare(TypeKind kind, const std::string& name, std::uint32_t bind,
                const void* target, const void* second = nullptr);
  // Declares it only when it would not be empty.
  [[nodiscard]] bool has_operation(const RoleTable& table,
                                   const AggregateOperation& operation) const;
  [[nodiscard]] bool has_operator(const RoleTable& table,
                                  const UpdateOperator& op) const;

  // What is in them (fill_*.cc).
  void fill_query(Type& type, bool subscription);
  void fill_mutation(Type& type);
  void fill_object(Type& type, const RoleTable& table);
  void fill_bool_exp(Type& type, const RoleTable& table);
  void fill_order_by(Type& type, const RoleTable& table);
  void fill_aggregate(Type& type, const RoleTable& table);
  void fill_aggregate_fields(Type& type, const RoleTable& table);
  void fill_operation(Type& type, const RoleTable& table,
                      const AggregateOperation& operation, bool order);
  void fill_aggregate_order_by(Type& type, const RoleTable& table);
  void fill_aggregate_bool_exp(Type& type, const RoleTable& table);
  void fill_group(Type& type, const RoleTable& table);
  void fill_response(Type& type, const RoleTable& table);
  void fill_insert_input(Type& type, const RoleTable& table);
  void fill_nested_insert(Type& type, const RoleTable& table, bool many);
  void fill_on_conflict(Type& type, const RoleTable& table);
  void fill_set_input(Type& type, const RoleTable& table,
                      const UpdateOperator& op);
  void fill_updates(Type& type, const RoleTable& table);
  void fill_columns_enum(Type& type, const std::vector<const Column*>& columns);
  void fill_constraints(Type& type, const RoleTable& table);
  void fill_pk_columns(Type& type, const RoleTable& table);
  void fill_stream(Type& type, const RoleTable& table);
  void fill_comparison(Type& type, const Scalar& scalar);
  void fill_array_comparison(Type& type, const Scalar& scalar);
  void fill_enum_comparison(Type& type, const EnumTable& table);
  void fill_cast(Type& type, const Scalar& scalar);
  void fill_function_args(Type& type, const Function& function);

  // Fields of the roots. `name` is the model's, or kept; a result that the role
  // has no type for is no field.
  void add_root(Type& type, std::string_view name, std::string_view description,
                std::vector<InputValue> arguments, TypeRef result,
                Binding binding);
  void add_reads(Type& type, const RoleTable& table);
  void add_stream(Type& type, const RoleTable& table);
  void add_group_by(Type& type, const RoleTable& table);
  void add_function(Type& type, const Function& function);
  void add_inserts(Type& type, const RoleTable& table);
  void add_updates(Type& type, const RoleTable& table);
  void add_deletes(Type& type, const RoleTable& table);

  std::vector<InputValue> list_arguments(const RoleTable& table);
  std::vector<InputValue> key_arguments(const RoleTable& table);
  std::vector<InputValue> update_arguments(const RoleTable& table);
  std::vector<InputValue> function_arguments(const Function& function);
  InputValue where_argument(const RoleTable& table);
  Field column_field(const Column& column);
  Field computed_field(const Computed& computed);

  // Reference to a type by its name; empty when the role has none such.
  [[nodiscard]] TypeRef ref(std::string_view name) const;
  [[nodiscard]] TypeRef table_ref(const Table* table,
                                  std::string_view suffix) const;
  // Of a value: T, [T!] or an enum.
  [[nodiscard]] TypeRef value_type(const Column& column) const;
  [[nodiscard]] TypeRef value_type(const Scalar& scalar, bool array) const;
  [[nodiscard]] TypeRef comparison_type(const Column& column) const;
  std::string_view keep(std::string_view text) { return schema_.keep(text); }

  std::shared_ptr<const Model> model_;
  RoleTables tables_;
  Schema schema_;
};

}  // namespace trestle::graphql
