// The machine runs one render: it walks the checked trees of the programs with
// an explicit frame per routine. Internal to pages/; render.h is the way in.
//
// Errors do not throw: an operation that fails records the error once and
// answers Kind::failed (or false), which every caller hands on.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pages/callable.h"
#include "pages/render.h"
#include "pages/tree.h"

namespace trestle::pages {

struct Frame {
  Value* slots = nullptr;
  Frame* outer = nullptr;
  Context* context = nullptr;
};

// Names in layers: the nearest that has the name wins.
struct Layer {
  Dict* names = nullptr;
  const Layer* below = nullptr;
};

// A block as one template of the inheritance chain defines it.
struct BlockEntry {
  const Program* program = nullptr;
  const Node* node = nullptr;
  BlockEntry* next = nullptr;  // what super() calls
};

// Jinja2's Context: what a template reads and exports.
struct Context {
  Dict vars;
  Dict exported;  // names only
  const Layer* layer = nullptr;
  const Program* program = nullptr;
  std::vector<std::pair<std::string_view, BlockEntry*>>* blocks = nullptr;
};

// A walk over the items of a value.
struct Cursor {
  Value source;
  std::size_t position = 0;
};

// State of one for loop that templates see as `loop`.
struct Loop {
  Cursor cursor;
  Value current;
  Value previous;
  Value next;
  bool has_next = false;
  std::int64_t index0 = -1;
  std::int64_t length = 0;
  std::int64_t depth = 0;
  const Node* node = nullptr;  // recursive: what loop(...) runs
  Frame* frame = nullptr;
  List* last_changed = nullptr;
};

enum class Flow : std::uint8_t { next, break_, continue_, failed };

class Machine {
 public:
  Machine(const TemplateSet& set, Arena& arena, OutputSink& sink,
          const RenderOptions& options);
  ~Machine();

  bool run(const Program& entry, Dict* context);
  bool run_blocks(const Program& entry,
                  const std::vector<std::string_view>& names, Dict* context);
  [[nodiscard]] const std::optional<TemplateError>& error() const {
    return error_;
  }

  // --- for built-in functions
  Arena& arena() { return arena_; }
  [[nodiscard]] void* host() const { return options_.host; }
  [[nodiscard]] bool autoescape() const { return autoescape_; }
  [[nodiscard]] bool is_lax() const { return options_.is_lax; }
  [[nodiscard]] const RenderLimits& limits() const { return options_.limits; }
  [[nodiscard]] const Translations* translations() const {
    return options_.translations;
  }
  std::uint64_t random();

  // Records the error and answers Kind::failed. `type` is Python's class.
  Value fail(std::string_view type, std::string_view message);
  Value fail_undefined(const Value& undefined);
  [[nodiscard]] bool failed() const { return error_.has_value() || stopped_; }
  // A value was put where it outlives the turn of a loop.
  void keep() { kept_++; }
  // Counts work against the limit of steps. False: failed.
  bool charge(std::uint64_t steps) {
    steps_ += steps;
    bool is_over =
        steps_ > limits().steps || arena_.used() > limits().memory_bytes;
    return is_over ? refuse_more() : !failed();
  }
  // False and failed when that many bytes or items are too many to make.
  bool allow(std::uint64_t amount);

  Value text(std::string_view copied, bool safe = false);  // copies
  Value list(Kind kind = Kind::list) { return list_of(new_list(arena_), kind); }
  Value iterator(List* items);
  Value big(std::string digits);  // integer or bigint
  Value undefined(std::string_view name);
  Value undefined_hint(std::string_view hint);
  Value undefined_of(const Value& object, const Value& name);

  // --- operations (operators.cc, compare.cc)
  bool truth(const Value& v);
  Value binary(Binary op, const Value& a, const Value& b);
  Value negate(const Value& v);
  Value positive(const Value& v);
  // -1 failed, 0 false, 1 true.
  int compare(Compare op, const Value& a, const Value& b);
  int contains(const Value& container, const Value& item);
  bool sort(List& items, bool reverse);  // by value; false: failed
  // Sorts `items` by keys of the same length.
  bool sort_by(List& items, const List& keys, bool reverse);
  bool as_real(const Value& v, double& out);  // false: not a number or failed
  // An integer argument, as __index__ gives it. False: failed.
  bool as_index(const Value& v, std::int64_t& out);

  // --- text (text_of.cc)
  std::string str(const Value& v);   // str(v)
  std::string repr(const Value& v);  // repr(v)
  Value soft_str(const Value& v);    // strings stay what they are
  Value escape(const Value& v);      // Markup
  void append_escaped(std::string& out, std::string_view s);
  std::string undefined_message(const Value& v);

  // --- items (iterate.cc)
  bool iterate(const Value& v, Cursor& cursor);  // false: failed
  bool next(Cursor& cursor, Value& item);        // false: at the end
  // Items left, for kinds that know it; -1 otherwise.
  std::int64_t length(const Value& v);
  List* to_list(const Value& v);  // null: failed
  Dict* row_dict(const Value& row);

  // --- attributes and calls (attributes.cc, call.cc)
  Value get_attribute(const Value& object, std::string_view name,
                      std::uint64_t hash, std::uint32_t cache);
  Value get_attribute(const Value& object, std::string_view name);
  Value get_item(const Value& object, const Value& key);
  Value slice(const Value& object, const Value& from, const Value& to,
              const Value& step);
  // What object[key] is, or missing when there is no such item.
  Value subscript(const Value& object, const Value& key);
  Value call(const Value& callee, const Args& args);
  Value call(const Callable& function, const Args& args);
  // `first` in front of the arguments: a filter, test or method.
  Value call(const Callable& function, const Value& first, const Args& args);
  Value cell(const Rows& rows, std::size_t row, std::size_t column);

