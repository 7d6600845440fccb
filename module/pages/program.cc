#include "pages/program.h"

#include "base/text.h"
#include "pages/parser.h"

namespace trestle::pages {

const Node* Program::block(std::string_view wanted) const {
  for (const Node* n : blocks)
    if (n->name == wanted) return n;
  return nullptr;
}

std::unique_ptr<Program> compile(std::string name, std::string_view text,
                                 std::uint32_t first_cache) {
  auto program = std::make_unique<Program>();
  program->name = std::move(name);
  program->caches = first_cache;
  program->source = normalise_source(program->arena, text);
  auto refuse = [&](std::size_t offset, std::string message) {
    TemplateError error{.kind = TemplateError::Kind::syntax,
                        .file = program->name,
                        .message = std::move(message)};
    locate(error, program->source, offset);
    program->error = std::move(error);
  };
  if (!is_utf8(program->source)) {
    std::size_t good = 0;
    while (good < program->source.size() &&
           is_utf8(program->source.substr(0, good + 1)))
      good++;
    refuse(good, "the file is not UTF-8");
    return program;
  }
  Parser parser(program->arena, program->source);
  program->root = parser.parse();
  if (program->root == nullptr)
    refuse(parser.error_offset(), parser.error());
  else
    resolve_scopes(*program);
  if (program->error) program->root = nullptr;
  return program;
}

void TemplateSet::add(std::string name, std::string_view text) {
  std::unique_ptr<Program> program = compile(name, text, caches_);
  caches_ = program->caches;
  programs_[std::move(name)] = std::move(program);
}

void TemplateSet::link() {
  for (auto& [name, program] : programs_)
    for (Node* n : program->links) n->linked = find(n->a->value.text());
  global_names_ = arena_.make<Dict>();
  auto add_name = [&](const Callable& function) {
    Value v = make(Kind::function);
    v.function = &function;
    global_names_->set(arena_, function.name, v);
  };
  for (const Callable& function : standard_globals()) add_name(function);
  for (const Callable* function : globals_) add_name(*function);
}

const Program* TemplateSet::find(std::string_view name) const {
  auto it = programs_.find(name);
  return it == programs_.end() ? nullptr : it->second.get();
}

std::vector<TemplateError> TemplateSet::check() const {
  std::vector<TemplateError> errors;
  for (const auto& [name, program] : programs_) {
    if (program->error) {
      errors.push_back(*program->error);
      continue;
    }
    for (const Node* n : program->links) {
      bool optional =
          n->op == Op::include && (n->flags & Node::kIgnoreMissing) != 0;
      if (n->linked != nullptr || optional) continue;
      TemplateError error{
          .kind = TemplateError::Kind::notfound,
          .file = name,
          .message = concat({"TemplateNotFound: ", n->a->value.text()})};
      locate(error, program->source, n->a->offset);
      errors.push_back(std::move(error));
    }
  }
  return errors;
}

}  // namespace trestle::pages
