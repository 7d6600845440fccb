#include "rest/nested_rows.h"

#include <algorithm>

#include "base/json.h"
#include "encode/json_cell.h"
#include "rest/sql.h"

namespace trestle::rest {
namespace {

// As jsonb keeps its members: short names first, then by their bytes; of equal
// names the last one.
template <class Members>
void sort_as_jsonb(Members& members) {
  std::stable_sort(members.begin(), members.end(),
                   [](const auto& a, const auto& b) {
                     if (a.name.size() != b.name.size())
                       return a.name.size() < b.name.size();
                     return a.name < b.name;
                   });
  for (std::size_t i = 0; i + 1 < members.size();)
    if (members[i].name == members[i + 1].name)
      members.erase(members.begin() + static_cast<std::ptrdiff_t>(i));
    else
      ++i;
}

}  // namespace

NestedRows::NestedRows(const ReadNode& root) {
  std::size_t cell = 0;
  add_level(root, cell, false);
  for (const ReadNode& child : root.children) {
    if (!child.joined || child.to_one) continue;
    row_cell_ = cell + child.via->columns.size();
    cell = row_cell_ + 1;
    std::size_t mark = cell++;
    many_ = add_level(child, cell, true);
    levels_[static_cast<std::size_t>(many_)].mark = mark;
  }
}

int NestedRows::add_level(const ReadNode& node, std::size_t& cell,
                          bool embedded) {
  std::size_t at = levels_.size();
  levels_.emplace_back();
  auto add = [&](std::string_view name, std::size_t place, int level) {
    Member member{
        .name = std::string(name), .key = {}, .cell = place, .level = level};
    append_json_string(member.key, name);
    member.key += embedded ? ": " : ":";
    levels_[at].members.push_back(std::move(member));
  };
  for (const SelectColumn& column : node.columns)
    add(column.output.empty() ? column.field.name : column.output, cell++, -1);
  for (const ReadNode& child : node.children) {
    if (!is_shown(child)) continue;
    if (child.joined && !child.to_one) {
      add(child.output, 0, 0);  // the root itself: a place for many rows
      continue;
    }
    std::size_t mark = cell++;
    int level = -1;
    if (child.joined) {
      level = add_level(child, cell, true);
      levels_[static_cast<std::size_t>(level)].mark = mark;
    }
    add(child.output, mark, level);
  }
  if (embedded) {
    levels_[at].joint = ", ";
    sort_as_jsonb(levels_[at].members);
  }
  return static_cast<int>(at);
}

void NestedRows::on_columns(std::span<const ResultColumn> columns) {
  types_.clear();
  for (const ResultColumn& column : columns)
    types_.push_back(encode::column_type(column.type));
}

void NestedRows::append_member(std::span<const Cell> cells,
                               const Member& member, std::string& out) {
  out += member.key;
  if (member.level < 0) {
    encode::append_json_cell(out, types_[member.cell], cells[member.cell],
                             scratch_);
    return;
  }
  const Level& level = levels_[static_cast<std::size_t>(member.level)];
  if (cells[level.mark] == "t")
    append_level(cells, level, out);
  else
    out += "null";
}

void NestedRows::append_level(std::span<const Cell> cells, const Level& level,
                              std::string& out) {
  out.push_back('{');
  bool first = true;
  for (const Member& member : level.members) {
    if (!first) out += level.joint;
    first = false;
    append_member(cells, member, out);
  }
  out.push_back('}');
}

void NestedRows::append_object(std::span<const Cell> cells, std::string& out) {
  append_level(cells, levels_[0], out);
}

void NestedRows::open_object(std::span<const Cell> cells, std::string& out) {
  row_ = cells[row_cell_];
  has_children_ = false;
  tail_.clear();
  std::string* part = &out;
  part->push_back('{');
  bool first = true;
  for (const Member& member : levels_[0].members) {
    if (!first) part->push_back(',');
    first = false;
    if (member.level == 0) {
      *part += member.key;
      *part += "[";
      part = &tail_;
    } else {
      append_member(cells, member, *part);
    }
  }
  tail_.push_back('}');
  add_child(cells, out);
}

void NestedRows::add_child(std::span<const Cell> cells, std::string& out) {
  const Level& many = levels_[static_cast<std::size_t>(many_)];
  if (cells[many.mark] != "t") return;
  if (has_children_) out += ", ";
  has_children_ = true;
  append_level(cells, many, out);
}

void NestedRows::close_object(std::string& out) {
  out.push_back(']');
  out += tail_;
}

}  // namespace trestle::rest
