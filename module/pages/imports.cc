// Include and import: other templates as they are when the page is made.
#include "base/text.h"
#include "pages/machine.h"

namespace trestle::pages {

// The program of a name, of the first that exists of a list, or null: failed,
// or `optional` and not there.
const Program* Machine::load(const Value& name, bool optional) {
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

// The template that a statement names: known since the load, or named by a
// value now. Null as load() answers it.
const Program* Machine::linked_program(Node* n, Frame* f, bool optional) {
  if (n->linked != nullptr) return n->linked;
  Value name = eval(n->a, f);
  return name.failed() ? nullptr : load(name, optional);
}

Flow Machine::exec_include(Node* n, Frame* f) {
  const Program* program =
      linked_program(n, f, (n->flags & Node::kIgnoreMissing) != 0);
  if (program == nullptr) return failed() ? Flow::failed : Flow::next;
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

// Null: failed.
Module* Machine::imported_module(Node* n, Frame* f) {
  const Program* program = linked_program(n, f, false);
  if (program == nullptr) return nullptr;
  if ((n->flags & Node::kWithContext) == 0) return default_module(*program);
  return module_of(*program, new_context(*program, derive(f, n->visible)));
}

Flow Machine::exec_import(Node* n, Frame* f) {
  Module* module = imported_module(n, f);
  if (module == nullptr) return Flow::failed;
  Value v = make(Kind::module);
  v.module = module;
  store_name(n->b, v, f);
  f->context->exported.erase(arena_, string(n->b->name));
  return Flow::next;
}

Flow Machine::exec_from_import(Node* n, Frame* f) {
  Module* module = imported_module(n, f);
  if (module == nullptr) return Flow::failed;
  TemplateError place;
  locate(place, program_->source, n->offset);
  for (Node* name : n->items) {
    const Value* found = module->names->find(name->name);
    Value v =
        found != nullptr
            ? *found
            : undefined_hint(concat(
                  {"the template '", module->program->name,
                   "' (imported on line ", std::to_string(place.line), " in '",
                   program_->name, "') does not export the requested name '",
                   name->name, "'"}));
    store_name(name->b, v, f);
    f->context->exported.erase(arena_, string(name->b->name));
  }
  return Flow::next;
}

}  // namespace trestle::pages
