#include "base/text.h"
#include "pages/machine.h"
#include "pages/unicode.h"

namespace trestle::pages {

bool Machine::iterate(const Value& v, Cursor& cursor) {
  switch (v.kind) {
    case Kind::string:
    case Kind::list:
    case Kind::tuple:
    case Kind::dict:
    case Kind::range:
    case Kind::iterator:
    case Kind::view:
    case Kind::rows:
    case Kind::row:
    case Kind::undefined:
    case Kind::loop:
    case Kind::stream:
      cursor = {v, 0};
      return true;
    default:
      fail("TypeError",
           concat({"'", type_name(v), "' object is not iterable"}));
      return false;
  }
}

bool Machine::next(Cursor& cursor, Value& item) {
  const Value& v = cursor.source;
  std::size_t at = cursor.position;
  switch (v.kind) {
    case Kind::list:
    case Kind::tuple:
      if (at >= v.list->size) return false;
      item = v.list->items[at];
      break;
    case Kind::rows:
      if (at >= v.rows->count) return false;
      item = row_value(v.rows, at);
      break;
    case Kind::stream:
      // What stands in front of a row that is yet to come need not wait for it.
      if (!v.stream->is_ready()) flush();
      if (failed()) return false;
      if (!v.stream->next(item)) {
        if (v.stream->is_left()) stopped_ = true;
        return false;
      }
      break;
    case Kind::dict:
      if (at >= v.dict->size) return false;
      item = v.dict->entries[at].key;
      break;
    case Kind::row:
      if (at >= v.rows->columns.size()) return false;
      item = string(v.rows->columns[at].name);
      break;
    case Kind::range:
      if (at >= static_cast<std::size_t>(v.range->length)) return false;
      item = integer(v.range->at(static_cast<std::int64_t>(at)));
      break;
    case Kind::iterator:
      if (v.iterator->next >= v.iterator->items->size) return false;
      item = v.iterator->items->items[v.iterator->next++];
      break;
    case Kind::view: {
      if (at >= v.view->dict->size) return false;
      const Dict::Entry& entry = v.view->dict->entries[at];
      if (v.view->part == View::Part::items) {
        List* pair = new_list(arena_, 2);
        pair->push(arena_, entry.key);
        pair->push(arena_, entry.value);
        item = list_of(pair, Kind::tuple);
      } else {
        item = v.view->part == View::Part::keys ? entry.key : entry.value;
      }
      break;
    }
    case Kind::string: {
      if (at >= v.size) return false;
      std::size_t end = at;
      (void)unicode::next(v.text(), end);
      item = string(v.text().substr(at, end - at));
      cursor.position = end;
      return true;
    }
    default:
      return false;
  }
  cursor.position++;
  return true;
}

std::int64_t Machine::length(const Value& v) {
  switch (v.kind) {
    case Kind::string:
      return static_cast<std::int64_t>(unicode::length(v.text()));
    case Kind::list:
    case Kind::tuple:
      return v.list->size;
    case Kind::dict:
      return v.dict->size;
    case Kind::range:
      return v.range->length;
    case Kind::view:
      return v.view->dict->size;
    case Kind::rows:
      return static_cast<std::int64_t>(v.rows->count);
    case Kind::row:
      return static_cast<std::int64_t>(v.rows->columns.size());
    case Kind::undefined:
      return 0;
    case Kind::loop:
      return v.loop->length;
    default:
      return -1;
  }
}

List* Machine::to_list(const Value& v) {
  Cursor cursor;
  if (!iterate(v, cursor)) return nullptr;
  std::int64_t known = length(v);
  if (v.is(Kind::stream)) v.stream->keep();
  List* items =
      new_list(arena_, known > 0 ? static_cast<std::size_t>(known) : 0);
  if (known > 0 && !charge(static_cast<std::uint64_t>(known))) return nullptr;
  Value item;
  while (next(cursor, item)) items->push(arena_, item);
  return failed() || !charge(items->size) ? nullptr : items;
}

Dict* Machine::row_dict(const Value& row) {
  Dict* dict = arena_.make<Dict>();
  for (std::size_t i = 0; i < row.rows->columns.size(); i++)
    dict->set(arena_, row.rows->columns[i].name, cell(*row.rows, row.size, i));
  return dict;
}

Value Machine::cell(const Rows& rows, std::size_t row, std::size_t column) {
  return cell_value(arena_, rows.cell(row, column), rows.columns[column].type);
}

}  // namespace trestle::pages
