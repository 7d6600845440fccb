#include "base/text.h"
#include "pages/gettext.h"
#include "pages/machine.h"

namespace trestle::pages {

Flow Machine::exec(std::span<Node*> nodes, Frame* f) {
  for (Node* n : nodes) {
    Flow flow = exec(n, f);
    if (flow != Flow::next) return flow;
  }
  return Flow::next;
}

Flow Machine::exec(Node* n, Frame* f) {
  if (n->op == Op::text) {
    if (n->flags == 0 || parent_ == nullptr) put(n->name);
    return Flow::next;
  }
  where_ = n;
  if (!charge(1)) return Flow::failed;
  switch (n->op) {
    case Op::print: {
      if (n->flags != 0 && parent_ != nullptr) return Flow::next;
      Value v = eval(n->a, f);
      if (v.failed()) return Flow::failed;
      where_ = n;
      write(v);
      return failed() ? Flow::failed : Flow::next;
    }
    case Op::if_:
      return exec_if(n, f);
    case Op::for_:
      return exec_for(n, f);
    case Op::body:
      return exec(n->items, f);
    case Op::set: {
      Value v = eval(n->b, f);
      return v.failed() || !assign(n->a, v, f) ? Flow::failed : Flow::next;
    }
    case Op::set_block:
      return exec_set_block(n, f);
    case Op::filter_block:
      return exec_filter_block(n, f);
    case Op::with:
      return exec_with(n, f);
    case Op::do_:
      return eval(n->a, f).failed() ? Flow::failed : Flow::next;
    case Op::break_:
      return Flow::break_;
    case Op::continue_:
      return Flow::continue_;
    case Op::autoescape:
      return exec_autoescape(n, f);
    case Op::macro:
      return exec_macro(n, f);
    case Op::call_block:
      return exec_call_block(n, f);
    case Op::trans:
      return exec_trans(n, f);
    case Op::block:
      return exec_block(n, f);
    case Op::extends:
      return exec_extends(n, f);
    case Op::include:
      return exec_include(n, f);
    case Op::import:
      return exec_import(n, f);
    case Op::from_import:
      return exec_from_import(n, f);
    default:
      fail("RuntimeError", "not a statement");
      return Flow::failed;
  }
}

Flow Machine::exec_if(Node* n, Frame* f) {
  Value test = eval(n->a, f);
  if (test.failed()) return Flow::failed;
  if (truth(test)) return exec(n->items, f);
  for (Node* elif : n->more) {
    where_ = elif;
    test = eval(elif->a, f);
    if (test.failed()) return Flow::failed;
    if (truth(test)) return exec(elif->items, f);
  }
  return n->b == nullptr ? Flow::next : exec(n->b->items, f);
}

// --- loops

Flow Machine::exec_for(Node* n, Frame* f) {
  Value items = eval(n->b, f);
  if (items.failed()) return Flow::failed;
  if ((n->flags & Node::kRecursive) == 0) return run_loop(n, f, items, 0);
  std::size_t start = begin_capture();
  Flow flow = run_loop(n, new_frame(*n->routine, f, f->context), items, 0);
  Value made = end_capture(start, true);
  if (flow == Flow::failed) return flow;
  put(made.text());
  return Flow::next;
}

int Machine::loop_test(Node* n, Frame* f, const Value& item) {
  enter(n->test_scope, f);
  if (!unpack(n->a, item, f)) return -1;
  Value v = eval(n->c, f);
  if (v.failed()) return -1;
  return truth(v) ? 1 : 0;
}

Flow Machine::run_loop(Node* n, Frame* f, const Value& items,
                       std::int64_t depth) {
  where_ = n;
  Cursor cursor;
  if (!iterate(items, cursor)) return Flow::failed;
  bool ran = false;
  Flow flow = (n->flags & Node::kExtended) != 0
                  ? run_extended_loop(n, f, cursor, ran, depth)
                  : run_plain_loop(n, f, cursor, ran);
  if (flow == Flow::failed) return flow;
  if (ran || n->more.empty()) return Flow::next;
  enter(n->else_scope, f);
  return exec(n->more, f);
}

void Machine::forget_turn(const Cursor& cursor, const Arena::Mark& mark,
                          std::uint64_t kept) {
  if (kept_ == kept)
    arena_.release(mark);
  else
    cursor.source.stream->keep();
}

Flow Machine::run_plain_loop(Node* n, Frame* f, Cursor& cursor, bool& ran) {
  Value item;
  bool single = n->a->op == Op::name;
  Value* slot = single ? &f->slots[n->a->slot] : nullptr;
  bool streams = cursor.source.is(Kind::stream);
  Arena::Mark mark;
  std::uint64_t kept = 0;
  while (next(cursor, item)) {
    where_ = n;
    if (!charge(1)) return Flow::failed;
    if (streams) {
      mark = arena_.mark();
      kept = kept_;
    }
    if (n->c != nullptr) {
      int taken = loop_test(n, f, item);
      if (taken < 0) return Flow::failed;
      if (taken == 0) {
        if (streams) forget_turn(cursor, mark, kept);
        continue;
      }
    }
    enter(n->scope, f);
    if (single)
      *slot = item;
    else if (!unpack(n->a, item, f))
      return Flow::failed;
    Flow flow = exec(n->items, f);
    if (flow == Flow::failed) return flow;
    if (flow == Flow::break_) break;
    // As in Jinja2, an item that was left early does not count for `else`.
    if (flow == Flow::next) ran = true;
    if (streams) forget_turn(cursor, mark, kept);
  }
  return failed() ? Flow::failed : Flow::next;
}

Flow Machine::run_extended_loop(Node* n, Frame* f, Cursor& cursor, bool& ran,
                                std::int64_t depth) {
  if (n->c != nullptr) {
    if (cursor.source.is(Kind::stream)) cursor.source.stream->keep();
    List* taken = new_list(arena_);
    Value item;
    while (next(cursor, item)) {
      if (!charge(1)) return Flow::failed;
      int good = loop_test(n, f, item);
      if (good < 0) return Flow::failed;
      if (good > 0) taken->push(arena_, item);
    }
    cursor = {list_of(taken), 0};
  }
  Loop* loop = arena_.make<Loop>();
  loop->cursor = cursor;
  loop->length = length(cursor.source);
  if (cursor.source.is(Kind::iterator))
    loop->length =
        cursor.source.iterator->items->size - cursor.source.iterator->next;
  loop->depth = depth;
  loop->node = (n->flags & Node::kRecursive) != 0 ? n : nullptr;
  loop->frame = f;
  Value loop_value = make(Kind::loop);
  loop_value.loop = loop;
  bool streams = loop->cursor.source.is(Kind::stream);
  loop->has_next = next(loop->cursor, loop->next);
  while (loop->has_next) {
    where_ = n;
    if (!charge(1)) return Flow::failed;
    loop->previous = loop->current;
    loop->current = loop->next;
    loop->has_next = next(loop->cursor, loop->next);
    loop->index0++;
    Arena::Mark mark = arena_.mark();
    std::uint64_t kept = kept_;
    enter(n->scope, f);
    f->slots[n->slot] = loop_value;
    if (!unpack(n->a, loop->current, f)) return Flow::failed;
    Flow flow = exec(n->items, f);
    if (flow == Flow::failed) return flow;
    if (flow == Flow::break_) break;
    // As in Jinja2, an item that was left early does not count for `else`.
    if (flow == Flow::next) ran = true;
    if (streams) forget_turn(loop->cursor, mark, kept);
  }
  return failed() ? Flow::failed : Flow::next;
}

Value Machine::call_loop(Loop& loop, const Args& args) {
  if (loop.node == nullptr)
    return fail("TypeError",
                "The loop must have the 'recursive' marker to be called "
                "recursively.");
  if (args.positional.size() != 1)
    return fail("TypeError", "loop() takes one iterable");
  if (!deeper()) return failure();
  Node* n = const_cast<Node*>(loop.node);
  std::size_t start = begin_capture();
  Frame* f = new_frame(*n->routine, loop.frame->outer, loop.frame->context);
  Flow flow = run_loop(n, f, args.positional[0], loop.depth + 1);
  depth_--;
  Value made = end_capture(start, autoescape_);
  return flow == Flow::failed ? failure() : made;
}

// --- assignment

void Machine::store_name(Node* target, const Value& value, Frame* f) {
  Frame* home = f;
  for (std::uint16_t hops = target->hops; hops > 0; hops--) home = home->outer;
  home->slots[target->slot] = value;
  if (home != f || (target->flags & Node::kExport) != 0) keep();
  if ((target->flags & Node::kExport) == 0) return;
  f->context->vars.set(arena_, string(target->name), value);
  if (!target->name.starts_with('_'))
    f->context->exported.set(arena_, string(target->name), pages::none());
}

bool Machine::assign(Node* target, const Value& value, Frame* f) {
  if (target->op == Op::name) {
    store_name(target, value, f);
    return true;
  }
  if (target->op == Op::tuple) return unpack(target, value, f);
  // namespace.attribute
  Frame* home = f;
  for (std::uint16_t hops = target->hops; hops > 0; hops--) home = home->outer;
  const Value& object = home->slots[target->slot];
  if (!object.is(Kind::name_space)) {
    fail("TemplateRuntimeError",
         "cannot assign attribute on non-namespace object");
    return false;
  }
  object.dict->set(arena_, target->value, value);
  keep();
  return true;
}

bool Machine::unpack(Node* target, const Value& value, Frame* f) {
  if (target->op == Op::name) {
    f->slots[target->slot] = value;
    if ((target->flags & Node::kExport) != 0) store_name(target, value, f);
    return true;
  }
  Cursor cursor;
  if (!iterate(value, cursor)) {
    if (error_ && error_->message.ends_with("is not iterable"))
      error_->message = concat({"TypeError: cannot unpack non-iterable ",
                                type_name(value), " object"});
    return false;
  }
  std::size_t count = 0;
  Value item;
  std::string wanted = std::to_string(target->items.size());
  while (next(cursor, item)) {
    if (count == target->items.size()) {
      fail("ValueError",
           concat({"too many values to unpack (expected ", wanted, ")"}));
      return false;
    }
    if (!unpack(target->items[count++], item, f)) return false;
  }
  if (count == target->items.size()) return !failed();
  fail("ValueError", concat({"not enough values to unpack (expected ", wanted,
                             ", got ", std::to_string(count), ")"}));
  return false;
}

Flow Machine::exec_set_block(Node* n, Frame* f) {
  enter(n->scope, f);
  std::size_t start = begin_capture();
  Flow flow = exec(n->items, f);
  Value v = end_capture(start, autoescape_ && n->b == nullptr);
  if (flow == Flow::failed) return flow;
  if (n->b != nullptr) {
    v.safe = autoescape_;
    v = eval_filter(n->b, f, &v);
    if (v.failed()) return Flow::failed;
    if (autoescape_) {
      v = v.is_string() ? v : text(str(v));
      v.safe = true;
    }
  }
  return assign(n->a, v, f) ? flow : Flow::failed;
}

Flow Machine::exec_filter_block(Node* n, Frame* f) {
  enter(n->scope, f);
  std::size_t start = begin_capture();
  Flow flow = exec(n->items, f);
  Value v = end_capture(start, autoescape_);
  if (flow == Flow::failed) return flow;
  where_ = n;
  v = eval_filter(n->a, f, &v);
  if (v.failed()) return Flow::failed;
  // The body was escaped already. What the filter makes of it must be text,
  // and is escaped again unless it still counts as markup: striptags undoes
  // escapes (Jinja2 prints its text as it is).
  if (!v.is_string()) {
    fail("TypeError", concat({"sequence item 0: expected str instance, ",
                              type_name(v), " found"}));
    return Flow::failed;
  }
  bool escapes = autoescape_ && !is_lax();
  put(escapes ? escape(v).text() : v.text());
  return failed() ? Flow::failed : flow;
}

Flow Machine::exec_with(Node* n, Frame* f) {
  enter(n->scope, f);
  for (std::size_t i = 0; i < n->items.size(); i++) {
    Value v = eval(n->more[i], f);
    if (v.failed() || !unpack(n->items[i], v, f)) return Flow::failed;
  }
  return exec(n->b->items, f);
}

Flow Machine::exec_autoescape(Node* n, Frame* f) {
  enter(n->scope, f);
  Value on = eval(n->a, f);
  if (on.failed()) return Flow::failed;
  bool before = autoescape_;
  autoescape_ = truth(on);
  Flow flow = exec(n->items, f);
  autoescape_ = before;
  return flow;
}

// --- translation

Flow Machine::exec_trans(Node* n, Frame* f) {
  std::string_view message = n->name;
  bool plural = n->value.is_string();
  std::string_view key_context = n->b == nullptr ? "" : n->b->value.text();
  if (plural) {
    Value count = eval(n->a, f);
    if (count.failed()) return Flow::failed;
    double number = 0;
    if (!as_real(count, number)) {
      if (!failed())
        fail("TypeError",
             concat({"'", type_name(count),
                     "' object is not a number to choose a plural"}));
      return Flow::failed;
    }
    message = translate(translations(), key_context, message, n->value.text(),
                        static_cast<std::int64_t>(number));
  } else {
    message = translate(translations(), key_context, message);
  }
  Value v = string(message, autoescape_);
  if (!n->items.empty()) {
    Dict* variables = arena_.make<Dict>();
    for (Node* variable : n->items) {
      Value value = eval(variable->a, f);
      if (value.failed()) return Flow::failed;
      variables->set(arena_, variable->name, value);
    }
    v = binary(Binary::modulo, v, dict_of(variables));
    if (v.failed()) return Flow::failed;
  }
  write(v);
  return failed() ? Flow::failed : Flow::next;
}

}  // namespace trestle::pages
