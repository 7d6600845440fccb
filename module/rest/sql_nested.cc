// A nested read as one flat join. Columns come in the order of nested_rows.h: a
// level's own, then each child's, a joined one's with a mark before that says
// whether it is there.
//
// A child of many rows is joined outside of the root's level, which then has a
// number for each of its rows: order and window are the root's alone.
#include "rest/sql.h"

namespace trestle::rest {
namespace {

constexpr std::string_view kRoot = "_trestle_root";
constexpr std::string_view kRow = "_trestle_row";

std::string numbered(std::string_view word, std::size_t number) {
  return concat({word, std::to_string(number)});
}

class NestedList {
 public:
  explicit NestedList(SqlWriter& sql) : sql_(sql) {}

  void write_root(const ReadNode& root) {
    if (!root.asides.empty()) {
      next();
      write_asides(sql_, root);
    }
    write(root);
  }

  void write(const ReadNode& node) {
    for (const SelectColumn& column : node.columns) {
      next();
      write_column_value(sql_, node, column);
      name();
    }
    for (const ReadNode& child : node.children) {
      if (!is_shown(child)) continue;
      if (!child.joined) {
        next();
        write_child_value(sql_, child);
        name();
      } else if (child.to_one) {
        write_joined_level(child);
      }
    }
  }

  // The mark, then the level itself. Columns that a join compares are not NULL.
  void write_joined_level(const ReadNode& child) {
    next();
    sql_.ident(child.alias).raw(".").ident(child.via->columns[0].second);
    sql_.raw(" is not null");
    name();
    write(child);
  }

  void write_keys(const ReadNode& node, const catalog::ColumnPairs& columns) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      next();
      sql_.ident(node.alias).raw(".").ident(columns[i].first);
      sql_.raw(" as ").ident(numbered("_trestle_key", i));
    }
  }

 private:
  void next() {
    if (place_++ > 0) sql_.raw(", ");
  }
  void name() { sql_.raw(" as ").ident(numbered("c", place_)); }

  SqlWriter& sql_;
  std::size_t place_ = 0;
};

const ReadNode* many_child(const ReadNode& root) {
  for (const ReadNode& child : root.children)
    if (child.joined && !child.to_one) return &child;
  return nullptr;
}

}  // namespace

void write_nested(SqlWriter& sql, const ReadNode& root) {
  const ReadNode* many = many_child(root);
  if (many == nullptr) {
    sql.raw("select ");
    NestedList(sql).write_root(root);
    write_rows_of(sql, root);
    return;
  }
  const catalog::ColumnPairs& columns = many->via->columns;
  sql.raw("select ").ident(kRoot).raw(".*, ");
  NestedList(sql).write_joined_level(*many);
  sql.raw(" from (select ").ident("_trestle_level").raw(".*, row_number() ");
  sql.raw("over () as ").ident(kRow).raw(" from (select ");
  NestedList list(sql);
  list.write_root(root);
  list.write_keys(root, columns);
  write_rows_of(sql, root);
  sql.raw(") as ").ident("_trestle_level").raw(") as ").ident(kRoot);
  catalog::ColumnPairs keys;
  for (std::size_t i = 0; i < columns.size(); ++i)
    keys.emplace_back(numbered("_trestle_key", i), columns[i].second);
  write_joined(sql, *many, kRoot, keys);
  // A root's rows behind one another: each is whole when the next one begins.
  sql.raw(" order by ").ident(kRoot).raw(".").ident(kRow).raw(", ");
  if (many->order.empty())
    sql.ident(many->alias).raw(".ctid");
  else
    write_order_terms(sql, *many);
}

}  // namespace trestle::rest
