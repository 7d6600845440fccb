// Gathers the rows of a flat statement and writes them as one JSON value.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "encode/type_kind.h"
#include "graphql/row_shape.h"
#include "sql/row_sink.h"

namespace trestle::graphql {

class RowTree {
 public:
  explicit RowTree(std::shared_ptr<const RowShape> shape);

  void on_columns(std::span<const ResultColumn> columns);
  void on_row(std::span<const Cell> cells);
  // All rows have come. Once only.
  void append_to(std::string& out);

 private:
  // An object in the text of its level; where its lists belong, it is cut.
  struct Row {
    std::size_t parent;  // Cut::parent of a row of the level around
    std::size_t begin, end;
    std::size_t cuts;  // the first of them
  };
  struct Cut {
    std::size_t at;
    // What the list's rows have in common: the number of this row as it has
    // come, from 1, or what stands for its key. No key, no rows.
    std::optional<std::size_t> parent;
  };
  struct Level {
    std::string text;
    std::vector<Row> rows;
    std::vector<Cut> cuts;
    std::size_t next = 0;  // behind what was written last
    // Of keys that are no numbers: what stands for each.
    std::unordered_map<std::string, std::size_t> keys;
  };

  void append_object(std::span<const Cell> cells,
                     const RowShape::Object& object, Level& level);
  void append_member(std::span<const Cell> cells,
                     const RowShape::Member& member, Level& level);
  std::optional<std::size_t> parent_of(std::size_t list, Cell key);
  void write_row(std::size_t level, const Row& row, std::string& out);
  void write_list(std::size_t level, std::size_t parent, std::string& out);
  static void seek(Level& level, std::size_t parent);

  std::shared_ptr<const RowShape> shape_;
  std::vector<Level> levels_;
  std::vector<encode::ColumnType> types_;
  std::string scratch_;
};

}  // namespace trestle::graphql
