// Contexts, blocks and their chains, include, import, extends, and the entry
// points of a render.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "pages/machine.h"

namespace trestle::pages {

// Remembers where the machine was, while another routine runs.
class Machine::Enter {
 public:
  explicit Enter(Machine& m)
      : m_(m),
        program_(m.program_),
        where_(m.where_),
        parent_(m.parent_),
        autoescape_(m.autoescape_) {}
  ~Enter() {
    m_.program_ = program_;
    m_.where_ = where_;
    m_.parent_ = parent_;
    m_.autoescape_ = autoescape_;
  }

 private:
  Machine& m_;
  const Program* program_;
  const Node* where_;
  const Program* parent_;
  bool autoescape_;
};

// --- contexts and frames
// -----------------------------------------------------------

Context* Machine::new_context(const Program& program, const Layer* layer) {
  // Contexts own nothing, but their block tables must go with the machine.
  Context* context = new (arena_.allocate(sizeof(Context))) Context();
  context->layer = layer;
  context->program = &program;
  tables_.push_back(
      new std::vector<std::pair<std::string_view, BlockEntry*>>());
  context->blocks = tables_.back();
  add_blocks(context, program);
  return context;
}

void Machine::add_blocks(Context* context, const Program& program) {
  for (const Node* n : program.blocks) {
    BlockEntry* entry = arena_.make<BlockEntry>();
    entry->program = &program;
    entry->node = n;
    BlockEntry* chain = find_block(context, n->name);
    if (chain == nullptr) {
      context->blocks->emplace_back(n->name, entry);
      continue;
    }
    while (chain->next != nullptr) chain = chain->next;
    chain->next = entry;
  }
}

BlockEntry* Machine::find_block(Context* context, std::string_view name) {
  for (auto& [known, entry] : *context->blocks)
    if (known == name) return entry;
  return nullptr;
}

// The names of the frame's context with its local names in front.
const Layer* Machine::derive(Frame* f, std::span<Visible> locals) {
  Layer* layer = arena_.make<Layer>();
  layer->below = f->context->layer;
  layer->names = arena_.make<Dict>();
  const Dict& vars = f->context->vars;
  for (std::uint32_t i = 0; i < vars.size; i++)
    layer->names->set(arena_, vars.entries[i].key, vars.entries[i].value);
  for (const Visible& local : locals) {
    Frame* home = f;
    for (std::uint16_t hops = local.hops; hops > 0; hops--) home = home->outer;
    const Value& v = home->slots[local.slot];
    if (!v.is(Kind::missing)) layer->names->set(arena_, local.name, v);
  }
  return layer;
}

Value Machine::lookup(const Context& context, std::string_view name,
                      std::uint64_t hash) const {
  if (const Value* v = context.vars.find(name, hash)) return *v;
  for (const Layer* layer = context.layer; layer != nullptr;
       layer = layer->below)
    if (const Value* v = layer->names->find(name, hash)) return *v;
  return {};
}

Frame* Machine::new_frame(const Routine& routine, Frame* outer,
                          Context* context) {
  Frame* f = arena_.make<Frame>();
  f->slots = arena_.array<Value>(routine.slots);
  f->outer = outer;
  f->context = context;
  return f;
}

void Machine::enter(const Scope& scope, Frame* f) {
  for (const Load& load : scope.loads) {
    Value& slot = f->slots[load.slot];
    if (load.from == Load::From::context) {
      slot = lookup(*f->context, load.name, load.hash);
    } else if (load.from == Load::From::outer) {
      Frame* home = f;
      for (std::uint16_t hops = load.hops; hops > 0; hops--) home = home->outer;
      slot = home->slots[load.outer];
    } else {
      slot = {};
    }
  }
}

// --- entry points
// --------------------------------------------------------------------

bool Machine::run_root(const Program& program, Context* context) {
  if (program.error) {
    if (!failed()) error_ = program.error;
    return false;
  }
  if (!deeper()) return false;
  Enter saved(*this);
  program_ = &program;
  where_ = nullptr;
  parent_ = nullptr;
  autoescape_ = true;
  Frame* f = new_frame(program.routine, nullptr, context);
  if (program.routine.self_slot >= 0) {
    Value self = make(Kind::self);
    self.block = arena_.make<BlockRef>();
    self.block->context = context;
    f->slots[program.routine.self_slot] = self;
  }
  enter(program.routine.scope, f);
  bool good = exec(program.root->items, f) != Flow::failed;
  if (good && parent_ != nullptr) good = run_root(*parent_, context);
  depth_--;
  return good && !failed();
}

bool Machine::run(const Program& entry, Dict* context) {
  Layer variables{context, &globals_};
  bool good = run_root(entry, new_context(entry, &variables));
  if (good) flush();
  return good && !failed();
}

bool Machine::run_blocks(const Program& entry,
                         const std::vector<std::string_view>& names,
                         Dict* variables) {
  Layer layer{variables, &globals_};
  if (entry.error) {
    error_ = entry.error;
    return false;
  }
  Context* context = new_context(entry, &layer);
  // The chain of constant extends, without running the templates.
  std::set<const Program*> seen{&entry};
  for (const Program* at = &entry; at != nullptr;) {
    const Program* parent = nullptr;
    for (const Node* n : at->links)
      if (n->op == Op::extends && parent == nullptr) parent = n->linked;
    if (parent == nullptr || !seen.insert(parent).second) break;
    if (parent->error) {
      error_ = parent->error;
      return false;
    }
    add_blocks(context, *parent);
    at = parent;
  }
  program_ = &entry;
  for (std::string_view name : names) {
    BlockEntry* block = find_block(context, name);
    if (block == nullptr) {
      fail("TemplateNotFound", concat({"there is no block '", name, "'"}));
      return false;
    }
    if (!run_block_entry(*block, context)) return false;
  }
  flush();
  return !failed();
}

// --- blocks
// --------------------------------------------------------------------------

bool Machine::run_block_entry(const BlockEntry& entry, Context* context) {
  if (!deeper()) return false;
  Enter saved(*this);
  program_ = entry.program;
  parent_ = nullptr;
  autoescape_ = true;
  const Node* n = entry.node;
  where_ = n;
  Frame* f = new_frame(*n->routine, nullptr, context);
  auto reference = [&](Kind kind, BlockEntry* next) {
    Value v = make(kind);
    v.block = arena_.make<BlockRef>();
    v.block->name = n->name;
    v.block->context = context;
    v.block->entry = next;
    return v;
  };
  if (n->routine->self_slot >= 0)
    f->slots[n->routine->self_slot] = reference(Kind::self, nullptr);
  if (n->routine->super_slot >= 0) {
    f->slots[n->routine->super_slot] =
        entry.next != nullptr
            ? reference(Kind::super, entry.next)
            : undefined_hint(
                  concat({"there is no parent block called '", n->name, "'."}));
  }
  enter(n->routine->scope, f);
  bool good = exec(n->items, f) != Flow::failed;
  depth_--;
  return good && !failed();
}

Value Machine::call_block(const BlockRef& block) {
  std::size_t start = begin_capture();
  bool good = run_block_entry(*block.entry, block.context);
  Value v = end_capture(start, true);
  return good ? v : failure();
}

Flow Machine::exec_block(Node* n, Frame* f) {
  if ((n->flags & Node::kExport) != 0 && parent_ != nullptr) return Flow::next;
  BlockEntry* entry = find_block(f->context, n->name);
  if ((n->flags & Node::kRequired) != 0 && entry->next == nullptr) {
    fail("TemplateRuntimeError",
         concat({"Required block '", n->name, "' not found"}));
    return Flow::failed;
  }
  Context* context = f->context;
  if ((n->flags & Node::kScoped) != 0) {
    context = new (arena_.allocate(sizeof(Context))) Context();
    context->layer = derive(f, n->visible);
    context->program = f->context->program;
    context->blocks = f->context->blocks;
  }
  return run_block_entry(*entry, context) ? Flow::next : Flow::failed;
}

Flow Machine::exec_extends(Node* n, Frame* f) {
  if (parent_ != nullptr) {
    fail("TemplateRuntimeError", "extended multiple times");
    return Flow::failed;
  }
  const Program* parent = n->linked;
  if (parent == nullptr) {
    Value name = eval(n->a, f);
    if (name.failed()) return Flow::failed;
    parent = load(name, n, false);
    if (parent == nullptr) return Flow::failed;
  }
  if (parent->error) {
    error_ = parent->error;
    return Flow::failed;
  }
  parent_ = parent;
  add_blocks(f->context, *parent);
  return Flow::next;
}

// --- include and import
// ------------------------------------------------------------

// The program of a name, of the first that exists of a list, or null: failed,
// or `optional` and not there.
const Program* Machine::load(const Value& name, const Node*, bool optional) {
  if (name.is(Kind::undefined)) {
    fail_undefined(name);
    return nullptr;
  }
  if (name.is_string()) {
    const Program* found = set_.find(name.text());
    if (found == nullptr && !optional) fail("TemplateNotFound", name.text());
    return found;
  }
  if (!name.is_sequence() && !name.is(Kind::iterator)) {
    fail("TypeError",
         concat({"a template name is text, not ", type_name(name)}));
    return nullptr;
  }
  List* names = to_list(name);
  if (names == nullptr) return nullptr;
  std::string all;
  for (const Value& one : names->span()) {
    if (one.is(Kind::undefined)) {
      fail_undefined(one);
      return nullptr;
    }
    if (const Program* found =
            one.is_string() ? set_.find(one.text()) : nullptr)
      return found;
    all += concat({all.empty() ? "" : ", ", str(one)});
  }
  if (!optional) {
    if (all.empty())
      fail("TemplatesNotFound",
           "Tried to select from an empty list of templates.");
    else
      fail("TemplatesNotFound",
           concat({"none of the templates given were found: ", all}));
  }
  return nullptr;
}

Flow Machine::exec_include(Node* n, Frame* f) {
  const Program* program = n->linked;
  if (program == nullptr) {
    Value name = eval(n->a, f);
    if (name.failed()) return Flow::failed;
    bool optional = (n->flags & Node::kIgnoreMissing) != 0;
    program = load(name, n, optional);
    if (program == nullptr) return failed() ? Flow::failed : Flow::next;
  }
  if ((n->flags & Node::kWithContext) == 0) {
    Module* module = default_module(*program);
    if (module == nullptr) return Flow::failed;
    put(module->body.text());
    return Flow::next;
  }
  Context* context = new_context(*program, derive(f, n->visible));
  return run_root(*program, context) ? Flow::next : Flow::failed;
}

Module* Machine::module_of(const Program& program, Context* context) {
  std::size_t start = begin_capture();
  bool good = run_root(program, context);
  Value body = end_capture(start, true);
  if (!good) return nullptr;
  Module* module = arena_.make<Module>();
  module->program = &program;
  module->body = body;
  module->names = arena_.make<Dict>();
  for (std::uint32_t i = 0; i < context->exported.size; i++) {
    const Value& name = context->exported.entries[i].key;
    module->names->set(arena_, name, *context->vars.find(name));
  }
  return module;
}

// Without context a template is run once per render.
Module* Machine::default_module(const Program& program) {
  auto found = modules_.find(&program);
  if (found != modules_.end()) return found->second;
  Module* module = module_of(program, new_context(program, &globals_));
  if (module != nullptr) modules_[&program] = module;
  keep();
  return module;
}

Flow Machine::exec_import(Node* n, Frame* f) {
  const Program* program = n->linked;
  if (program == nullptr) {
    Value name = eval(n->a, f);
    if (name.failed()) return Flow::failed;
    program = load(name, n, false);
    if (program == nullptr) return Flow::failed;
  }
  Module* module =
      (n->flags & Node::kWithContext) != 0
          ? module_of(*program, new_context(*program, derive(f, n->visible)))
          : default_module(*program);
  if (module == nullptr) return Flow::failed;
  Value v = make(Kind::module);
  v.module = module;
  store_name(n->b, v, f);
  f->context->exported.erase(arena_, string(n->b->name));
  return Flow::next;
}

Flow Machine::exec_from_import(Node* n, Frame* f) {
  const Program* program = n->linked;
  if (program == nullptr) {
    Value name = eval(n->a, f);
    if (name.failed()) return Flow::failed;
    program = load(name, n, false);
    if (program == nullptr) return Flow::failed;
  }
  Module* module =
      (n->flags & Node::kWithContext) != 0
          ? module_of(*program, new_context(*program, derive(f, n->visible)))
          : default_module(*program);
  if (module == nullptr) return Flow::failed;
  TemplateError place;
  locate(place, program_->source, n->offset);
  for (Node* name : n->items) {
    const Value* found = module->names->find(name->name);
    Value v =
        found != nullptr
            ? *found
            : undefined_hint(concat(
                  {"the template '", program->name, "' (imported on line ",
                   std::to_string(place.line), " in '", program_->name,
                   "') does not export the requested name '", name->name,
                   "'"}));
    store_name(name->b, v, f);
    f->context->exported.erase(arena_, string(name->b->name));
  }
  return Flow::next;
}

// --- macro calls
// -------------------------------------------------------------------

Value Machine::call_macro(const Macro& macro, const Args& args) {
  const Node* n = macro.node;
  const Routine& routine = *n->routine;
  if (!deeper()) return failure();
  bool escape_result = autoescape_;
  Frame* f = new_frame(routine, macro.closure, macro.context);
  std::vector<bool> used(args.keywords.size(), false);
  auto take = [&](std::string_view name) -> const Value* {
    for (std::size_t i = 0; i < args.keywords.size(); i++) {
      if (args.keywords[i].name != name || used[i]) continue;
      used[i] = true;
      return &args.keywords[i].value;
    }
    return nullptr;
  };
  auto refuse = [&](std::initializer_list<std::string_view> parts) {
    depth_--;
    return fail("TypeError", concat(parts));
  };

  std::size_t positional = std::min(args.positional.size(), n->items.size());
  std::vector<Value> values(n->items.size());
  bool found_caller = positional == n->items.size() && routine.explicit_caller;
  for (std::size_t i = 0; i < n->items.size(); i++) {
    if (i < positional) {
      values[i] = args.positional[i];
      continue;
    }
    if (const Value* v = take(n->items[i]->name)) values[i] = *v;
    if (n->items[i]->name == "caller") found_caller = true;
  }
  if (routine.caller_slot >= 0 && !found_caller) {
    const Value* caller = take("caller");
    f->slots[routine.caller_slot] = caller != nullptr && !caller->is(Kind::none)
                                        ? *caller
                                        : undefined_hint("No caller defined");
  }
  Dict* rest = arena_.make<Dict>();
  for (std::size_t i = 0; i < args.keywords.size(); i++) {
    if (used[i]) continue;
    const Keyword& k = args.keywords[i];
    if (routine.kwargs_slot < 0) {
      if (k.name == "caller")
        return refuse({"macro '", n->name,
                       "' was invoked with two values for the special caller "
                       "argument. This is most likely a bug."});
      return refuse(
          {"macro '", n->name, "' takes no keyword argument '", k.name, "'"});
    }
    rest->set(arena_, k.name, k.value);
  }
  if (routine.kwargs_slot >= 0) f->slots[routine.kwargs_slot] = dict_of(rest);
  if (routine.varargs_slot >= 0) {
    List* more = new_list(arena_);
    for (std::size_t i = positional; i < args.positional.size(); i++)
      more->push(arena_, args.positional[i]);
    f->slots[routine.varargs_slot] = list_of(more, Kind::tuple);
  } else if (args.positional.size() > n->items.size()) {
    return refuse({"macro '", n->name, "' takes not more than ",
                   std::to_string(n->items.size()), " argument(s)"});
  }

  Enter saved(*this);
  program_ = macro.program;
  where_ = n;
  parent_ = nullptr;
  autoescape_ = macro.autoescape;
  enter(routine.scope, f);
  for (std::size_t i = 0; i < n->items.size(); i++)
    f->slots[n->items[i]->slot] = values[i];
  std::size_t first_default = n->items.size() - n->defaults.size();
  for (std::size_t i = 0; i < n->items.size(); i++) {
    Value& slot = f->slots[n->items[i]->slot];
    if (!slot.is(Kind::missing)) continue;
    Value v = i >= first_default
                  ? eval(n->defaults[i - first_default], f)
                  : undefined_hint(concat({"parameter '", n->items[i]->name,
                                           "' was not provided"}));
    if (v.failed()) {
      depth_--;
      return v;
    }
    slot = v;
  }
  std::size_t start = begin_capture();
  Flow flow = exec(n->more, f);
  Value made = end_capture(start, escape_result);
  depth_--;
  return flow == Flow::failed ? failure() : made;
}

}  // namespace trestle::pages
