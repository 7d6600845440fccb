#include "graphql/role_tables.h"

#include <algorithm>

namespace trestle::graphql {

using catalog::Privilege;
using catalog::Privileges;

bool RoleTable::may_select(const Column* column) const {
  return std::find(select.begin(), select.end(), column) != select.end();
}

bool RoleTable::may_select(const catalog::Column* column) const {
  const Column* known = table->column_of(column);
  return known != nullptr && may_select(known);
}

RoleTables::RoleTables(const Model& model, std::string_view role)
    : model_(model), role_(model.catalog().privileges().role(role)) {
  tables_.reserve(model.tables().size());
  for (const Table& table : model.tables()) add(table);
  for (RoleTable& table : tables_) add_members(table);
  for (const Function& function : model.functions())
    if (may_execute(function) && of(function.returns).readable())
      functions_.push_back(&function);
}

void RoleTables::add(const Table& table) {
  index_.emplace(&table, tables_.size());
  RoleTable added;
  added.table = &table;
  const catalog::Relation& relation = *table.relation;
  const Privileges& privileges = model_.catalog().privileges();
  bool visible =
      role_ != nullptr &&
      privileges.may(*role_, Privilege::usage, Privileges::Object::schema,
                     model_.catalog().schema_oid(relation.schema));
  for (const Column& column : table.columns) {
    if (!visible) break;
    const catalog::Column& c = *column.column;
    auto may = [&](Privilege privilege) {
      return privileges.may_column(*role_, privilege, relation.oid, c.number);
    };
    bool writable = !c.generated && c.identity != 'a';
    if (may(Privilege::select)) added.select.push_back(&column);
    if (relation.insertable && writable && may(Privilege::insert))
      added.insert.push_back(&column);
    if (relation.updatable && writable && may(Privilege::update))
      added.update.push_back(&column);
  }
  added.insertable = !added.insert.empty();
  added.updatable = !added.update.empty();
  added.deletable = visible && relation.deletable &&
                    privileges.may(*role_, Privilege::delete_,
                                   Privileges::Object::relation, relation.oid);
  added.by_pk = !relation.primary_key.empty();
  for (std::uint16_t i : relation.primary_key)
    added.by_pk = added.by_pk && added.may_select(&relation.columns[i]);
  tables_.push_back(std::move(added));
}

void RoleTables::add_members(RoleTable& table) {
  if (!table.readable() && !table.insertable) return;
  for (const Relationship& relationship : table.table->relationships) {
    const RoleTable& to = of(relationship.to);
    bool visible = to.readable();
    for (auto [here, there] : relationship.columns)
      visible = visible && table.may_select(here) && to.may_select(there);
    if (visible) table.relationships.push_back(&relationship);
  }
  for (const Computed& computed : table.table->computed) {
    const Table* returns = computed.function.returns;
    if (table.readable() && may_execute(computed.function) &&
        (returns == nullptr || of(returns).readable()))
      table.computed.push_back(&computed);
  }
}

bool RoleTables::may_execute(const Function& function) const {
  const Privileges& privileges = model_.catalog().privileges();
  return role_ != nullptr &&
         privileges.may(*role_, Privilege::execute,
                        Privileges::Object::function, function.function->oid) &&
         privileges.may(*role_, Privilege::usage, Privileges::Object::schema,
                        model_.catalog().schema_oid(function.function->schema));
}

}  // namespace trestle::graphql
