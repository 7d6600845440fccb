// The statement of a query's only field.
#include <algorithm>
#include <utility>

#include "graphql/plan_flat.h"

namespace trestle::graphql {

bool Planner::Flat::write(const Source& source, const ListArguments& arguments,
                          const Fields& fields, bool single) {
  add_level({.source = source,
             .arguments = arguments,
             .fields = fields,
             .single = single});
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    Level& level = levels_[i];
    std::size_t object = shape_object(level, 0, level.fields);
    shape_->levels[i].object = object;
  }
  place_cells();
  shape_->list = !single;
  p_.plan_.rows = shape_;
  return levels_.size() == 1 ? write_rows(levels_[0]) : write_tree();
}

bool Planner::Flat::write_tree() {
  bool first = true;
  for (Level& level : levels_) {
    if (!has_lists(level)) continue;
    sql_.raw(first ? Literal("with ") : Literal(", "));
    first = false;
    if (!write_shared(level)) return false;
  }
  for (Level& level : levels_) {
    sql_.raw(level.index == 0 ? Literal(" select ")
                              : Literal(" union all select "));
    if (!write_branch(level)) return false;
  }
  return true;
}

// Whether the rows of some list say the number of a row of the level.
bool Planner::Flat::is_numbered(const Level& level) const {
  const std::vector<std::size_t>& lists = shape_->levels[level.index].lists;
  return std::any_of(lists.begin(), lists.end(), [&](std::size_t list) {
    return levels_[list].by == nullptr;
  });
}

// The rows of a level that has lists.
bool Planner::Flat::write_shared(Level& level) {
  name_level(level);
  sql_.raw(" as materialized (");
  const bool is_lateral = level.parent && level.by == nullptr;
  const bool numbered = is_numbered(level);
  if (is_lateral || numbered) {
    int outer = ++p_.aliases_;
    sql_.raw("select ");
    if (numbered) sql_.raw("row_number() over () as \"n\", ");
    if (is_lateral) {
      name_level(levels_[*level.parent]);
      sql_.raw(".\"n\" as \"up\", ");
    }
    p_.alias(outer);
    sql_.raw(".* from ");
    if (!write_table(level, [&] { p_.alias(outer); })) return false;
  } else if (!write_rows(level)) {
    return false;
  }
  sql_.raw(")");
  return true;
}

// The rows of a level as a table.
bool Planner::Flat::write_table(Level& level, const Name& name) {
  if (level.parent && level.by == nullptr) {
    name_level(levels_[*level.parent]);
    sql_.raw(" cross join lateral ");
  }
  sql_.raw("(");
  if (!write_rows(level)) return false;
  sql_.raw(") as ");
  name();
  return true;
}

// The rows of a level among those of all.
bool Planner::Flat::write_branch(Level& level) {
  int alias = ++p_.aliases_;
  const bool shared = has_lists(level);
  auto name = [&] {
    if (shared)
      name_level(level);
    else
      p_.alias(alias);
  };
  sql_.number(static_cast<std::int64_t>(level.index));
  for (std::size_t i = 1; i < columns_.size(); ++i) {
    sql_.raw(", ");
    if (level.shown[i].empty()) {
      write_null(columns_[i]);
    } else if (level.shown[i] == "up" && !shared && level.by == nullptr) {
      name_level(levels_[*level.parent]);
      sql_.raw(".\"n\"");
    } else {
      name();
      sql_.raw(".").ident(level.shown[i]);
    }
  }
  sql_.raw(" from ");
  if (!shared) return write_table(level, name);
  name();
  return true;
}

void Planner::Flat::write_null(Oid type) {
  sql_.raw("null::");
  switch (type) {
    case catalog::oid::kJson:
      sql_.raw("json");
      return;
    case catalog::oid::kJsonb:
      sql_.raw("jsonb");
      return;
    case catalog::oid::kInt8:
      sql_.raw("int8");
      return;
    case catalog::oid::kBool:
      sql_.raw("bool");
      return;
    case catalog::oid::kText:
      sql_.raw("text");
      return;
    default:
      p_.write_type(*p_.role_.model().catalog().type(type));
  }
}

// The select of one level. Behind OFFSET, PostgreSQL keeps it apart from what
// is around it: it is asked for each row, by its key.
bool Planner::Flat::write_rows(Level& level) {
  int outer = std::exchange(
      p_.list_, level.parent ? levels_[*level.parent].list : p_.list_);
  auto select = [&] {
    level.list = p_.list_;
    return write_select(level);
  };
  bool ok = level.single ? select() : p_.in_list(level.arguments, select);
  p_.list_ = outer;
  if (level.parent && level.by == nullptr && level.arguments.offset == nullptr)
    sql_.raw(" offset 0");
  return ok;
}

bool Planner::Flat::write_select(Level& level) {
  for (Joint& joint : level.joints) joint.alias = ++p_.aliases_;
  sql_.raw("select ");
  Row row = row_of(level.joints[0]);
  row.whole = level.source.whole;
  if (!p_.write_distinct(level.arguments, row)) return false;
  Literal joint = "";
  for (std::size_t i = 0; i < level.cells.size(); ++i) {
    sql_.raw(std::exchange(joint, Literal(", ")));
    if (!write_cell(level, level.cells[i])) return false;
    sql_.raw(" as ").ident(numbered("c", i + 1));
  }
  auto write_column = [&](const catalog::Column& column) {
    sql_.raw(std::exchange(joint, Literal(", ")));
    p_.write_reference(row, column);
    sql_.raw(" as ");
  };
  for (std::size_t i = 0; i < level.keys.size(); ++i) {
    write_column(*level.keys[i]);
    sql_.ident(numbered("k", i + 1));
  }
  if (level.by != nullptr) {
    write_column(*level.source.grouped_by);
    sql_.raw("\"up\"");
  } else if (level.cells.empty() && level.keys.empty()) {
    sql_.raw("null");
  }
  level.source.joins = [&] { write_joins(level); };
  return p_.write_tail(level.source, level.arguments, row, level.single);
}

bool Planner::Flat::write_cell(const Level& level, const Cell& cell) {
  const Joint& joint = level.joints[cell.joint];
  if (cell.field == nullptr) {
    // Columns that a join compares are not NULL.
    p_.write_reference(row_of(joint), *joint.via->columns[0].second);
    sql_.raw(" is not null");
    return true;
  }
  Row row = row_of(joint);
  if (cell.joint == 0) row.whole = level.source.whole;
  if (cell.form == Cell::Form::json) sql_.raw("to_json(");
  if (!p_.write_member(*cell.field, row)) return false;
  if (cell.form == Cell::Form::json) sql_.raw(")");
  return true;
}

void Planner::Flat::write_joins(const Level& level) {
  for (const Joint& joint : level.joints) {
    if (joint.via == nullptr) continue;
    const catalog::Relation& to = *joint.table->table->relation;
    sql_.raw(" left join ").qualified(to.schema, to.name).raw(" as ");
    p_.alias(joint.alias);
    for (const auto& [here, there] : joint.via->columns) {
      bool first = here == joint.via->columns.front().first;
      sql_.raw(first ? Literal(" on ") : Literal(" and "));
      p_.write_reference(row_of(joint), *there);
      sql_.raw(" = ");
      p_.write_reference(row_of(level.joints[joint.from]), *here);
    }
  }
}

bool Planner::write_flat(const Source& source, const ListArguments& arguments,
                         const Fields& fields, bool single) {
  return Flat(*this).write(source, arguments, fields, single);
}

}  // namespace trestle::graphql
