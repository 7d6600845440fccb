// Gives every name of a template its numbered slot in the frame of its routine,
// as the symbols of its body say (symbols.h).
#include <algorithm>
#include <map>

#include "base/text.h"
#include "pages/program.h"
#include "pages/symbols.h"
#include "pages/tree_walk.h"

namespace trestle::pages {

namespace {

bool is_constant_name(const Node* n) {
  return n->op == Op::constant && n->value.is_string();
}

class Resolver {
 public:
  explicit Resolver(Program& program)
      : program_(program), arena_(program.arena) {}

  void run() {
    find_blocks(program_.root->items);
    if (program_.error) return;
    RoutineScope routine{&program_.routine, 0};
    Symbols::Slots slots;
    Symbols symbols{.routine = &routine, .slots = &slots};
    Frame frame{.symbols = &symbols, .top = true, .check_output = true};
    if (uses(program_.root->items, "self"))
      program_.routine.self_slot = declare(symbols, "self");
    analyze(symbols, program_.root->items);
    visit(program_.root->items, frame);
    program_.routine.scope = scope_of(symbols);
    for (Node* block : program_.blocks) resolve_block(block);
  }

 private:
  struct Frame {
    Symbols* symbols = nullptr;
    bool top = false;           // stores are exported
    bool soft = false;          // an unknown filter fails only when it runs
    bool check_output = false;  // silent once a parent is set
  };

  static std::int32_t declare(Symbols& symbols, std::string_view name) {
    symbols.parameter(name);
    return static_cast<std::int32_t>(symbols.refs.find(name)->second.slot);
  }

  void fail(const Node* n, std::string message) {
    if (program_.error) return;
    TemplateError error{.kind = TemplateError::Kind::syntax,
                        .file = program_.name,
                        .message = std::move(message)};
    locate(error, program_.source, n->offset);
    program_.error = std::move(error);
  }

  // --- walking

  void find_blocks(std::span<Node*> nodes) {
    for (Node* n : nodes) find_blocks(n);
  }
  void find_blocks(Node* n) {
    if (n->op == Op::block) {
      if (program_.block(n->name) != nullptr)
        return fail(n, concat({"block '", n->name, "' defined twice"}));
      program_.blocks.push_back(n);
    }
    each_child(n, [this](Node* child) { find_blocks(child); });
  }

  // --- tables

  Scope scope_of(const Symbols& symbols) {
    Load* loads = arena_.array<Load>(symbols.loads.size());
    std::size_t count = 0;
    for (const auto& [slot, load] : symbols.loads) loads[count++] = load;
    return {{loads, count}};
  }

  std::span<Visible> visible(const Symbols& symbols) {
    std::map<std::string_view, Visible> found;
    int level = symbols.routine->level;
    for (const Symbols* s = &symbols; s != nullptr; s = s->parent) {
      for (std::string_view name : s->stores) {
        const Ref* ref = symbols.find(name);
        found.try_emplace(
            name, Visible{name, static_cast<std::uint16_t>(level - ref->level),
                          ref->slot});
      }
    }
    Visible* kept = arena_.array<Visible>(found.size());
    std::size_t count = 0;
    for (const auto& [name, v] : found) kept[count++] = v;
    return {kept, count};
  }

  // --- giving slots to names

  void visit(std::span<Node*> nodes, const Frame& f) {
    for (Node* n : nodes) visit(n, f);
  }

  void place(Node* n, const Symbols& symbols) {
    const Ref* ref = symbols.find(n->name);
    int level = symbols.routine->level;
    n->hops = static_cast<std::uint16_t>(level - ref->level);
    n->slot = ref->slot;
    n->hash = hash_of(n->name);
  }

