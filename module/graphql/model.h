// What a catalog means in GraphQL, for all roles: names of tables, columns,
// relationships, computed fields and functions after the naming rule and the
// comments (docs/graphql.md). Built once per catalog and list of exposed
// schemas; immutable then. It does not keep its catalog: whoever uses the model
// holds that, so that a worker without requests does not keep an old one.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "catalog/catalog.h"

namespace trestle::graphql {

// How values of a PostgreSQL type look in GraphQL.
struct Scalar {
  enum class Family : std::uint8_t {
    plain,
    number,  // has sum and avg
    text,    // has _like and its kind
    json,    // json: no comparison
    jsonb,
    geometry,
    geography,
    raster,
    ltree,
    tsvector,
    composite
  };

  std::string name;  // of the GraphQL scalar
  Family family = Family::plain;
  Oid oid = 0;           // of the PostgreSQL type, below all domains
  Oid array = 0;         // of its array type
  bool ordered = false;  // has min and max
  const catalog::Type* type = nullptr;
};

struct Table;

// A table whose rows are the values of a GraphQL enum.
struct EnumTable {
  std::string type_name;  // colors_enum
  const std::vector<catalog::EnumRow>* rows = nullptr;
};

struct Column {
  std::string name;
  std::optional<std::string> description;
  const catalog::Column* column = nullptr;
  const Scalar* scalar = nullptr;  // of an array: of its elements
  bool array = false;
  Oid oid = 0;  // of the column's type, below domains
  const EnumTable* enumeration = nullptr;
};

struct Relationship {
  std::string name;
  bool to_many = false;
  bool nullable = true;
  bool insert_after_parent = false;  // an object whose key is ours
  const Table* to = nullptr;
  // (here, there)
  std::vector<std::pair<const catalog::Column*, const catalog::Column*>>
      columns;
};

struct FunctionArgument {
  std::string name;  // in GraphQL
  const catalog::Parameter* parameter = nullptr;
  const Scalar* scalar = nullptr;  // null: the row or the session
  bool array = false;
  enum class Kind : std::uint8_t { value, row, session } kind = Kind::value;
};

struct Function {
  std::string name;   // base name
  std::string field;  // root field
  std::string aggregate_field;
  std::string description;
  const catalog::Function* function = nullptr;
  std::vector<FunctionArgument> arguments;  // in the order of parameters
  bool mutation = false;
  const Table* returns = nullptr;  // null: a scalar
  const Scalar* scalar = nullptr;
  bool scalar_array = false;

  [[nodiscard]] bool has_values() const {
    for (const FunctionArgument& argument : arguments)
      if (argument.kind == FunctionArgument::Kind::value) return true;
    return false;
  }
};

// A function of a row.
struct Computed {
  std::string name;
  std::string description;
  Function function;
};

struct Table {
  std::string name;  // base name of types and fields
  std::string description;
  const catalog::Relation* relation = nullptr;
  std::vector<Column> columns;
  std::vector<Relationship> relationships;
  std::vector<Computed> computed;
  const EnumTable* enumeration = nullptr;
  // Root fields.
  std::string select, select_by_pk, select_aggregate, select_stream, insert,
      insert_one, update, update_by_pk, update_many, delete_, delete_by_pk;

  [[nodiscard]] const Column* column_of(const catalog::Column* c) const {
    for (const Column& column : columns)
      if (column.column == c) return &column;
    return nullptr;
  }
};

class Model {
 public:
  Model(const catalog::CatalogRef& catalog, std::vector<std::string> schemas);

  [[nodiscard]] const catalog::Catalog& catalog() const { return *catalog_; }
  [[nodiscard]] bool is_of(const catalog::CatalogRef& catalog) const {
    return owner_.lock() == catalog;
  }
  [[nodiscard]] const std::deque<Table>& tables() const { return tables_; }
  [[nodiscard]] const std::deque<Function>& functions() const {
    return functions_;
  }
  [[nodiscard]] const std::deque<Scalar>& scalars() const { return scalars_; }
  [[nodiscard]] const std::deque<EnumTable>& enums() const { return enums_; }
  [[nodiscard]] const Table* table(const catalog::Relation* relation) const;
  // What was left out and why, for the log.
  [[nodiscard]] const std::vector<std::string>& warnings() const {
    return warnings_;
  }
  // The scalar of a type that is not an array; makes it when it is new.
  [[nodiscard]] const Scalar* scalar_named(std::string_view name) const;

 private:
  friend class ModelBuilder;

  std::weak_ptr<const catalog::Catalog> owner_;
  const catalog::Catalog* catalog_;
  std::vector<std::string> schemas_;
  std::deque<Table> tables_;
  std::deque<Function> functions_;
  std::deque<Scalar> scalars_;
  std::deque<EnumTable> enums_;
  std::unordered_map<const catalog::Relation*, Table*> by_relation_;
  std::vector<std::string> warnings_;
};

}  // namespace trestle::graphql
