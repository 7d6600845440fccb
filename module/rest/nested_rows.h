// The rows of a nested read's flat join (sql_nested.cc) as nested JSON, byte
// for byte what json_agg() makes of rows that hold jsonb: the members of what
// is embedded are sorted, with blanks behind colons and commas. Cells come in
// one order: a level's columns, then each child's; a joined child's begin with
// a mark of its being there. A child of many rows is the last of all, behind
// the root's keys and the number of the root's row: rows with one number are
// one row of the root.
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

  // Rows are gathered until the end, as any of them may still get children.
  [[nodiscard]] bool gathers() const { return many_ >= 0; }
  // Appends the object of a row when rows are not gathered, else keeps it.
  void on_row(std::span<const Cell> cells, std::string& out);

  // How many rows were gathered, and the object of one of them.
  [[nodiscard]] std::size_t gathered() const { return kept_.size(); }
  void append_kept(std::size_t row, std::string& out) const;

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
  // One row of the root while its children come.
  struct Kept {
    std::string head;  // up to the children's array
    std::string items;
    std::string tail;
  };

  int add_level(const ReadNode& node, std::size_t& cell, bool embedded);
  void append_level(std::span<const Cell> cells, const Level& level,
                    std::string& out);
  void append_member(std::span<const Cell> cells, const Member& member,
                     std::string& out);
  void keep(std::span<const Cell> cells, Kept& kept);

  std::vector<Level> levels_;  // the root is the first
  int many_ = -1;              // the level of many rows
  std::size_t row_cell_ = 0;   // the number of the root's row
  std::vector<encode::ColumnType> types_;
  std::vector<Kept> kept_;
  std::string scratch_;
};

}  // namespace trestle::rest
