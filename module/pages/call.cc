// Calls: binding arguments to declared parameters, with Python's complaints.
#include <algorithm>

#include "base/text.h"
#include "pages/machine.h"

namespace trestle::pages {

namespace {
constexpr std::size_t kMaxParameters = 10;

std::string_view plural(std::size_t n) { return n == 1 ? "" : "s"; }
}  // namespace

bool Machine::bind(const Callable& function, const Args& args, Value* out) {
  std::size_t count = function.parameters.size();
  std::string_view name =
      function.python_name.empty() ? function.name : function.python_name;
  if (args.positional.size() > count) {
    std::size_t given = args.positional.size();
    fail("TypeError",
         concat(
             {name, "() takes ",
              function.required < count
                  ? concat({"from ", std::to_string(function.required), " to "})
                  : std::string(),
              std::to_string(count), " positional argument", plural(count),
              " but ", std::to_string(given),
              given == 1 ? " was given" : " were given"}));
    return false;
  }
  std::ranges::copy(args.positional, out);
  for (const Keyword& k : args.keywords) {
    const auto* found = std::ranges::find(function.parameters, k.name);
    if (found == function.parameters.end()) {
      fail("TypeError", concat({name, "() got an unexpected keyword argument '",
                                k.name, "'"}));
      return false;
    }
    Value& slot = out[found - function.parameters.begin()];
    if (!slot.is(Kind::missing)) {
      fail("TypeError", concat({name, "() got multiple values for argument '",
                                k.name, "'"}));
      return false;
    }
    slot = k.value;
  }
  std::string missing;
  std::size_t lacking = 0;
  for (std::size_t i = 0; i < function.required; i++) {
    if (!out[i].is(Kind::missing)) continue;
    missing += concat(
        {lacking == 0 ? "'" : ", '", function.parameters.begin()[i], "'"});
    lacking++;
  }
  if (lacking == 0) return true;
  fail("TypeError", concat({name, "() missing ", std::to_string(lacking),
                            " required positional argument", plural(lacking),
                            ": ", missing}));
  return false;
}

Value Machine::call(const Callable& function, const Args& args) {
  if (function.bound == nullptr) return function.free(*this, args);
  Value bound[kMaxParameters];
  if (!bind(function, args, bound)) return failure();
  return function.bound(*this, bound);
}

Value Machine::call(const Callable& function, const Value& first,
                    const Args& args) {
  if (function.bound != nullptr && args.keywords.empty() &&
      args.positional.empty() && function.required <= 1) {
    Value bound[kMaxParameters];
    bound[0] = first;
    return function.bound(*this, bound);
  }
  std::vector<Value> positional;
  positional.reserve(args.positional.size() + 1);
  positional.push_back(first);
  positional.insert(positional.end(), args.positional.begin(),
                    args.positional.end());
  return call(function, Args{positional, args.keywords});
}

Value Machine::call(const Value& callee, const Args& args) {
  switch (callee.kind) {
    case Kind::function:
      return call(*callee.function, args);
    case Kind::method:
      return call(*callee.method->function, callee.method->self, args);
    case Kind::macro:
      return call_macro(*callee.macro, args);
    case Kind::super:
      return call_block(*callee.block);
    case Kind::loop:
      return call_loop(*callee.loop, args);
    case Kind::joiner: {
      if (callee.joiner->used) return callee.joiner->separator;
      callee.joiner->used = true;
      return string("");
    }
    case Kind::undefined:
      return fail_undefined(callee);
    default:
      return fail("TypeError",
                  concat({"'", type_name(callee), "' object is not callable"}));
  }
}

}  // namespace trestle::pages
