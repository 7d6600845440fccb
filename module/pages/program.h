// A compiled template: immutable, one per file, shared by all renders. A
// TemplateSet holds the templates of one folder and links them: constant names
// of include, import and extends point to their programs before any request.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pages/arena.h"
#include "pages/callable.h"
#include "pages/template_error.h"
#include "pages/tree.h"

namespace trestle::pages {

struct Program {
  std::string name;
  Arena arena;
  std::string_view source;  // normalised, in the arena
  Node* root = nullptr;     // null when the template has an error
  Routine routine;
  std::vector<Node*> blocks;  // in the order of the source, names are unique
  std::vector<Node*> links;   // include, import, extends with constant names
  std::uint32_t caches = 0;   // attribute caches that a machine keeps
  std::optional<TemplateError> error;

  [[nodiscard]] const Node* block(std::string_view name) const;
};

// Parses and checks one template. Never fails: the program carries its error.
[[nodiscard]] std::unique_ptr<Program> compile(std::string name,
                                               std::string_view text,
                                               std::uint32_t first_cache = 0);

// Resolves names to slots and filters and tests to functions (scope.cc).
// Sets program.error on what only this stage can see.
void resolve_scopes(Program& program);

class TemplateSet {
 public:
  // Compiles and adds a template; its name is relative to the set's folder,
  // with forward slashes. Configuration load only.
  void add(std::string name, std::string_view text);

  // Links constant names. Call once, after the last add().
  void link();

  // All errors that configuration load should refuse: syntax errors, and
  // constant names that no template has (unless `ignore missing`).
  [[nodiscard]] std::vector<TemplateError> check() const;

  // Null when there is no such template.
  [[nodiscard]] const Program* find(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, std::unique_ptr<Program>,
                               std::less<>>&
  programs() const {
    return programs_;
  }

  // Makes `function` known to all templates under its name. Borrowed; outlives
  // the set.
  void add_global(const Callable* function) { globals_.push_back(function); }
  // All global functions by name; there from link() on. Not to be changed.
  [[nodiscard]] Dict* globals() const { return global_names_; }
  [[nodiscard]] std::uint32_t caches() const { return caches_; }

 private:
  std::map<std::string, std::unique_ptr<Program>, std::less<>> programs_;
  std::vector<const Callable*> globals_;
  Arena arena_;
  Dict* global_names_ = nullptr;  // in arena_
  std::uint32_t caches_ = 0;
};

// Adds every file below `folder` with its relative name. An error when the
// folder cannot be read. Configuration load only.
[[nodiscard]] std::optional<TemplateError> add_folder(
    TemplateSet& set, const std::string& folder);

}  // namespace trestle::pages