  void visit(Node* n, const Frame& f) {
    switch (n->op) {
      case Op::text:
        if (f.check_output) n->flags = 1;
        return;
      case Op::print:
        if (f.check_output) n->flags = 1;
        return visit(n->a, f);
      case Op::name:
        place(n, *f.symbols);
        if (f.top) n->flags |= Node::kExport;
        return;
      case Op::ns_ref:
        return place(n, *f.symbols);
      case Op::if_:
      case Op::cond: {
        Frame inner = f;
        inner.soft = true;
        return each_child(n, [&](Node* child) { visit(child, inner); });
      }
      case Op::for_:
        return visit_for(n, f);
      case Op::set:
        visit(n->b, f);
        return visit(n->a, f);
      case Op::set_block:
      case Op::filter_block:
        return visit_capture(n, f);
      case Op::block:
        n->visible = visible(*f.symbols);
        if (f.top) n->flags |= Node::kExport;
        return;
      case Op::extends:
        if (!f.top)
          return fail(n, "cannot use extend from a non top-level scope");
        [[fallthrough]];
      case Op::include:
        visit(n->a, f);
        if (is_constant_name(n->a)) program_.links.push_back(n);
        n->visible = visible(*f.symbols);
        return;
      case Op::import:
        visit(n->a, f);
        if (is_constant_name(n->a)) program_.links.push_back(n);
        n->visible = visible(*f.symbols);
        return visit(n->b, f);
      case Op::from_import:
        visit(n->a, f);
        if (is_constant_name(n->a)) program_.links.push_back(n);
        n->visible = visible(*f.symbols);
        for (Node* name : n->items) visit(name->b, f);
        return;
      case Op::macro:
        visit(n->b, f);
        return visit_macro(n, f);
      case Op::call_block:
        visit_macro(n, f);
        return visit(n->a, f);
      case Op::with:
        return visit_with(n, f);
      case Op::autoescape:
        return visit_autoescape(n, f);
      case Op::filter:
      case Op::test:
        bind(n, f);
        return each_child(n, [&](Node* child) { visit(child, f); });
      case Op::concat:
        n->sub = std::ranges::all_of(n->items, is_foldable) ? 1 : 0;
        return each_child(n, [&](Node* child) { visit(child, f); });
      case Op::attribute:
        n->cache = program_.caches++;
        n->hash = hash_of(n->name);
        return visit(n->a, f);
      default:
        return each_child(n, [&](Node* child) { visit(child, f); });
    }
  }

  void bind(Node* n, const Frame& f) {
    bool filter = n->op == Op::filter;
    n->callable = filter ? find_filter(n->name) : find_test(n->name);
    if (n->callable == nullptr && !f.soft)
      fail(n, concat({filter ? "No filter named '" : "No test named '", n->name,
                      "'."}));
  }

  static Frame inner(const Frame& f, Symbols& symbols) {
    return {.symbols = &symbols, .check_output = f.check_output};
  }

  void visit_for(Node* n, const Frame& f) {
    visit(n->b, f);
    if ((n->flags & Node::kRecursive) != 0 || uses(n->items, "loop") ||
        has_scoped_block(n->items))
      n->flags |= Node::kExtended;
    if (stores(n, "loop"))
      fail(n, "Can't assign to special loop variable in for-loop target");

    RoutineScope own{nullptr, f.symbols->routine->level + 1};
    RoutineScope* routine = f.symbols->routine;
    if ((n->flags & Node::kRecursive) != 0) {
      own.routine = n->routine = arena_.make<Routine>();
      capture(f);
      routine = &own;
    }
    Symbols::Slots slots, else_slots;
    Symbols body{.parent = f.symbols, .routine = routine, .slots = &slots};
    if ((n->flags & Node::kExtended) != 0)
      n->slot = static_cast<std::uint32_t>(declare(body, "loop"));
    declare_targets(body, n->a);
    analyze(body, n->items);
    // The test has a scope of its own, in which `loop` is the outer one.
    Symbols test{.parent = f.symbols, .routine = routine, .slots = &slots};
    Symbols rest{.parent = f.symbols, .routine = routine, .slots = &else_slots};
    if (n->c != nullptr) {
      declare_targets(test, n->a);
      analyze(test, n->c);
    }
    analyze(rest, n->more);

    visit_target(n->a, body);
    if (n->c != nullptr) visit(n->c, inner(f, test));
    visit(n->items, inner(f, body));
    visit(n->more, inner(f, rest));
    n->scope = scope_of(body);
    n->test_scope = scope_of(test);
    n->else_scope = scope_of(rest);
  }

  void visit_target(Node* target, const Symbols& symbols) {
    if (target->op == Op::name) place(target, symbols);
    for (Node* item : target->items) visit_target(item, symbols);
  }

