// The checked tree of a template: what the parser builds, scope.cc resolves
// and the machine runs. Nodes live in the arena of their program and never
// change after that.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "pages/value.h"

namespace trestle::pages {

enum class Op : std::uint8_t {
  // statements; `a`, `b`, `c`, `items`, `more` by kind
  text,          // name: the text
  print,         // a
  if_,           // a: test, items: body, more: elifs (if_), b: else (body)
  body,          // items
  for_,          // a: target, b: iterable, c: filter, items: body, more: else
  set,           // a: target, b: value
  set_block,     // a: target, b: filter chain or null, items: body
  block,         // name, items; flags kScoped, kRequired
  extends,       // a
  include,       // a; flags kIgnoreMissing, kWithContext
  import,        // a, name: target; kWithContext
  from_import,   // a, items: import_name; kWithContext
  import_name,   // name: exported, b: name node of the target
  macro,         // name, items: parameters, more: body, args2: defaults
  call_block,    // like macro, and a: the call
  filter_block,  // a: filter chain, items: body
  with,          // items: targets, more: values, b: body
  do_,           // a
  break_,
  continue_,
  autoescape,  // a: on or off, items: body
  trans,       // see parser_trans.cc
  // expressions
  name,      // name, resolved to hops and slot
  ns_ref,    // target only: name.attribute: name and value (attribute)
  constant,  // value
  tuple,     // items
  list,      // items
  dict,      // items: keys, more: values
  cond,      // a: test, b: then, c: else or null
  or_,
  and_,
  not_,
  compare,  // a, items: operands (operand)
  operand,  // sub: Compare, a
  concat,   // items; sub 1: of constants only
  binary,   // sub: Binary, a, b
  negate,
  positive,
  attribute,  // a, name
  item,       // a, b
  slice,      // a, b, c, each may be null
  call,       // a, items: arguments, more: keyword, b: *args, c: **kwargs
  filter,     // a (null: the captured text), name, arguments as in call
  test,       // a, name, arguments as in call
  keyword,    // name, a
};

enum class Binary : std::uint8_t {
  add,
  subtract,
  multiply,
  divide,
  floor_divide,
  modulo,
  power,
};
enum class Compare : std::uint8_t { eq, ne, lt, le, gt, ge, in, not_in };

// How a slot gets its first value when its scope is entered.
struct Load {
  enum class From : std::uint8_t { nothing, context, outer };
  From from = From::nothing;
  std::uint16_t hops = 0;
  std::uint32_t slot = 0;      // the slot to fill
  std::uint32_t outer = 0;     // outer: where from
  std::string_view name = {};  // context
  std::uint64_t hash = 0;
};

// A name and the place where its value stands, for includes and scoped blocks.
struct Visible {
  std::string_view name;
  std::uint16_t hops = 0;
  std::uint32_t slot = 0;
};

// A scope that is entered at run time.
struct Scope {
  std::span<Load> loads;
};

// A body with slots of its own: a template, a block, a macro.
struct Routine {
  std::uint32_t slots = 0;
  bool captured = false;  // inner routines refer to its frame
  std::int32_t self_slot = -1;
  std::int32_t super_slot = -1;
  std::int32_t caller_slot = -1;
  std::int32_t kwargs_slot = -1;
  std::int32_t varargs_slot = -1;
  bool explicit_caller = false;
  Scope scope;
};

struct Callable;

struct Node {
  static constexpr std::uint8_t kScoped = 1, kRequired = 2;
  static constexpr std::uint8_t kIgnoreMissing = 1, kWithContext = 2;
  static constexpr std::uint8_t kRecursive = 1, kExtended = 2;
  static constexpr std::uint8_t kStore = 1, kParameter = 2;
  static constexpr std::uint8_t kExport = 4;  // store at the top level

  Op op = Op::text;
  std::uint8_t sub = 0;
  std::uint8_t flags = 0;
  std::uint16_t hops = 0;
  std::uint16_t height = 0;  // of the expression below
  std::uint32_t slot = 0;    // name: its slot; for_: that of `loop`
  std::uint32_t offset = 0;  // in the source
  std::uint32_t cache = 0;   // attribute: its place in the machine's cache
  std::string_view name;
  std::uint64_t hash = 0;  // of `name`
  Value value;
  Node* a = nullptr;
  Node* b = nullptr;
  Node* c = nullptr;
  std::span<Node*> items;
  std::span<Node*> more;
  std::span<Node*> defaults;  // macro: of the last parameters
  Scope scope;                // for_, with, set_block, filter_block
  Scope else_scope;
  Scope test_scope;
  Routine* routine = nullptr;
  std::span<Visible> visible;
  const Callable* callable = nullptr;  // filter, test; null: fails when run
  const Program* linked = nullptr;     // include, import, extends
};

}  // namespace trestle::pages
