#include "pages/render.h"

#include <algorithm>
#include <set>

#include "pages/machine.h"

namespace trestle::pages {

std::optional<TemplateError> render(const TemplateSet& set,
                                    const Program& entry, Dict* context,
                                    Arena& arena, OutputSink& sink,
                                    const RenderOptions& options) {
  Machine machine(set, arena, sink, options);
  machine.run(entry, context);
  return machine.error();
}

std::optional<TemplateError> render_blocks(
    const TemplateSet& set, const Program& entry,
    const std::vector<std::string_view>& blocks, Dict* context, Arena& arena,
    OutputSink& sink, const RenderOptions& options) {
  Machine machine(set, arena, sink, options);
  machine.run_blocks(entry, blocks, context);
  return machine.error();
}

namespace {

// Collects the names that bodies load from the context.
class NameCollector {
 public:
  explicit NameCollector(const TemplateSet& set) : set_(set) {}

  void template_names(const Program& program) {
    if (program.error || !seen_.insert(&program).second) return;
    loads(program.routine.scope);
    for (const Node* n : program.root->items) visit(n);
    for (const Node* n : program.blocks) block_names(n);
  }

  void block_names(const Node* n) {
    if (!blocks_.insert(n).second) return;
    loads(n->routine->scope);
    for (const Node* child : n->items) visit(child);
  }

  void visit(const Node* n) {
    if (n->op == Op::block) return block_names(n);
    loads(n->scope);
    loads(n->else_scope);
    loads(n->test_scope);
    if (n->routine != nullptr) loads(n->routine->scope);
    bool loads_template = n->op == Op::include || n->op == Op::import ||
                          n->op == Op::from_import || n->op == Op::extends;
    if (loads_template && n->linked != nullptr) template_names(*n->linked);
    // A computed name may be any template of the set.
    if (loads_template && n->a->op != Op::constant)
      for (const auto& [name, program] : set_.programs())
        template_names(*program);
    for (const Node* child : {n->a, n->b, n->c})
      if (child != nullptr) visit(child);
    for (const Node* child : n->items) visit(child);
    for (const Node* child : n->more) visit(child);
    for (const Node* child : n->defaults) visit(child);
  }

  std::vector<std::string_view> take() {
    return {names_.begin(), names_.end()};
  }

 private:
  void loads(const Scope& scope) {
    for (const Load& load : scope.loads)
      if (load.from == Load::From::context) names_.insert(load.name);
  }

  const TemplateSet& set_;
  std::set<const Program*> seen_;
  std::set<const Node*> blocks_;
  std::set<std::string_view> names_;
};

}  // namespace

std::vector<std::string_view> context_names(const TemplateSet& set,
                                            const Program& entry,
                                            std::string_view block) {
  NameCollector collector(set);
  if (block.empty()) {
    collector.template_names(entry);
    return collector.take();
  }
  // The block of each template of the chain: super() may call them all.
  std::set<const Program*> seen;
  for (const Program* at = &entry; at != nullptr && seen.insert(at).second;) {
    if (at->error) break;
    if (const Node* n = at->block(block)) collector.block_names(n);
    const Program* parent = nullptr;
    for (const Node* n : at->links)
      if (n->op == Op::extends && parent == nullptr) parent = n->linked;
    at = parent;
  }
  return collector.take();
}

}  // namespace trestle::pages
