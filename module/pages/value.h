// Values of the template language. A Value is 16 bytes and trivially copied;
// what it points to lives in the arena of the render (or of the program, for
// constants). Semantics are Python's, as Jinja2 3.1 shows them: str is a
// sequence of code points, int has no bounds, a string may be marked safe.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "pages/arena.h"
#include "sql/row_sink.h"

namespace trestle::pages {

struct Node;
struct Frame;
struct Context;
struct BlockEntry;
struct Program;
struct Callable;
class Machine;

enum class Kind : std::uint8_t {
  failed,     // an operation failed; the machine holds the error
  missing,    // an argument or variable that was never given
  undefined,  // Jinja's Undefined
  none,
  boolean,
  integer,
  bigint,  // beyond 64 bits: decimal digits with an optional sign
  real,
  decimal,  // a numeric cell: prints its exact text
  string,
  list,
  tuple,
  dict,
  range,
  iterator,  // consumed once: what generators are in Jinja2
  view,      // dict.items(), .keys(), .values()
  rows,      // the rows of a result
  row,       // one of them
  stream,    // rows that come while the page is made
  macro,
  function,  // built-in callable
  method,    // bound method of a value
  module,    // imported template
  self,      // the blocks of a template
  super,     // one block of the chain
  loop,
  name_space,
  cycler,
  joiner,
};

struct List;
struct Dict;
struct Range;
struct Iterator;
struct View;
struct Macro;
struct Method;
struct Module;
struct BlockRef;
struct Loop;
struct Cycler;
struct Joiner;
struct Rows;
class RowStream;
struct UndefinedInfo;

struct Value {
  Kind kind = Kind::missing;
  bool safe = false;        // string: Markup
  std::uint16_t extra = 0;  // free for the kind
  std::uint32_t size = 0;   // string: bytes; row: its number
  union {
    std::int64_t integer = 0;
    bool boolean;
    double real;
    const char* data;
    List* list;
    Dict* dict;
    Range* range;
    Iterator* iterator;
    View* view;
    Macro* macro;
    const Callable* function;
    Method* method;
    Module* module;
    BlockRef* block;
    Loop* loop;
    Cycler* cycler;
    Joiner* joiner;
    const Rows* rows;
    RowStream* stream;
    UndefinedInfo* undefined;
  };

  [[nodiscard]] bool failed() const { return kind == Kind::failed; }
  [[nodiscard]] bool is(Kind k) const { return kind == k; }
  [[nodiscard]] bool is_string() const { return kind == Kind::string; }
  [[nodiscard]] bool is_int() const {
    return kind == Kind::integer || kind == Kind::boolean ||
           kind == Kind::bigint;
  }
  [[nodiscard]] bool is_number() const {
    return is_int() || kind == Kind::real || kind == Kind::decimal;
  }
  // string, bigint, decimal.
  [[nodiscard]] std::string_view text() const { return {data, size}; }
  [[nodiscard]] bool is_sequence() const {
    return kind == Kind::list || kind == Kind::tuple;
  }
};
static_assert(sizeof(Value) == 16);

inline Value make(Kind kind) {
  Value v;
  v.kind = kind;
  return v;
}
inline Value failure() { return make(Kind::failed); }
inline Value none() { return make(Kind::none); }
inline Value boolean(bool b) {
  Value v = make(Kind::boolean);
  v.integer = b;
  return v;
}
inline Value integer(std::int64_t i) {
  Value v = make(Kind::integer);
  v.integer = i;
  return v;
}
inline Value real(double d) {
  Value v = make(Kind::real);
  v.real = d;
  return v;
}
// Borrows `text`.
inline Value string(std::string_view text, bool safe = false) {
  Value v = make(Kind::string);
  v.data = text.data();
  v.size = static_cast<std::uint32_t>(text.size());
  v.safe = safe;
  return v;
}

// A list or tuple. Lists may grow in place (append).
struct List {
  Value* items = nullptr;
  std::uint32_t size = 0;
  std::uint32_t capacity = 0;
  bool group = false;  // a tuple of groupby: .grouper and .list

  [[nodiscard]] std::span<Value> span() const { return {items, size}; }
  void push(Arena& arena, Value v);
};

// Insertion-ordered map. Keys are hashable values.
struct Dict {
  struct Entry {
    Value key;
    Value value;
    std::uint64_t hash = 0;
  };
  Entry* entries = nullptr;
  std::uint32_t size = 0;
  std::uint32_t capacity = 0;
  std::uint32_t* index = nullptr;  // open addressing, from 9 entries on
  std::uint32_t index_size = 0;    // power of two

