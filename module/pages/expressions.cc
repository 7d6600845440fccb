#include "base/text.h"
#include "pages/machine.h"

namespace trestle::pages {

namespace {
// Recursion of eval() over one expression and all calls below it. Frames of
// eval are small; this keeps their sum below a megabyte or two.
constexpr std::uint32_t kMaxLevels = 2500;
}  // namespace

Value Machine::eval(Node* n, Frame* f) {
  if (++levels_ > kMaxLevels) {
    levels_--;
    return fail("RecursionError", "expression is nested too deeply");
  }
  Value v;
  switch (n->op) {
    case Op::constant:
      v = n->value;
      break;
    case Op::name:
      v = eval_name(n, f);
      break;
    case Op::attribute: {
      Value object = eval(n->a, f);
      v = object.failed() ? object
                          : get_attribute(object, n->name, n->hash, n->cache);
      break;
    }
    case Op::item:
      v = eval_item(n, f);
      break;
    case Op::call:
      v = eval_call(n, f);
      break;
    case Op::filter:
      v = eval_filter(n, f, nullptr);
      break;
    case Op::test:
      v = eval_test(n, f);
      break;
    case Op::list:
    case Op::tuple:
      v = eval_list(n, f);
      break;
    case Op::dict:
      v = eval_dict(n, f);
      break;
    case Op::cond:
      v = eval_cond(n, f);
      break;
    case Op::or_:
    case Op::and_:
      v = eval(n->a, f);
      if (!v.failed() && truth(v) == (n->op == Op::and_)) v = eval(n->b, f);
      break;
    case Op::not_:
      v = eval(n->a, f);
      if (!v.failed()) v = boolean(!truth(v));
      break;
    case Op::compare:
      v = eval_compare(n, f);
      break;
    case Op::concat:
      v = eval_concat(n, f);
      break;
    case Op::binary: {
      Value a = eval(n->a, f);
      Value b = a.failed() ? a : eval(n->b, f);
      v = b.failed() ? b : binary(static_cast<Binary>(n->sub), a, b);
      break;
    }
    case Op::negate:
      v = eval(n->a, f);
      if (!v.failed()) v = negate(v);
      break;
    case Op::positive:
      v = eval(n->a, f);
      if (!v.failed()) v = positive(v);
      break;
    default:
      v = fail("RuntimeError", "not an expression");
      break;
  }
  levels_--;
  return failed() ? failure() : v;
}

Value Machine::eval_name(Node* n, Frame* f) {
  for (std::uint16_t hops = n->hops; hops > 0; hops--) f = f->outer;
  const Value& v = f->slots[n->slot];
  return v.is(Kind::missing) ? undefined(n->name) : v;
}

Value Machine::eval_list(Node* n, Frame* f) {
  List* items = new_list(arena_, n->items.size());
  for (Node* item : n->items) {
    Value v = eval(item, f);
    if (v.failed()) return v;
    items->push(arena_, v);
  }
  return list_of(items, n->op == Op::tuple ? Kind::tuple : Kind::list);
}

Value Machine::eval_dict(Node* n, Frame* f) {
  Dict* dict = arena_.make<Dict>();
  for (std::size_t i = 0; i < n->items.size(); i++) {
    Value key = eval(n->items[i], f);
    Value value = key.failed() ? key : eval(n->more[i], f);
    if (value.failed()) return value;
    if (!hashable(key))
      return fail("TypeError",
                  concat({"unhashable type: '", type_name(key), "'"}));
    dict->set(arena_, key, value);
  }
  return dict_of(dict);
}

Value Machine::eval_cond(Node* n, Frame* f) {
  Value test = eval(n->a, f);
  if (test.failed()) return test;
  if (truth(test)) return eval(n->b, f);
  if (n->c != nullptr) return eval(n->c, f);
  TemplateError place;
  locate(place, program_->source, n->offset);
  return undefined_hint(
      concat({"the inline if-expression on line ", std::to_string(place.line),
              " in '", program_->name,
              "' evaluated to false and no else section was defined."}));
}

Value Machine::eval_compare(Node* n, Frame* f) {
  Value left = eval(n->a, f);
  if (left.failed()) return left;
  for (Node* operand : n->items) {
    Value right = eval(operand->a, f);
    if (right.failed()) return right;
    int holds = compare(static_cast<Compare>(operand->sub), left, right);
    if (holds < 0) return failure();
    if (holds == 0) return boolean(false);
    left = right;
  }
  return boolean(true);
}

Value Machine::eval_concat(Node* n, Frame* f) {
  std::vector<Value> parts;
  parts.reserve(n->items.size());
  bool safe = false;
  for (Node* item : n->items) {
    Value v = eval(item, f);
    if (v.failed()) return v;
    safe = safe || (v.is_string() && v.safe) || v.is(Kind::module);
    parts.push_back(v);
  }
  safe = safe && autoescape_ && n->sub == 0;
  std::string joined;
  for (const Value& part : parts) {
    Value piece = safe ? escape(part) : soft_str(part);
    if (piece.failed()) return piece;
    joined.append(piece.text());
  }
  if (!allow(0)) return failure();
  return text(joined, safe);
}

Value Machine::eval_item(Node* n, Frame* f) {
  Value object = eval(n->a, f);
  if (object.failed()) return object;
  if (n->b->op != Op::slice) {
    Value key = eval(n->b, f);
    return key.failed() ? key : get_item(object, key);
  }
  Value parts[3];
  Node* nodes[3] = {n->b->a, n->b->b, n->b->c};
  for (int i = 0; i < 3; i++) {
    parts[i] = nodes[i] == nullptr ? none() : eval(nodes[i], f);
    if (parts[i].failed()) return parts[i];
  }
  return slice(object, parts[0], parts[1], parts[2]);
}

// Room for the arguments of a usual call, on the stack.
struct Machine::Arguments {
  std::vector<Value> positional;
  std::vector<Keyword> keywords;
  [[nodiscard]] Args args() const { return {positional, keywords}; }
};

bool Machine::eval_arguments(Node* n, Frame* f, const Value* caller,
                             Arguments& out) {
  if (!n->items.empty()) out.positional.reserve(n->items.size());
  for (Node* item : n->items) {
    out.positional.push_back(eval(item, f));
    if (failed()) return false;
  }
  for (Node* keyword : n->more) {
    out.keywords.push_back({keyword->name, eval(keyword->a, f)});
    if (failed()) return false;
  }
  if (n->b != nullptr && n->op != Op::slice) {
    Value extra = eval(n->b, f);
    List* items = extra.failed() ? nullptr : to_list(extra);
    if (items == nullptr) return false;
    for (const Value& item : items->span()) out.positional.push_back(item);
  }
  if (caller != nullptr) out.keywords.push_back({"caller", *caller});
  if (n->c != nullptr) {
    Value extra = eval(n->c, f);
    if (extra.failed()) return false;
    if (!extra.is(Kind::dict)) {
      fail("TypeError", concat({"argument after ** must be a mapping, not ",
                                type_name(extra)}));
      return false;
    }
    for (std::uint32_t i = 0; i < extra.dict->size; i++) {
      const Dict::Entry& entry = extra.dict->entries[i];
      if (!entry.key.is_string()) {
        fail("TypeError", "keywords must be strings");
        return false;
      }
      for (const Keyword& k : out.keywords)
        if (k.name == entry.key.text()) {
          fail("TypeError",
               concat({"got multiple values for keyword argument '", k.name,
                       "'"}));
          return false;
        }
      out.keywords.push_back({entry.key.text(), entry.value});
    }
  }
  return true;
}

Value Machine::eval_call(Node* n, Frame* f, const Value* caller) {
  Value callee = eval(n->a, f);
  if (callee.failed()) return callee;
  Arguments arguments;
  if (!eval_arguments(n, f, caller, arguments) || !charge(1)) return failure();
  return call(callee, arguments.args());
}

Value Machine::eval_filter(Node* n, Frame* f, const Value* captured) {
  Value subject;
  if (n->a == nullptr) {
    subject = captured == nullptr ? pages::none() : *captured;
  } else if (captured != nullptr && n->a->op == Op::filter) {
    subject = eval_filter(n->a, f, captured);
  } else {
    subject = eval(n->a, f);
  }
  if (subject.failed()) return subject;
  if (n->callable == nullptr)
    return fail("TemplateRuntimeError",
                concat({"No filter named '", n->name, "' found."}));
  Arguments arguments;
  if (!eval_arguments(n, f, nullptr, arguments) || !charge(1)) return failure();
  return call(*n->callable, subject, arguments.args());
}

Value Machine::eval_test(Node* n, Frame* f) {
  Value subject = eval(n->a, f);
  if (subject.failed()) return subject;
  if (n->callable == nullptr)
    return fail("TemplateRuntimeError",
                concat({"No test named '", n->name, "' found."}));
  Arguments arguments;
  if (!eval_arguments(n, f, nullptr, arguments) || !charge(1)) return failure();
  return call(*n->callable, subject, arguments.args());
}

}  // namespace trestle::pages
