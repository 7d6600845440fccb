#include "graphql/model.h"

#include <algorithm>

#include "base/text.h"
#include "graphql/model_builder.h"

namespace trestle::graphql {

Model::Model(const catalog::CatalogRef& catalog,
             std::vector<std::string> schemas)
    : owner_(catalog), catalog_(catalog.get()), schemas_(std::move(schemas)) {
  ModelBuilder(*this).build();
}

const Table* Model::table(const catalog::Relation* relation) const {
  auto it = by_relation_.find(relation);
  return it == by_relation_.end() ? nullptr : it->second;
}

const Scalar* Model::scalar_named(std::string_view name) const {
  for (const Scalar& scalar : scalars_)
    if (scalar.name == name) return &scalar;
  return nullptr;
}

}  // namespace trestle::graphql
