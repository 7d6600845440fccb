// The symbols of a body. Jinja2 compiles a template to Python functions, and
// its scoping rules are those of the code it makes: each body has symbols, a
// symbol is loaded from the context, copied from an outer scope or starts
// undefined, and a `set` in only some branches of an `if` starts with the outer
// value.
#pragma once

#include <initializer_list>
#include <map>
#include <set>
#include <span>
#include <string_view>

#include "pages/program.h"

namespace trestle::pages {

struct Ref {
  int level = 0;  // of the routine
  std::uint32_t slot = 0;
};

// The routine whose frame is being laid out.
struct RoutineScope {
  Routine* routine = nullptr;
  int level = 0;
};

struct Symbols {
  using Slots = std::map<std::string_view, std::uint32_t, std::less<>>;

  Symbols* parent = nullptr;
  RoutineScope* routine = nullptr;
  Slots* slots = nullptr;  // shared by copies made for branches
  std::map<std::string_view, Ref, std::less<>> refs = {};
  std::map<std::uint32_t, Load> loads = {};  // by slot; absent: a parameter
  std::set<std::string_view> stores = {};

  // Null: no body around this one has the name either.
  [[nodiscard]] const Ref* find(std::string_view name) const;
  // Gives the name a slot of its own here.
  Ref define(std::string_view name);
  void parameter(std::string_view name);
  void load(std::string_view name);
  void store(std::string_view name);
  // What the branches of an `if`, all begun as copies of this, have found.
  void merge(std::initializer_list<const Symbols*> branches);

 private:
  [[nodiscard]] Load load_from(Ref target, const Ref& outer) const;
};

// Notes what the nodes read and store.
void analyze(Symbols& symbols, std::span<Node* const> nodes);
void analyze(Symbols& symbols, Node* node);

// The names of a loop's or with's target, as parameters of its body.
void declare_targets(Symbols& symbols, Node* target);

}  // namespace trestle::pages
