// Relationships: those that a comment lists, and those that foreign keys make
// (docs/graphql.md, "Names").
#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "graphql/model_builder.h"

namespace trestle::graphql {
namespace {

std::string joined_columns(const catalog::Relation& relation,
                           const catalog::ColumnIndexes& columns) {
  std::string out;
  for (std::uint16_t i : columns)
    out.append(concat({out.empty() ? "" : "_", relation.columns[i].name}));
  return out;
}

bool all_not_null(const catalog::Relation& relation,
                  const catalog::ColumnIndexes& columns) {
  for (std::uint16_t i : columns)
    if (relation.columns[i].nullable) return false;
  return true;
}

// Whether a foreign key of `to` refers to the table by these columns, and none
// of the table's own refers to `to`: then rows of `to` are inserted later.
bool refers_back(const catalog::Catalog& catalog, const Table& table,
                 const Relationship& relationship) {
  auto matches = [&](const catalog::ForeignKey& key, bool back) {
    if (key.from_columns.size() != relationship.columns.size()) return false;
    std::size_t found = 0;
    for (std::size_t i = 0; i < key.from_columns.size(); i++)
      for (auto [here, there] : relationship.columns) {
        const catalog::Column* from = &key.from->columns[key.from_columns[i]];
        const catalog::Column* to = &key.to->columns[key.to_columns[i]];
        if (back ? from == there && to == here : from == here && to == there)
          found++;
      }
    return found == relationship.columns.size();
  };
  for (const catalog::ForeignKey* key :
       catalog.foreign_keys_from(*table.relation))
    if (key->to == relationship.to->relation && matches(*key, false))
      return false;
  for (const catalog::ForeignKey* key :
       catalog.foreign_keys_to(*table.relation))
    if (key->from == relationship.to->relation && matches(*key, true))
      return true;
  return false;
}

// Whether a foreign key of NOT NULL columns says that there is a row at the
// other end of these columns.
bool certain(const catalog::Catalog& catalog, const Table& table,
             const Relationship& relationship) {
  for (const catalog::ForeignKey* key :
       catalog.foreign_keys_from(*table.relation)) {
    if (key->to != relationship.to->relation ||
        key->from_columns.size() != relationship.columns.size() ||
        !all_not_null(*table.relation, key->from_columns))
      continue;
    std::size_t matched = 0;
    for (std::size_t i = 0; i < key->from_columns.size(); i++)
      for (auto [here, there] : relationship.columns)
        if (here == &table.relation->columns[key->from_columns[i]] &&
            there == &key->to->columns[key->to_columns[i]])
          matched++;
    if (matched == relationship.columns.size()) return true;
  }
  return false;
}

}  // namespace

void ModelBuilder::add_relationships() {
  for (Pending& pending : pending_) add_listed(pending);
  for (Pending& pending : pending_)
    if (pending.comment.flag("auto", true)) add_outgoing(pending);
  for (Pending& pending : pending_)
    if (pending.comment.flag("auto", true)) add_incoming(pending);
}

bool ModelBuilder::taken(const Table& table, std::string_view name) const {
  for (const Column& column : table.columns)
    if (column.name == name) return true;
  for (const Relationship& relationship : table.relationships)
    if (relationship.name == name) return true;
  for (const Computed& computed : table.computed)
    if (computed.name == name) return true;
  return false;
}

void ModelBuilder::add_listed(Pending& pending) {
  const rapidjson::Value* list = pending.comment.object("relationships");
  if (list == nullptr) return;
  Table& table = *pending.table;
  for (const auto& member : list->GetObject()) {
    Relationship relationship;
    relationship.name = json_text(member.name);
    const rapidjson::Value* to = find_member(member.value, "to");
    const rapidjson::Value* columns = find_member(member.value, "columns");
    if (to == nullptr || !to->IsArray() || to->Size() != 2 ||
        !(*to)[0].IsString() || !(*to)[1].IsString() || columns == nullptr ||
        !columns->IsObject() || !is_graphql_name(relationship.name))
      continue;
    relationship.to = model_.table(
        model_.catalog_->relation(json_text((*to)[0]), json_text((*to)[1])));
    if (relationship.to == nullptr) continue;
    bool known = true;
    for (const auto& pair : columns->GetObject()) {
      const catalog::Column* here =
          table.relation->find_column(json_text(pair.name));
      const catalog::Column* there =
          pair.value.IsString()
              ? relationship.to->relation->find_column(json_text(pair.value))
              : nullptr;
      known = known && here != nullptr && there != nullptr;
      relationship.columns.emplace_back(here, there);
    }
    if (!known || taken(table, relationship.name)) {
      warn(concat({"relationship ", table.name, ".", relationship.name,
                   " is left out: unknown column or name taken"}));
      continue;
    }
    relationship.to_many = text_member(member.value, "type") == "array";
    std::optional<std::string> order =
        text_member(member.value, "insertion_order");
    relationship.insert_after_parent =
        order ? *order == "after_parent"
              : refers_back(*model_.catalog_, table, relationship);
    relationship.nullable =
        relationship.to_many || !certain(*model_.catalog_, table, relationship);
    table.relationships.push_back(std::move(relationship));
  }
}

void ModelBuilder::add_named(Table& table, Relationship relationship,
                             std::string_view fallback_columns) {
  if (taken(table, relationship.name))
    relationship.name = concat({relationship.name, "_by_", fallback_columns});
  if (taken(table, relationship.name) || !is_graphql_name(relationship.name))
    return warn(concat({"relationship ", table.name, ".", relationship.name,
                        " is left out: its name cannot be used"}));
  table.relationships.push_back(std::move(relationship));
}

void ModelBuilder::add_outgoing(Pending& pending) {
  Table& table = *pending.table;
  for (const catalog::ForeignKey* key :
       model_.catalog_->foreign_keys_from(*table.relation)) {
    const Table* to = model_.table(key->to);
    if (to == nullptr || to->enumeration != nullptr) continue;
    Relationship relationship;
    relationship.to = to;
    for (std::size_t i = 0; i < key->from_columns.size(); i++)
      relationship.columns.emplace_back(
          &table.relation->columns[key->from_columns[i]],
          &key->to->columns[key->to_columns[i]]);
    relationship.nullable = !all_not_null(*table.relation, key->from_columns);
    std::string columns = joined_columns(*table.relation, key->from_columns);
    std::string_view stem;
    if (key->from_columns.size() == 1) stem = without_id(columns);
    relationship.name =
        stem.empty() || taken(table, stem) ? to->name : std::string(stem);
    add_named(table, std::move(relationship), columns);
  }
}

void ModelBuilder::add_incoming(Pending& pending) {
  Table& table = *pending.table;
  if (table.enumeration != nullptr) return;
  const auto& keys = model_.catalog_->foreign_keys_to(*table.relation);
  for (const catalog::ForeignKey* key : keys) {
    const Table* from = model_.table(key->from);
    if (from == nullptr) continue;
    Relationship relationship;
    relationship.to = from;
    relationship.to_many = !key->one_to_one;
    relationship.insert_after_parent = true;
    for (std::size_t i = 0; i < key->from_columns.size(); i++)
      relationship.columns.emplace_back(
          &table.relation->columns[key->to_columns[i]],
          &key->from->columns[key->from_columns[i]]);
    relationship.name = relationship.to_many ? plural(from->name) : from->name;
    std::string columns = joined_columns(*key->from, key->from_columns);
    auto between = std::count_if(
        keys.begin(), keys.end(),
        [&](const catalog::ForeignKey* k) { return k->from == key->from; });
    if (between > 1)
      relationship.name = concat({relationship.name, "_by_", columns});
    add_named(table, std::move(relationship), columns);
  }
}

}  // namespace trestle::graphql
