// Builds a Model. Tables first, so that relationships and functions find them
// in whatever order they come:
//   model_builder.cc   tables, columns, enums, functions
//   model_scalars.cc   types
//   model_relations.cc relationships
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "graphql/model.h"
#include "graphql/naming.h"

namespace trestle::graphql {

class ModelBuilder {
 public:
  explicit ModelBuilder(Model& model) : model_(model) {}

  void build();

 private:
  struct Pending {
    Table* table;
    Comment comment;
  };

  void add_tables();
  void add_table(const catalog::Relation& relation);
  void add_enum(Table& table);
  void add_columns(Pending& pending);
  void name_root_fields(Table& table, const Comment& comment);
  void add_computed(Pending& pending);
  void add_functions();
  void add_function(const catalog::Function& function);
  bool read_arguments(Function& out, const catalog::Function& function,
                      const catalog::Relation* row,
                      const std::optional<std::string>& table_argument,
                      const std::optional<std::string>& session_argument);
  bool read_result(Function& out, const catalog::Function& function);

  const Scalar* scalar(Oid type, bool& array);
  const Scalar* make_scalar(const catalog::Type& type);

  void add_relationships();
  void add_listed(Pending& pending);
  void add_outgoing(Pending& pending);
  void add_incoming(Pending& pending);
  [[nodiscard]] bool taken(const Table& table, std::string_view name) const;
  void add_named(Table& table, Relationship relationship,
                 std::string_view fallback_columns);

  // The base name: prefixed with its schema unless that is the first one.
  [[nodiscard]] std::string base_name(std::string_view schema,
                                      std::string_view name) const;
  [[nodiscard]] bool exposed(std::string_view schema) const;
  void warn(std::string text) { model_.warnings_.push_back(std::move(text)); }

  Model& model_;
  std::vector<Pending> pending_;
  std::unordered_map<Oid, const Scalar*> scalars_;
  std::unordered_map<Oid, Oid> arrays_;  // element -> array type
  std::unordered_set<std::string> names_;
};

}  // namespace trestle::graphql
