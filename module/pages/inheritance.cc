// The entry points of a render, blocks with their chains, and extends.
#include <set>

#include "base/text.h"
#include "pages/machine.h"
#include "pages/machine_enter.h"

namespace trestle::pages {

// --- entry points

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
  const Program* parent = linked_program(n, f, false);
  if (parent == nullptr) return Flow::failed;
  if (parent->error) {
    error_ = parent->error;
    return Flow::failed;
  }
  parent_ = parent;
  add_blocks(f->context, *parent);
  return Flow::next;
}

}  // namespace trestle::pages
