// What one role may do with the tables and functions of a model: PostgreSQL's
// own privileges, decided once per (catalog, role).
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "graphql/model.h"

namespace trestle::graphql {

struct RoleTable {
  const Table* table = nullptr;
  std::vector<const Column*> select;
  std::vector<const Column*> insert;
  std::vector<const Column*> update;
  bool insertable = false;
  bool updatable = false;
  bool deletable = false;
  bool by_pk = false;  // there is a primary key and it may be read
  std::vector<const Relationship*> relationships;  // both sides readable
  std::vector<const Computed*> computed;

  [[nodiscard]] bool readable() const { return !select.empty(); }
  [[nodiscard]] bool may_select(const Column* column) const;
  [[nodiscard]] bool may_select(const catalog::Column* column) const;
};

class RoleTables {
 public:
  RoleTables(const Model& model, std::string_view role);

  [[nodiscard]] const Model& model() const { return model_; }
  [[nodiscard]] const std::vector<RoleTable>& tables() const { return tables_; }
  [[nodiscard]] const std::vector<const Function*>& functions() const {
    return functions_;
  }
  // Never null for a table of the model.
  [[nodiscard]] const RoleTable& of(const Table* table) const {
    return tables_[index_.at(table)];
  }

 private:
  void add(const Table& table);
  void add_members(RoleTable& table);
  [[nodiscard]] bool may_execute(const Function& function) const;

  const Model& model_;
  const catalog::Role* role_;
  std::vector<RoleTable> tables_;
  std::vector<const Function*> functions_;
  std::unordered_map<const Table*, std::size_t> index_;
};

}  // namespace trestle::graphql
