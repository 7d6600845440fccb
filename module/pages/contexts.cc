// Contexts: what a template sees of names and blocks, and the frames of its
// routines.
#include "pages/machine.h"

namespace trestle::pages {

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

}  // namespace trestle::pages