  // Jinja's way of `attribute=` arguments: "a.b.0", an integer.
  Value path(const Value& object, const Value& attribute,
             const Value& fallback = {});

  Value call_macro(const Macro& macro, const Args& args);
  Value call_block(const BlockRef& block);
  Value call_loop(Loop& loop, const Args& args);

 private:
  friend class Renderer;
  class Enter;

  // --- statements (statements.cc, macros.cc, imports.cc, inheritance.cc)
  Flow exec(std::span<Node*> nodes, Frame* f);
  Flow exec(Node* n, Frame* f);
  Flow exec_if(Node* n, Frame* f);
  Flow exec_for(Node* n, Frame* f);
  Flow run_loop(Node* n, Frame* f, const Value& items, std::int64_t depth);
  Flow run_plain_loop(Node* n, Frame* f, Cursor& cursor, bool& ran);
  Flow run_extended_loop(Node* n, Frame* f, Cursor& cursor, bool& ran,
                         std::int64_t depth);
  // After a turn over streamed rows: frees what the turn has made.
  void forget_turn(const Cursor& cursor, const Arena::Mark& mark,
                   std::uint64_t kept);
  // -1 failed, 0 the item is left out, 1 it is taken.
  int loop_test(Node* n, Frame* f, const Value& item);
  Flow exec_set_block(Node* n, Frame* f);
  Flow exec_filter_block(Node* n, Frame* f);
  Flow exec_with(Node* n, Frame* f);
  Flow exec_autoescape(Node* n, Frame* f);
  Flow exec_macro(Node* n, Frame* f);
  Flow exec_call_block(Node* n, Frame* f);
  Flow exec_trans(Node* n, Frame* f);
  Flow exec_block(Node* n, Frame* f);
  Flow exec_extends(Node* n, Frame* f);
  Flow exec_include(Node* n, Frame* f);
  Flow exec_import(Node* n, Frame* f);
  Flow exec_from_import(Node* n, Frame* f);

  bool run_root(const Program& program, Context* context);
  bool run_block_entry(const BlockEntry& entry, Context* context);
  const Program* load(const Value& name, bool optional);
  const Program* linked_program(Node* n, Frame* f, bool optional);
  Module* module_of(const Program& program, Context* context);
  Module* default_module(const Program& program);
  Module* imported_module(Node* n, Frame* f);
  Context* new_context(const Program& program, const Layer* layer);
  const Layer* derive(Frame* f, std::span<Visible> locals);
  void add_blocks(Context* context, const Program& program);
  BlockEntry* find_block(Context* context, std::string_view name);

  bool assign(Node* target, const Value& value, Frame* f);
  bool unpack(Node* target, const Value& value, Frame* f);
  void store_name(Node* target, const Value& value, Frame* f);
  void enter(const Scope& scope, Frame* f);
  Frame* new_frame(const Routine& routine, Frame* outer, Context* context);
  Value lookup(const Context& context, std::string_view name,
               std::uint64_t hash) const;
  Value make_macro(Node* n, Frame* f);
  bool bind_macro(const Node& n, const Args& args, Frame* f);
  bool refuse_keyword(const Node& n, std::string_view name);
  bool fill_defaults(const Node& n, Frame* f);

  // --- output
  void write(const Value& v);
  void put(std::string_view s);
  void flush();
  std::size_t begin_capture();
  Value end_capture(std::size_t start, bool safe);

  // --- expressions (expressions.cc)
  Value eval(Node* n, Frame* f);
  Value eval_name(Node* n, Frame* f);
  Value eval_list(Node* n, Frame* f);
  Value eval_dict(Node* n, Frame* f);
  Value eval_cond(Node* n, Frame* f);
  Value eval_compare(Node* n, Frame* f);
  Value eval_concat(Node* n, Frame* f);
  Value eval_item(Node* n, Frame* f);
  Value eval_call(Node* n, Frame* f, const Value* caller = nullptr);
  Value eval_filter(Node* n, Frame* f, const Value* captured);
  Value eval_test(Node* n, Frame* f);
  struct Arguments;
  bool eval_arguments(Node* n, Frame* f, const Value* caller, Arguments& out);

  bool refuse_more();  // a limit is passed: false
  bool bind(const Callable& function, const Args& args, Value* out);
  bool deeper();

  const TemplateSet& set_;
  Arena& arena_;
  OutputSink& sink_;
  const RenderOptions& options_;
  std::optional<TemplateError> error_;
  bool stopped_ = false;  // the sink wants no more

  const Program* program_ = nullptr;  // of the node that runs
  const Node* where_ = nullptr;       // the statement that runs
  const Program* parent_ = nullptr;   // set by extends
  bool autoescape_ = true;
  std::uint64_t steps_ = 0;
  std::uint64_t kept_ = 0;
  std::uint32_t depth_ = 0;
  std::uint32_t levels_ = 0;
  std::string out_;
  std::uint32_t captures_ = 0;
  std::size_t flushed_ = 0;
  std::uint64_t random_ = 0;
  Layer globals_;
  std::map<const Program*, Module*> modules_;
  std::vector<std::vector<std::pair<std::string_view, BlockEntry*>>*> tables_;

  struct ColumnCache {
    const Rows* rows = nullptr;
    int column = -1;
  };
  std::vector<ColumnCache> columns_;
};

}  // namespace trestle::pages
