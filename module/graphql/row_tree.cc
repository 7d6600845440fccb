#include "graphql/row_tree.h"

#include <algorithm>
#include <charconv>

#include "encode/json_cell.h"

namespace trestle::graphql {
namespace {

std::size_t to_number(Cell cell) {
  std::int64_t number = 0;
  std::from_chars(cell.data(), cell.data() + cell.size(), number);
  return static_cast<std::size_t>(number);
}

}  // namespace

RowTree::RowTree(std::shared_ptr<const RowShape> shape)
    : shape_(std::move(shape)), levels_(shape_->levels.size()) {}

void RowTree::on_columns(std::span<const ResultColumn> columns) {
  types_.clear();
  for (const ResultColumn& column : columns)
    types_.push_back(encode::column_type(column.type));
}

void RowTree::on_row(std::span<const Cell> cells) {
  const std::size_t at = levels_.size() > 1 ? to_number(cells[0]) : 0;
  const std::optional<std::size_t>& up = shape_->levels[at].up;
  const std::size_t parent = up ? parent_of(at, cells[*up]).value_or(0) : 0;
  Level& level = levels_[at];
  Row row{.parent = parent,
          .begin = level.text.size(),
          .end = 0,
          .cuts = level.cuts.size()};
  append_object(cells, shape_->objects[shape_->levels[at].object], level);
  row.end = level.text.size();
  level.rows.push_back(row);
}

// `key` as the rows of a list say it, or the row that they belong to.
std::optional<std::size_t> RowTree::parent_of(std::size_t list, Cell key) {
  if (is_null(key)) return std::nullopt;
  if (types_[*shape_->levels[list].up].kind == encode::TypeKind::number)
    return to_number(key);
  auto& keys = levels_[list].keys;
  return keys.emplace(key, keys.size()).first->second;
}

void RowTree::append_object(std::span<const Cell> cells,
                            const RowShape::Object& object, Level& level) {
  level.text.push_back('{');
  for (const RowShape::Member& member : object.members) {
    if (&member != &object.members.front()) level.text.push_back(',');
    append_member(cells, member, level);
  }
  level.text.push_back('}');
}

void RowTree::append_member(std::span<const Cell> cells,
                            const RowShape::Member& member, Level& level) {
  std::string& out = level.text;
  out.append(member.key);
  if (member.cell) {
    encode::append_json_cell(out, types_[*member.cell], cells[*member.cell],
                             scratch_);
  } else if (member.object) {
    const RowShape::Object& object = shape_->objects[*member.object];
    if (cells[*object.mark] == "t")
      append_object(cells, object, level);
    else
      out.append("null");
  } else if (member.level) {
    const std::optional<std::size_t>& key = shape_->levels[*member.level].key;
    level.cuts.push_back(
        {out.size(), key ? parent_of(*member.level, cells[*key])
                         : std::optional(level.rows.size() + 1)});
  }
}

void RowTree::append_to(std::string& out) {
  std::size_t bytes = 0;
  for (Level& level : levels_) {
    bytes += level.text.size() + level.rows.size() + 2;
    auto before = [](const Row& a, const Row& b) {
      return a.parent < b.parent;
    };
    if (!std::is_sorted(level.rows.begin(), level.rows.end(), before))
      std::stable_sort(level.rows.begin(), level.rows.end(), before);
  }
  out.reserve(out.size() + bytes);
  if (shape_->list)
    write_list(0, 0, out);
  else if (levels_[0].rows.empty())
    out.append("null");
  else
    write_row(0, levels_[0].rows[0], out);
}

// To the first row of that parent: nearly always the next one.
void RowTree::seek(Level& level, std::size_t parent) {
  const std::vector<Row>& rows = level.rows;
  if (level.next < rows.size() && rows[level.next].parent == parent) return;
  auto before = [](const Row& row, std::size_t number) {
    return row.parent < number;
  };
  level.next = static_cast<std::size_t>(
      std::lower_bound(rows.begin(), rows.end(), parent, before) -
      rows.begin());
}

void RowTree::write_list(std::size_t index, std::size_t parent,
                         std::string& out) {
  Level& level = levels_[index];
  seek(level, parent);
  out.push_back('[');
  for (bool first = true; level.next < level.rows.size() &&
                          level.rows[level.next].parent == parent;
       first = false) {
    if (!first) out.push_back(',');
    write_row(index, level.rows[level.next++], out);
  }
  out.push_back(']');
}

void RowTree::write_row(std::size_t index, const Row& row, std::string& out) {
  const Level& level = levels_[index];
  const std::vector<std::size_t>& lists = shape_->levels[index].lists;
  std::size_t from = row.begin;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const Cut& cut = level.cuts[row.cuts + i];
    out.append(level.text, from, cut.at - from);
    if (cut.parent)
      write_list(lists[i], *cut.parent, out);
    else
      out.append("[]");
    from = cut.at;
  }
  out.append(level.text, from, row.end - from);
}

}  // namespace trestle::graphql