  [[nodiscard]] const Value* find(const Value& key) const;
  [[nodiscard]] const Value* find(std::string_view key) const;
  [[nodiscard]] Value* find(std::string_view key, std::uint64_t hash) const;
  void set(Arena& arena, Value key, Value value);
  void set(Arena& arena, std::string_view key, Value value) {
    set(arena, string(key), value);
  }
  bool erase(Arena& arena, const Value& key);
  void clear() { size = index_size = 0; }

 private:
  [[nodiscard]] std::int64_t position(const Value& key,
                                      std::uint64_t hash) const;
  void rebuild(Arena& arena);
};

struct Range {
  std::int64_t start = 0, stop = 0, step = 1, length = 0;
  [[nodiscard]] std::int64_t at(std::int64_t i) const {
    return start + i * step;
  }
};

struct Iterator {
  List* items = nullptr;
  std::uint32_t next = 0;
};

struct View {
  enum class Part : std::uint8_t { keys, values, items };
  Part part = Part::keys;
  Dict* dict = nullptr;
};

struct Method {
  Value self;
  const Callable* function = nullptr;
};

struct Macro {
  const Node* node = nullptr;
  Frame* closure = nullptr;
  Context* context = nullptr;
  const Program* program = nullptr;
  bool autoescape = true;
};

struct Module {
  const Program* program = nullptr;
  Dict* names = nullptr;  // exported
  Value body;             // rendered text
};

struct BlockRef {
  std::string_view name;
  Context* context = nullptr;
  BlockEntry* entry = nullptr;  // super: what it calls
};

struct Cycler {
  List* items = nullptr;
  std::uint32_t position = 0;
};

struct Joiner {
  Value separator;
  bool used = false;
};

// The rows of one SQL result as a page sees them. All members are borrowed: the
// caller keeps columns and cells until the render has ended. Cells stand row
// by row, columns.size() of them for each row; a cell becomes a value of its
// column's type when a template reads it.
struct Rows {
  std::span<const ResultColumn> columns;
  const Cell* cells = nullptr;
  std::size_t count = 0;

  // The column's position, or -1.
  [[nodiscard]] int column(std::string_view name) const;
  [[nodiscard]] Cell cell(std::size_t row, std::size_t column) const {
    return cells[row * columns.size() + column];
  }
};

// Rows that arrive while the page is rendered: walked over once, in order. How
// many there will be nobody knows.
class RowStream {
 public:
  virtual ~RowStream() = default;

  // Whether next() answers at once.
  [[nodiscard]] virtual bool is_ready() const = 0;
  // Nobody wants the page any more: the render is to end.
  [[nodiscard]] virtual bool is_left() const = 0;
  // Waits for the next row; false at the end. A row is good until the third
  // call after this one, unless keep() was called before.
  [[nodiscard]] virtual bool next(Value& row) = 0;
  // Something holds on to rows: from now on all of them stay.
  virtual void keep() = 0;
};

inline Value stream_value(RowStream* stream) {
  Value v = make(Kind::stream);
  v.stream = stream;
  return v;
}

inline Value rows_value(const Rows* rows) {
  Value v = make(Kind::rows);
  v.rows = rows;
  return v;
}
inline Value row_value(const Rows* rows, std::size_t row) {
  Value v = make(Kind::row);
  v.rows = rows;
  v.size = static_cast<std::uint32_t>(row);
  return v;
}

struct UndefinedInfo {
  std::string_view hint;  // the whole message, when not empty
  Value object;           // missing: a plain name
  Value name;
};

// Hash of a hashable value; equal values have equal hashes (1 == 1.0 == True).
[[nodiscard]] std::uint64_t hash_of(const Value& value);
[[nodiscard]] std::uint64_t hash_of(std::string_view text);

// Python's ==, for all kinds.
[[nodiscard]] bool equal(const Value& a, const Value& b);

// True when Python could use it as a dict key.
[[nodiscard]] bool hashable(const Value& value);

// Python's type name: "str", "int", "NoneType".
[[nodiscard]] std::string_view type_name(const Value& value);

// Builders: copies live in `arena`.
[[nodiscard]] Value list_of(List* list, Kind kind = Kind::list);
[[nodiscard]] Value dict_of(Dict* dict);
[[nodiscard]] List* new_list(Arena& arena, std::size_t capacity = 0);

// The value of a text-format cell of type `type`: bool, integers, floats,
// numeric, json, jsonb and arrays of them become what they are, everything else
// a string. Borrows the cell's bytes.
[[nodiscard]] Value cell_value(Arena& arena, Cell cell, Oid type);

}  // namespace trestle::pages
