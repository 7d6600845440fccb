// Macros: made where they stand, called from anywhere.
#include <algorithm>

#include "base/text.h"
#include "pages/machine.h"
#include "pages/machine_enter.h"

namespace trestle::pages {

namespace {

// The keyword arguments of one call, as parameters take them.
class Keywords {
 public:
  explicit Keywords(std::span<const Keyword> all)
      : all_(all), is_taken_(all.size(), false) {}

  // Null: there is none of that name any more.
  const Value* take(std::string_view name) {
    for (std::size_t i = 0; i < all_.size(); i++) {
      if (is_taken_[i] || all_[i].name != name) continue;
      is_taken_[i] = true;
      return &all_[i].value;
    }
    return nullptr;
  }
  [[nodiscard]] std::vector<Keyword> left() const {
    std::vector<Keyword> rest;
    for (std::size_t i = 0; i < all_.size(); i++)
      if (!is_taken_[i]) rest.push_back(all_[i]);
    return rest;
  }

 private:
  std::span<const Keyword> all_;
  std::vector<bool> is_taken_;
};

}  // namespace

Value Machine::make_macro(Node* n, Frame* f) {
  Macro* macro = arena_.make<Macro>();
  macro->node = n;
  macro->closure = f;
  macro->context = f->context;
  macro->program = program_;
  macro->autoescape = autoescape_;
  Value v = make(Kind::macro);
  v.macro = macro;
  return v;
}

Flow Machine::exec_macro(Node* n, Frame* f) {
  store_name(n->b, make_macro(n, f), f);
  return Flow::next;
}

Flow Machine::exec_call_block(Node* n, Frame* f) {
  Value caller = make_macro(n, f);
  Value v = eval_call(n->a, f, &caller);
  if (v.failed()) return Flow::failed;
  where_ = n;
  write(v);
  return failed() ? Flow::failed : Flow::next;
}

Value Machine::call_macro(const Macro& macro, const Args& args) {
  const Node* n = macro.node;
  if (!deeper()) return failure();
  bool escape_result = autoescape_;
  Frame* f = new_frame(*n->routine, macro.closure, macro.context);
  Value made = failure();
  if (bind_macro(*n, args, f)) {
    Enter saved(*this);
    program_ = macro.program;
    where_ = n;
    parent_ = nullptr;
    autoescape_ = macro.autoescape;
    enter(n->routine->scope, f);
    if (fill_defaults(*n, f)) {
      std::size_t start = begin_capture();
      Flow flow = exec(n->more, f);
      made = end_capture(start, escape_result);
      if (flow == Flow::failed) made = failure();
    }
  }
  depth_--;
  return made;
}

// Gives the arguments of a call to the macro's parameters, and what is left to
// varargs and kwargs.
bool Machine::bind_macro(const Node& n, const Args& args, Frame* f) {
  const Routine& routine = *n.routine;
  Keywords keywords(args.keywords);
  std::size_t positional = std::min(args.positional.size(), n.items.size());
  bool found_caller = positional == n.items.size() && routine.explicit_caller;
  for (std::size_t i = 0; i < n.items.size(); i++) {
    Value& slot = f->slots[n.items[i]->slot];
    if (i < positional) {
      slot = args.positional[i];
      continue;
    }
    if (const Value* v = keywords.take(n.items[i]->name)) slot = *v;
    if (n.items[i]->name == "caller") found_caller = true;
  }
  if (routine.caller_slot >= 0 && !found_caller) {
    const Value* caller = keywords.take("caller");
    f->slots[routine.caller_slot] = caller != nullptr && !caller->is(Kind::none)
                                        ? *caller
                                        : undefined_hint("No caller defined");
  }
  const std::vector<Keyword> rest = keywords.left();
  if (routine.kwargs_slot >= 0) {
    Dict* kwargs = arena_.make<Dict>();
    for (const Keyword& k : rest) kwargs->set(arena_, k.name, k.value);
    f->slots[routine.kwargs_slot] = dict_of(kwargs);
  } else if (!rest.empty()) {
    return refuse_keyword(n, rest.front().name);
  }
  if (routine.varargs_slot >= 0) {
    List* more = new_list(arena_);
    for (const Value& value : args.positional.subspan(positional))
      more->push(arena_, value);
    f->slots[routine.varargs_slot] = list_of(more, Kind::tuple);
  } else if (args.positional.size() > n.items.size()) {
    fail("TypeError", concat({"macro '", n.name, "' takes not more than ",
                              std::to_string(n.items.size()), " argument(s)"}));
  }
  return !failed();
}

bool Machine::refuse_keyword(const Node& n, std::string_view name) {
  fail("TypeError",
       name == "caller"
           ? concat({"macro '", n.name,
                     "' was invoked with two values for the special caller "
                     "argument. This is most likely a bug."})
           : concat({"macro '", n.name, "' takes no keyword argument '", name,
                     "'"}));
  return false;
}

// Parameters that got nothing have their defaults, in which those before them
// can be named.
bool Machine::fill_defaults(const Node& n, Frame* f) {
  std::size_t first_default = n.items.size() - n.defaults.size();
  for (std::size_t i = 0; i < n.items.size(); i++) {
    Value& slot = f->slots[n.items[i]->slot];
    if (!slot.is(Kind::missing)) continue;
    Value v = i >= first_default
                  ? eval(n.defaults[i - first_default], f)
                  : undefined_hint(concat({"parameter '", n.items[i]->name,
                                           "' was not provided"}));
    if (v.failed()) return false;
    slot = v;
  }
  return true;
}

}  // namespace trestle::pages
