// Which function a request calls: by name and by the set of argument names.
#include <algorithm>

#include "base/text.h"
#include "rest/errors.h"
#include "rest/hints.h"
#include "rest/plan.h"

namespace trestle::rest {
namespace {

namespace oid = catalog::oid;

using Names = std::vector<std::string>;

Names argument_names(const ApiRequest& request) {
  Names names;
  auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
  };
  if (request.read_only) {
    for (const auto& [name, value] : request.query.arguments) add(name);
  } else if (request.query.columns) {
    for (const std::string& name : *request.query.columns) add(name);
  } else {
    for (const std::string& key : request.body.keys) add(key);
  }
  return names;
}

// A parameter without a name cannot be given, but for one that takes the body.
bool is_callable(const Function& function) {
  bool unnamed =
      std::any_of(function.parameters.begin(), function.parameters.end(),
                  [](const catalog::Parameter& p) { return p.name.empty(); });
  if (!unnamed) return true;
  if (function.parameters.size() > 1) return false;
  Oid type = function.parameters[0].type;
  return type == oid::kJson || type == oid::kJsonb || type == oid::kText ||
         type == oid::kXml || type == oid::kBytea;
}

// The type of body that one unnamed parameter would take; 0: none.
bool takes_whole_body(const ApiRequest& request, Oid type) {
  if (request.read_only) return false;
  switch (request.content_type.kind) {
    case MediaType::Kind::json:
      return type == oid::kJson || type == oid::kJsonb;
    case MediaType::Kind::text:
      return type == oid::kText;
    case MediaType::Kind::xml:
      return type == oid::kXml;
    case MediaType::Kind::octets:
      return type == oid::kBytea;
    default:
      return false;
  }
}

bool only_unnamed(const Function& function) {
  return function.parameters.size() == 1 && function.parameters[0].name.empty();
}

bool is_raw(const ApiRequest& request) {
  return request.body.kind == Body::Kind::raw;
}

// All required parameters are given and nothing else.
bool matches_names(const Function& function, const Names& names) {
  for (const std::string& name : names) {
    bool known = std::any_of(
        function.parameters.begin(), function.parameters.end(),
        [&](const catalog::Parameter& p) { return p.name == name; });
    if (!known) return false;
  }
  for (const catalog::Parameter& p : function.parameters) {
    bool optional = p.has_default || p.variadic;
    if (!optional &&
        std::find(names.begin(), names.end(), p.name) == names.end())
      return false;
  }
  return true;
}

std::string list_of(const Names& names) {
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

std::string sorted_list(Names names) {
  std::sort(names.begin(), names.end());
  return concat({"(", list_of(names), ")"});
}

std::string_view unnamed_kind(const ApiRequest& request) {
  switch (request.content_type.kind) {
    case MediaType::Kind::json:
      return "json/jsonb";
    case MediaType::Kind::text:
      return "text";
    case MediaType::Kind::xml:
      return "xml";
    case MediaType::Kind::octets:
      return "bytea";
    default:
      return "";
  }
}

std::optional<std::string> function_hint(
    const PlanContext& context, const Names& names,
    const std::vector<const Function*>& overloads) {
  const std::string& schema = context.request.schema;
  const std::string& name = context.request.name;
  std::vector<std::string> candidates;
  if (overloads.empty()) {
    for (const Function& f : context.catalog.functions())
      if (f.schema == schema && is_callable(f) &&
          std::find(candidates.begin(), candidates.end(), f.name) ==
              candidates.end())
        candidates.push_back(f.name);
    std::vector<Guess> guesses = nearest_guesses(name, candidates);
    if (guesses.empty()) return std::nullopt;
    return concat({"Perhaps you meant to call the function ", schema, ".",
                   guesses[0].word});
  }
  for (const Function* f : overloads) {
    Names parameters;
    for (const catalog::Parameter& p : f->parameters)
      parameters.push_back(p.name);
    candidates.push_back(sorted_list(std::move(parameters)));
  }
  std::vector<Guess> guesses = nearest_guesses(sorted_list(names), candidates);
  if (guesses.empty()) return std::nullopt;
  return concat({"Perhaps you meant to call the function ", schema, ".", name,
                 guesses[0].word});
}

Error not_found(const PlanContext& context, const Names& names,
                const std::vector<const Function*>& overloads) {
  const ApiRequest& request = context.request;
  std::string function = concat({request.schema, ".", request.name});
  bool raw = is_raw(request);
  std::string arguments =
      raw || names.empty() ? std::string() : sorted_list(names);
  std::string_view unnamed =
      request.read_only ? std::string_view() : unnamed_kind(request);
  std::string searched;
  if (raw) {
    searched = concat({" with a single unnamed ", unnamed, " parameter"});
  } else if (names.empty()) {
    searched = unnamed.empty()
                   ? " without parameters"
                   : concat({" without parameters or with a single unnamed ",
                             unnamed, " parameter"});
  } else {
    Names sorted = names;
    std::sort(sorted.begin(), sorted.end());
    searched = concat(
        {" with parameter", names.size() > 1 ? "s " : " ", list_of(sorted)});
    if (!unnamed.empty())
      searched += concat({" or with a single unnamed ", unnamed, " parameter"});
  }
  return {
      .code = "PGRST202",
      .http_status = 404,
      .message =
          concat({"Could not find the function ", function,
                  !raw && names.empty() ? " without parameters" : arguments,
                  " in the schema cache"}),
      .details = concat({"Searched for the function ", function, searched,
                         ", but no matches were found in the schema "
                         "cache."}),
      .hint = raw ? std::nullopt : function_hint(context, names, overloads)};
}

Error ambiguous(const std::vector<const Function*>& candidates) {
  std::string list;
  for (const Function* f : candidates) {
    if (!list.empty()) list += ", ";
    list += concat({f->schema, ".", f->name, "("});
    for (std::size_t i = 0; i < f->parameters.size(); ++i) {
      if (i > 0) list += ", ";
      list +=
          concat({f->parameters[i].name, " => ", f->parameters[i].type_text});
    }
    list += ")";
  }
  return {.code = "PGRST203",
          .http_status = 300,
          .message = concat({"Could not choose the best candidate function "
                             "between: ",
                             list}),
          .hint =
              "Try renaming the parameters or the function itself in the "
              "database so function overloading can be resolved"};
}

struct Choice {
  const Function* function = nullptr;
  bool whole_body = false;
};

// Named parameters first; a single unnamed one is what remains.
Result<Choice> choose(const PlanContext& context, const Names& names) {
  const ApiRequest& request = context.request;
  std::vector<const Function*> overloads;
  for (const Function* f :
       context.catalog.functions(request.schema, request.name))
    if (is_callable(*f)) overloads.push_back(f);
  std::vector<const Function*> named;
  std::vector<const Function*> unnamed;
  for (const Function* f : overloads) {
    bool unnamed_parameter = only_unnamed(*f);
    if (unnamed_parameter && takes_whole_body(request, f->parameters[0].type))
      unnamed.push_back(f);
    else if (!is_raw(request) && matches_names(*f, names))
      named.push_back(f);
  }
  // A body without members calls the function that takes none.
  if (named.size() == 1) return Choice{named[0], false};
  if (named.size() > 1) return ambiguous(named);
  if (unnamed.size() == 1) return Choice{unnamed[0], true};
  if (unnamed.size() > 1) return ambiguous(unnamed);
  return not_found(context, names, overloads);
}

void add_values(const std::vector<std::pair<std::string, std::string>>& pairs,
                const Function& function, CallPlan& call) {
  for (const catalog::Parameter& parameter : function.parameters) {
    CallArgument argument{.parameter = &parameter, .values = {}};
    for (const auto& [name, value] : pairs) {
      if (name != parameter.name) continue;
      // Of a repeated plain argument the last counts.
      if (!parameter.variadic) argument.values.clear();
      argument.values.push_back(value);
    }
    if (!argument.values.empty()) call.arguments.push_back(std::move(argument));
  }
}

bool is_record(const Catalog& catalog, const Function& function) {
  if (!function.out_columns.empty()) return true;
  if (function.returns == oid::kRecord) return true;
  const catalog::Type* type = catalog.type(catalog.base_type(function.returns));
  return type != nullptr && type->kind == catalog::Type::Kind::composite;
}

}  // namespace

Result<CallPlan> plan_call(const PlanContext& context) {
  const ApiRequest& request = context.request;
  Names names = argument_names(request);
  Result<Choice> choice = choose(context, names);
  if (!choice.ok()) return std::move(choice).error();
  CallPlan call;
  call.function = choice->function;
  call.whole_body = choice->whole_body;
  const Function& function = *call.function;
  if (call.whole_body) {
    call.body = &request.body;
  } else if (request.read_only) {
    add_values(request.query.arguments, function, call);
  } else if (request.body.kind == Body::Kind::form) {
    add_values(request.body.pairs, function, call);
  } else {
    call.body = &request.body;
    for (const catalog::Parameter& parameter : function.parameters)
      if (std::find(names.begin(), names.end(), parameter.name) != names.end())
        call.arguments.push_back({.parameter = &parameter, .values = {}});
  }
  call.returns_void = function.returns == oid::kVoid;
  call.scalar = !is_record(context.catalog, function);
  call.single = !function.returns_set;
  return call;
}

}  // namespace trestle::rest
