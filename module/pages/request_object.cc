#include "pages/request_object.h"

#include "base/text.h"
#include "pages/json_values.h"

namespace trestle::pages {

namespace {

// Bytes of a request are UTF-8 for a template, or left out.
Value text_value(Arena& arena, std::string_view text) {
  if (!is_utf8(text)) return string("");
  return string(arena.copy(text));
}

Dict* values_dict(Arena& arena, const NamedValues& values) {
  Dict* dict = arena.make<Dict>();
  for (const NamedValues::Entry& entry : values.entries()) {
    if (!is_utf8(entry.name) || dict->find(entry.name) != nullptr) continue;
    dict->set(arena, arena.copy(entry.name),
              entry.value ? text_value(arena, *entry.value) : none());
  }
  return dict;
}

// As HTTP's standards write names: User-Agent; and as SQL files and templates
// can: user_agent.
Value headers_value(Arena& arena, const Request& request) {
  Dict* dict = arena.make<Dict>();
  for (const HeaderView& header : request.headers) {
    if (ascii_iequals(header.name, "cookie") ||
        ascii_iequals(header.name, "authorization"))
      continue;
    std::string title = ascii_lower(header.name);
    std::string plain = title;
    bool begins = true;
    for (char& c : title) {
      if (begins && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
      begins = c == '-';
    }
    for (char& c : plain)
      if (c == '-') c = '_';
    Value value = text_value(arena, header.value);
    dict->set(arena, arena.copy(title), value);
    dict->set(arena, arena.copy(plain), value);
  }
  return dict_of(dict);
}

Value request_value(Arena& arena, const Visit& visit) {
  const Request& request = visit.request();
  Dict* dict = arena.make<Dict>();
  auto add = [&](std::string_view name, std::string_view value) {
    dict->set(arena, name, text_value(arena, value));
  };
  add("method", request.method);
  add("path", request.path);
  add("query_string", request.query);
  add("scheme", request.scheme);
  add("host", request.host);
  add("locale", visit.locale == nullptr ? "" : visit.locale->name);
  add("full_path", request.query.empty()
                       ? std::string(request.path)
                       : concat({request.path, "?", request.query}));
  Result<NamedValues> args = NamedValues::from_form(request.query);
  dict->set(arena, "args",
            dict_of(values_dict(arena, args.ok() ? *args : NamedValues())));
  dict->set(arena, "form", dict_of(values_dict(arena, visit.form)));
  dict->set(arena, "headers", headers_value(arena, request));
  Dict* params = arena.make<Dict>();
  for (const auto& [name, value] : visit.params)
    params->set(arena, name, text_value(arena, value));
  dict->set(arena, "view_args", dict_of(params));
  return dict_of(dict);
}

// The claims of whoever asks; empty for an anonymous visitor.
Value session_value(Arena& arena, const auth::Identity& identity) {
  if (identity.claims) return json_value(arena, identity.claims->json);
  return dict_of(arena.make<Dict>());
}

Value form_value(Arena& arena, const Visit& visit) {
  Dict* values = arena.make<Dict>();
  for (const NamedValues::Entry& entry : visit.form.entries())
    if (entry.value && !entry.value->starts_with("\\x") &&
        is_utf8(entry.name) && values->find(entry.name) == nullptr)
      values->set(arena, arena.copy(entry.name),
                  text_value(arena, *entry.value));
  Dict* errors = arena.make<Dict>();
  for (const auto& [name, message] : visit.form_errors)
    errors->set(arena, arena.copy(name), text_value(arena, message));
  Dict* form = arena.make<Dict>();
  form->set(arena, "values", dict_of(values));
  form->set(arena, "errors", dict_of(errors));
  return dict_of(form);
}

}  // namespace

void add_request(Arena& arena, Dict& context, const Visit& visit) {
  context.set(arena, "request", request_value(arena, visit));
}

void add_session(Arena& arena, Dict& context, const Visit& visit) {
  context.set(arena, "session", session_value(arena, visit.exchange.identity));
}

void add_form(Arena& arena, Dict& context, const Visit& visit) {
  context.set(arena, "form", form_value(arena, visit));
}

}  // namespace trestle::pages
