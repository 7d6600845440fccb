// The only field of a query as rows of plain columns, which become JSON here
// (row_tree.h): PostgreSQL then neither makes JSON nor copies it from level to
// level. An object by a unique key is joined to the row that it belongs to. A
// list inside of rows has rows of its own:
//
//   with "l0" as materialized (
//     select row_number() over () as "n", t.* from (select ...) as t)
//   select 0, null::int8, "l0"."c1" from "l0"
//   union all
//   select 1, "l0"."n", t."c1" from "l0" cross join lateral (
//     select ... where there.key = "l0"."k1" ... offset 0) as t
//
// so that nothing comes twice, however many lists a row has. The first column
// tells the level; the others hold what each level has of their type. Where
// nothing cuts the lists off, and one plain column leads to their rows, these
// come for all keys at once, and say the key in place of a number:
//
//   select 1, t."up", t."c1" from (
//     select there.key as "up", ... where there.key = any(array(
//       select "l0"."k1" from "l0")) order by there.key, ...) as t
//
// What fits neither (aggregates, computed rows, values without a text form) is
// JSON in its cell.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/text.h"
#include "graphql/planner.h"

namespace trestle::graphql {

// Made for one field. What there is becomes known first (plan_flat.cc): levels,
// what is joined to them, their cells. Then it is written (plan_flat_sql.cc).
class Planner::Flat {
 public:
  explicit Flat(Planner& planner) : p_(planner), sql_(planner.sql_) {}

  bool write(const Source& source, const ListArguments& arguments,
             const Fields& fields, bool single);

 private:
  // A table of a level's rows: the level's own, or one joined to it.
  struct Joint {
    const RoleTable* table = nullptr;
    const Relationship* via = nullptr;  // null: the level's own
    std::size_t from = 0;               // the joint that it starts at
    int alias = 0;
  };
  struct Cell {
    const CollectedField* field = nullptr;  // null: whether the joint is there
    std::size_t joint = 0;
    Oid type = 0;
    enum class Form { plain, json } form = Form::plain;
  };
  struct Level {
    std::size_t index = 0;
    std::optional<std::size_t> parent = {};
    Source source = {};
    ListArguments arguments = {};
    Fields fields = {};
    bool single = false;
    std::vector<Joint> joints = {};
    std::vector<Cell> cells = {};
    std::vector<const catalog::Column*> keys = {};  // that its lists compare
    bool shows_keys = false;                        // behind its cells
    // Of a list whose rows say a key: the columns that hold it.
    const Relationship* by = nullptr;
    int list = -1;  // as Planner::list_
    // Of each column of the answer what it holds in the level's rows: the name
    // of a column of theirs; "": nothing.
    std::vector<std::string> shown = {};
  };

  // --- what there is
  std::size_t add_level(Level level);
  std::size_t shape_object(Level& level, std::size_t joint,
                           const Fields& fields);
  RowShape::Member shape_member(Level& level, std::size_t joint,
                                const CollectedField& field);
  std::size_t add_list(Level& level, const Relationship& relationship,
                       const CollectedField& field, Fields fields);
  [[nodiscard]] bool is_keyed(const Relationship& relationship,
                              const ListArguments& arguments) const;
  Source list_source(const Level& level, const Relationship& relationship);
  Source keyed_source(const Level& level, const Relationship& relationship);
  // Its place among the keys; behind them when it is none.
  static std::size_t key_of(const Level& level, const catalog::Column* column);
  [[nodiscard]] bool can_join(const Relationship& relationship,
                              const Fields& fields) const;
  std::size_t add_cell(Level& level, Cell cell);
  [[nodiscard]] Cell cell_of(const CollectedField& field) const;
  void place_cells();
  void place_level(Level& level);
  std::size_t place(Level& level, Oid type, std::string name);
  [[nodiscard]] static bool is_key(const Cell& cell,
                                   const catalog::Column& key);
  [[nodiscard]] bool has_lists(const Level& level) const {
    return !shape_->levels[level.index].lists.empty();
  }

  // --- what is written
  using Name = std::function<void()>;
  bool write_tree();
  bool write_shared(Level& level);
  [[nodiscard]] bool is_numbered(const Level& level) const;
  bool write_branch(Level& level);
  bool write_table(Level& level, const Name& name);
  bool write_rows(Level& level);
  bool write_select(Level& level);
  bool write_cell(const Level& level, const Cell& cell);
  void write_joins(const Level& level);
  void write_null(Oid type);
  void write_key(const Level& level, const catalog::Column* column);
  void name_level(const Level& level) {
    sql_.ident(numbered("l", level.index));
  }
  // A name of its place: "c1".
  static std::string numbered(std::string_view word, std::size_t number) {
    return concat({word, std::to_string(number)});
  }
  [[nodiscard]] Row row_of(const Joint& joint) const {
    return {.alias = joint.alias, .table = joint.table, .whole = true};
  }

  Planner& p_;
  SqlWriter& sql_;
  std::shared_ptr<RowShape> shape_ = std::make_shared<RowShape>();
  std::deque<Level> levels_;
  std::vector<Oid> columns_;   // of the answer
  std::deque<Fields> fields_;  // of objects that are joined
};

}  // namespace trestle::graphql
