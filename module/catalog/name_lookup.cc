#include "catalog/name_lookup.h"

#include <algorithm>

#include "catalog/effects.h"
#include "sql/harmless.h"

namespace trestle::catalog {
namespace {

// Of an operand that there is not: 0.
bool can_occur(const Catalog& catalog, Oid type) {
  return type == 0 || catalog.effects().is_harmless_type(type);
}

}  // namespace

std::vector<const Relation*> relations_meant(const Catalog& catalog,
                                             std::string_view schema,
                                             std::string_view name) {
  if (schema.empty())
    return name.starts_with("pg_") ? std::vector<const Relation*>()
                                   : catalog.relations_named(name);
  const Relation* one = catalog.relation(schema, name);
  return one != nullptr ? std::vector{one} : std::vector<const Relation*>();
}

std::vector<Oid> functions_meant(const Catalog& catalog,
                                 std::string_view schema,
                                 std::string_view name) {
  const bool is_builtin = harmless_function(schema, name);
  std::vector<Oid> meant = catalog.reach().functions_named(name);
  std::erase_if(meant, [&](Oid oid) {
    const Body& body = *catalog.reach().body(oid);
    if (!schema.empty() && body.schema != schema) return true;
    return is_builtin && !std::ranges::all_of(body.parameters, [&](Oid type) {
             return can_occur(catalog, type);
           });
  });
  return meant;
}

std::vector<Oid> functions_of_column(const Catalog& catalog,
                                     std::string_view name) {
  std::vector<Oid> meant = catalog.reach().functions_named(name);
  std::erase_if(meant, [&](Oid oid) {
    return catalog.reach().body(oid)->parameters.size() != 1;
  });
  return meant;
}

std::vector<Oid> types_meant(const Catalog& catalog, std::string_view schema,
                             std::string_view name) {
  std::vector<Oid> meant = catalog.types_named(name);
  std::erase_if(meant, [&](Oid oid) {
    return !schema.empty() && catalog.type(oid)->schema != schema;
  });
  return meant;
}

std::vector<Oid> operators_meant(const Catalog& catalog,
                                 std::string_view name) {
  std::vector<Oid> meant = catalog.reach().operators_named(name);
  std::erase_if(meant, [&](Oid oid) {
    const UserOperator& found = *catalog.reach().user_operator(oid);
    return !can_occur(catalog, found.left) || !can_occur(catalog, found.right);
  });
  return meant;
}

}  // namespace trestle::catalog
