#include "frontend/direct_type.h"

#include "catalog/catalog.h"
#include "encode/type_kind.h"

namespace trestle {

// Labels of an enum are texts, unless somebody has made them JSON of another
// kind.
bool is_direct(const catalog::Catalog& catalog, Oid type) {
  Oid base = catalog.base_type(type);
  if (encode::can_encode(base)) return true;
  const catalog::Type* known = catalog.type(base);
  return known != nullptr && known->kind == catalog::Type::Kind::enumeration &&
         catalog.representation(type, catalog::oid::kJson) == nullptr;
}

}  // namespace trestle
