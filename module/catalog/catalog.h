// Catalog is what a database's schemas looked like at one moment: an immutable
// snapshot with hash look-ups. Front-ends plan against it; a request keeps the
// one that it started with. A CatalogBuilder makes it from the rows of
// sql/catalog/*.sql (builder.h).
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/privileges.h"
#include "catalog/reach.h"
#include "catalog/types.h"

namespace trestle::catalog {

class CatalogEffects;

class Catalog {
 public:
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // Goes into the names of prepared statements: two catalogs never share it in
  // one process.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  // COMMENT ON SCHEMA, or null when there is none or no such schema.
  [[nodiscard]] const std::string* schema_comment(
      std::string_view schema) const;
  [[nodiscard]] bool has_schema(std::string_view schema) const;

  // Null when there is none. All of them answer in constant time.
  [[nodiscard]] const Relation* relation(std::string_view schema,
                                         std::string_view name) const;
  [[nodiscard]] const Relation* relation(Oid oid) const;
  [[nodiscard]] const Type* type(Oid oid) const;
  // The relation whose rows are of that composite type (or domain over it).
  [[nodiscard]] const Relation* relation_of_type(Oid type) const;
  // The type below all domains: itself when it is none.
  [[nodiscard]] Oid base_type(Oid type) const;

  // All functions of that name, in the order of their OIDs. Empty when none.
  [[nodiscard]] const std::vector<const Function*>& functions(
      std::string_view schema, std::string_view name) const;
  [[nodiscard]] const Function* function(Oid oid) const;

  // In the order of creation (relations) and of names (foreign keys).
  [[nodiscard]] const std::vector<Relation>& relations() const {
    return relations_;
  }
  [[nodiscard]] const std::vector<Function>& functions() const {
    return functions_;
  }
  [[nodiscard]] const std::vector<ForeignKey>& foreign_keys() const {
    return foreign_keys_;
  }
  [[nodiscard]] const std::unordered_map<Oid, Type>& types() const {
    return types_;
  }

  // Foreign keys that `relation` holds, and those that refer to it.
  [[nodiscard]] const std::vector<const ForeignKey*>& foreign_keys_from(
      const Relation& relation) const;
  [[nodiscard]] const std::vector<const ForeignKey*>& foreign_keys_to(
      const Relation& relation) const;

  // Every way from `relation` to another relation, computed ones included.
  [[nodiscard]] const std::vector<const Relationship*>& relationships(
      const Relation& relation) const;
  // Functions of one argument, a row of `relation`, that answer a scalar.
  [[nodiscard]] const std::vector<const Function*>& computed_fields(
      const Relation& relation) const;
  [[nodiscard]] const Function* computed_field(const Relation& relation,
                                               std::string_view name) const;

  // The function that turns `source` into `target`, or null.
  [[nodiscard]] const Representation* representation(Oid source,
                                                     Oid target) const;
  [[nodiscard]] const std::vector<MediaHandler>& media_handlers() const {
    return media_handlers_;
  }
  // Settings of a role, or null.
  [[nodiscard]] const RoleSettings* role_settings(std::string_view role) const;
  // What roles may do.
  [[nodiscard]] const Privileges& privileges() const { return privileges_; }
  // What can run behind what a statement names.
  [[nodiscard]] const Reach& reach() const { return reach_; }
  // Decides what is clean; remembers, so for the one event loop alone.
  [[nodiscard]] CatalogEffects& effects() const { return *effects_; }
  // Relations, types by name whatever their schema.
  [[nodiscard]] std::vector<const Relation*> relations_named(
      std::string_view name) const;
  [[nodiscard]] std::vector<Oid> types_named(std::string_view name) const;
  // 0 when there is no such schema.
  [[nodiscard]] Oid schema_oid(std::string_view schema) const;
  // The rows of a table that is marked as an enum, or null.
  [[nodiscard]] const std::vector<EnumRow>* enum_rows(
      const Relation& relation) const;

 private:
  friend class CatalogBuilder;
  friend class CatalogLinker;
  Catalog();

  static std::string joined(std::string_view schema, std::string_view name);

  std::uint64_t generation_ = 0;
  std::vector<Relation> relations_;
  std::vector<Function> functions_;
  std::vector<ForeignKey> foreign_keys_;
  std::deque<Relationship> relationships_;
  std::vector<MediaHandler> media_handlers_;
  std::vector<Representation> representations_;
  std::vector<RoleSettings> role_settings_;
  std::unordered_map<Oid, Type> types_;
  std::unordered_map<std::string, std::string> schemas_;  // name -> comment
  std::unordered_map<std::string, Oid> schema_oids_;
  std::unordered_map<Oid, std::vector<EnumRow>> enum_rows_;
  Privileges privileges_;
  Reach reach_;
  std::unique_ptr<CatalogEffects> effects_;

  std::unordered_map<std::string, const Relation*> relation_by_name_;
  std::unordered_multimap<std::string, const Relation*> relations_by_last_name_;
  std::unordered_multimap<std::string, Oid> types_by_last_name_;
  std::unordered_map<Oid, const Relation*> relation_by_oid_;
  std::unordered_map<Oid, const Relation*> relation_by_row_type_;
  std::unordered_map<std::string, std::vector<const Function*>>
      functions_by_name_;
  std::unordered_map<Oid, const Function*> function_by_oid_;
  std::unordered_map<const Relation*, std::vector<const ForeignKey*>>
      keys_from_;
  std::unordered_map<const Relation*, std::vector<const ForeignKey*>> keys_to_;
  std::unordered_map<const Relation*, std::vector<const Relationship*>>
      relationships_from_;
  std::unordered_map<const Relation*, std::vector<const Function*>>
      computed_fields_;
};

using CatalogRef = std::shared_ptr<const Catalog>;

}  // namespace trestle::catalog
