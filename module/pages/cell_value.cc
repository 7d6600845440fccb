// What a cell of a result is to a template: its type's value, and arrays as
// lists.
#include <algorithm>
#include <charconv>
#include <string>

#include "pages/json_values.h"
#include "pages/value.h"

namespace trestle::pages {

namespace {

// Type OIDs of PostgreSQL's catalog (pg_type.dat).
enum : Oid {
  kBool = 16,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kOid = 26,
  kJson = 114,
  kFloat4 = 700,
  kFloat8 = 701,
  kNumeric = 1700,
  kJsonb = 3802,
};

// Element type of an array type, 0 for other types.
Oid element_type(Oid type) {
  switch (type) {
    case 1000:
      return kBool;
    case 1005:
      return kInt2;
    case 1007:
      return kInt4;
    case 1016:
      return kInt8;
    case 1021:
      return kFloat4;
    case 1022:
      return kFloat8;
    case 1231:
      return kNumeric;
    case 199:
      return kJson;
    case 3807:
      return kJsonb;
    case 1002:  // char[]
    case 1009:  // text[]
    case 1014:  // bpchar[]
    case 1015:  // varchar[]
    case 1003:  // name[]
    case 1115:  // timestamp[]
    case 1182:  // date[]
    case 1183:  // time[]
    case 1185:  // timestamptz[]
    case 2951:  // uuid[]
      return 25;
    default:
      return 0;
  }
}

// Array literals (PostgreSQL manual 8.15.6): {1,NULL,"a\"b",{..}}.
class ArrayReader {
 public:
  ArrayReader(Arena& arena, std::string_view text, Oid element)
      : arena_(arena), text_(text), element_(element) {}

  Value read() {
    // A lower bound may stand in front: [2:3]={..}.
    std::size_t brace = text_.find('{');
    if (brace == std::string_view::npos) return string(text_);
    at_ = brace;
    return array(0);
  }

 private:
  Value array(int depth) {
    List* list = new_list(arena_);
    at_++;
    while (at_ < text_.size() && text_[at_] != '}') {
      if (text_[at_] == ',')
        at_++;
      else if (text_[at_] == '{' && depth < 6)
        list->push(arena_, array(depth + 1));
      else
        list->push(arena_, element());
    }
    at_++;
    return list_of(list);
  }

  Value element() {
    if (text_[at_] != '"') {
      std::size_t end = std::min(text_.find_first_of(",}", at_), text_.size());
      std::string_view cell = text_.substr(at_, end - at_);
      at_ = end;
      if (cell == "NULL") return none();
      return cell_value(arena_, cell, element_);
    }
    std::string out;
    for (at_++; at_ < text_.size() && text_[at_] != '"'; at_++) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) at_++;
      out.push_back(text_[at_]);
    }
    at_++;
    return cell_value(arena_, arena_.copy(out), element_);
  }

  Arena& arena_;
  std::string_view text_;
  Oid element_;
  std::size_t at_ = 0;
};

}  // namespace

Value cell_value(Arena& arena, Cell cell, Oid type) {
  if (is_null(cell)) return none();
  const char* end = cell.data() + cell.size();
  switch (type) {
    case kBool:
      return boolean(cell == "t");
    case kInt2:
    case kInt4:
    case kInt8:
    case kOid: {
      std::int64_t i = 0;
      std::from_chars(cell.data(), end, i);
      return integer(i);
    }
    case kFloat4:
    case kFloat8: {
      double d = 0;
      auto [stop, error] = std::from_chars(cell.data(), end, d);
      if (error == std::errc() && stop == end) return real(d);
      return string(cell);
    }
    case kNumeric: {
      Value v = string(cell);
      v.kind = Kind::decimal;
      return v;
    }
    case kJson:
    case kJsonb:
      return json_value(arena, cell);
    default:
      break;
  }
  if (Oid element = element_type(type); element != 0)
    return ArrayReader(arena, cell, element).read();
  return string(cell);
}

}  // namespace trestle::pages
