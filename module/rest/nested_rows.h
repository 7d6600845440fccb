// The rows of a nested read's flat join (sql_nested.cc) as nested JSON, byte
// for byte what json_agg() makes of rows that hold jsonb: the members of what
// is embedded are sorted, with blanks behind colons and commas. Cells come in
// one order: a level's columns, then each child's; a joined child's begin with
// a mark of its being there. A child of many rows is the last of all, behind
// the root's keys and the number of the root's row: rows with one number follow
// one another and are one row of the root.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "encode/type_kind.h"
#include "rest/plan.h"
#include "sql/row_sink.h"

namespace trestle::rest {

class NestedRows {
 public:
  NestedRows() = default;
  // Of a plan whose `nested` is set. Borrows nothing.
  explicit NestedRows(const ReadNode& root);

  void on_columns(std::span<const ResultColumn> columns);

  // Appends the object of a row, when each is one row of the root.
  void append_object(std::span<const Cell> cells, std::string& out);

  // Otherwise an object is opened, gets more children, and is closed.
  [[nodiscard]] bool has_many() const { return many_ >= 0; }
  // Whether the row is of the same row of the root as the one before.
  [[nodiscard]] bool continues(std::span<const Cell> cells) const {
    return !row_.empty() && cells[row_cell_] == row_;
  }
  void open_object(std::span<const Cell> cells, std::string& out);
  void add_child(std::span<const Cell> cells, std::string& out);
  void close_object(std::string& out);
  // Nothing is written of the root's row that begins here.
  void skip(std::span<const Cell> cells) { row_ = cells[row_cell_]; }

 private:
  struct Member {
    std::string name;
    std::string key;  // "name":
    std::size_t cell = 0;
    int level = -1;  // of a joined child
  };
  struct Level {
    std::vector<Member> members;
    std::size_t mark = 0;
    std::string_view joint = ",";
  };
  int add_level(const ReadNode& node, std::size_t& cell, bool embedded);
  void append_level(std::span<const Cell> cells, const Level& level,
                    std::string& out);
  void append_member(std::span<const Cell> cells, const Member& member,
                     std::string& out);

  std::vector<Level> levels_;  // the root is the first
  int many_ = -1;              // the level of many rows
  std::size_t row_cell_ = 0;   // the number of the root's row
  std::vector<encode::ColumnType> types_;
  // Of the object that is open: the root's row, whether it has children, what
  // follows them.
  std::string row_;
  bool has_children_ = false;
  std::string tail_;
  std::string scratch_;
};

}  // namespace trestle::rest