  // A routine refers to frames outside: they must outlive their own run.
  static void capture(const Frame& f) {
    f.symbols->routine->routine->captured = true;
  }

  void visit_macro(Node* n, const Frame& f) {
    capture(f);
    n->routine = arena_.make<Routine>();
    RoutineScope own{n->routine, f.symbols->routine->level + 1};
    Symbols::Slots slots;
    Symbols symbols{.parent = f.symbols, .routine = &own, .slots = &slots};
    bool caller = false, kwargs = false, varargs = false;
    for (Node* parameter : n->items) {
      symbols.parameter(parameter->name);
      caller = caller || parameter->name == "caller";
      kwargs = kwargs || parameter->name == "kwargs";
      varargs = varargs || parameter->name == "varargs";
    }
    analyze(symbols, n->defaults);
    analyze(symbols, n->more);
    if (uses(n->more, "caller")) {
      n->routine->explicit_caller = caller;
      std::int32_t slot = declare(symbols, "caller");
      if (!caller) n->routine->caller_slot = slot;
      if (caller) require_caller_default(n);
    }
    if (!kwargs && uses(n->more, "kwargs"))
      n->routine->kwargs_slot = declare(symbols, "kwargs");
    if (!varargs && uses(n->more, "varargs"))
      n->routine->varargs_slot = declare(symbols, "varargs");

    Frame body{.symbols = &symbols};
    for (Node* parameter : n->items) place(parameter, symbols);
    visit(n->defaults, body);
    visit(n->more, body);
    n->routine->scope = scope_of(symbols);
  }

  void require_caller_default(Node* n) {
    std::size_t first = n->items.size() - n->defaults.size();
    for (std::size_t i = 0; i < first; i++)
      if (n->items[i]->name == "caller")
        fail(n,
             "When defining macros or call blocks the special \"caller\" "
             "argument must be omitted or be given a default.");
  }

  void visit_capture(Node* n, const Frame& f) {
    Symbols::Slots slots;
    Symbols symbols{
        .parent = f.symbols, .routine = f.symbols->routine, .slots = &slots};
    if (n->op == Op::filter_block) analyze(symbols, n->a);
    analyze(symbols, n->items);
    Frame body = inner(f, symbols);
    if (n->op == Op::set_block) body.check_output = false;
    visit(n->items, body);
    if (n->op == Op::set_block) {
      if (n->b != nullptr) {
        analyze(symbols, n->b);
        visit(n->b, body);
      }
      visit(n->a, f);
    } else {
      visit(n->a, body);
    }
    n->scope = scope_of(symbols);
  }

  void visit_with(Node* n, const Frame& f) {
    visit(n->more, f);
    Symbols::Slots slots;
    Symbols symbols{
        .parent = f.symbols, .routine = f.symbols->routine, .slots = &slots};
    for (Node* target : n->items) declare_targets(symbols, target);
    analyze(symbols, n->b->items);
    for (Node* target : n->items) visit_target(target, symbols);
    visit(n->b->items, inner(f, symbols));
    n->scope = scope_of(symbols);
  }

  void visit_autoescape(Node* n, const Frame& f) {
    Symbols::Slots slots;
    Symbols symbols{
        .parent = f.symbols, .routine = f.symbols->routine, .slots = &slots};
    analyze(symbols, n->a);
    analyze(symbols, n->items);
    Frame body = inner(f, symbols);
    visit(n->a, body);
    visit(n->items, body);
    n->scope = scope_of(symbols);
  }

  void resolve_block(Node* n) {
    n->routine = arena_.make<Routine>();
    RoutineScope own{n->routine, 0};
    Symbols::Slots slots;
    Symbols symbols{.routine = &own, .slots = &slots};
    if (uses(n->items, "self"))
      n->routine->self_slot = declare(symbols, "self");
    if (uses(n->items, "super"))
      n->routine->super_slot = declare(symbols, "super");
    analyze(symbols, n->items);
    Frame body{.symbols = &symbols};
    visit(n->items, body);
    n->routine->scope = scope_of(symbols);
  }

  Program& program_;
  Arena& arena_;
};

}  // namespace

void resolve_scopes(Program& program) { Resolver(program).run(); }

}  // namespace trestle::pages
