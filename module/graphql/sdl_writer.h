// Writes what fields of a schema file's objects answer into a statement: rows
// of SQL files, relationships, columns and JSON. One value is one subselect, so
// that a list of a hundred rows is no hundred statements.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/frontend.h"
#include "graphql/collect.h"
#include "graphql/model.h"
#include "graphql/sdl_schema.h"
#include "sql/sql_writer.h"

namespace trestle::graphql {

struct SdlPlanContext {
  const SdlSchema& sdl;
  const CollectContext& collect;
  const Exchange& exchange;
  const Model* model;  // null: no type stands for a table
};

// The text of an argument as a parameter; nullopt: not given. Lists of scalars
// are PostgreSQL's arrays, objects JSON.
[[nodiscard]] Param sdl_argument(const CollectContext& context,
                                 const CollectedField& field,
                                 const InputValue& input);

// One for each operation. Methods that can refuse answer false and leave the
// reason in error().
class SdlWriter {
 public:
  explicit SdlWriter(const SdlPlanContext& context) : context_(context) {}

  // Where the next texts go; it must outlive them.
  void write_to(SqlWriter& sql) { sql_ = &sql; }

  // The text of the file that a root field is bound to.
  [[nodiscard]] bool write_root_file(const CollectedField& field,
                                     const BoundSql& sql) {
    return write_file(field, sql, nullptr);
  }
  // The value of a field: `from` writes what stands behind FROM.
  [[nodiscard]] bool write_value(const CollectedField& field,
                                 const std::function<bool()>& from) {
    return write_rows(field, from);
  }

  [[nodiscard]] const std::optional<GraphqlError>& error() const {
    return error_;
  }

 private:
  // A row in scope.
  struct Row {
    int alias = 0;
    bool json = false;  // its one column "v" is a JSON object
    const Type* type = nullptr;
  };
  using Text = std::function<bool()>;

  bool values_of(const CollectedField& field, const BoundSql& sql,
                 std::vector<Param>& out);
  bool write_file(const CollectedField& field, const BoundSql& sql,
                  const Row* around);
  // `where` writes the condition of the rows, if there is one.
  bool write_rows(const CollectedField& field, const Text& from,
                  const std::function<void(const Row&)>& where = nullptr);
  bool write_leaves(const CollectedField& field, const Row& row,
                    const Text& from);
  // (select json of the rows from (select the row's members TAIL)).
  bool write_objects(const CollectedField& field, const Row& row, bool list,
                     const Text& tail);
  bool write_by_type(const CollectedField& field, const Row& row);
  bool write_members(const CollectedField& field, const Row& row);
  bool write_member(const CollectedField& field, const Row& row);
  bool write_relationship(const CollectedField& field, const Row& row);
  bool write_json_member(const CollectedField& field, const Row& row);
  void write_reference(const Row& row, std::string_view name);
  void write_scalar(const CollectedField& field, const Row& row,
                    std::string_view name);
  void write_type_name(const Row& row);
  SqlWriter& alias(int n);
  bool fail(std::string message, std::string_view code = code::kValidation);

  const SdlPlanContext& context_;
  SqlWriter* sql_ = nullptr;
  std::optional<GraphqlError> error_;
  int aliases_ = 0;
};

}  // namespace trestle::graphql
