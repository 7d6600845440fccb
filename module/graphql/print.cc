#include "graphql/print.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "graphql/introspection.h"

namespace trestle::graphql {
namespace {

class Printer {
 public:
  std::string run(const Schema& schema);

 private:
  void type(const Type& type);
  void fields(const Type& type);
  void input(const InputValue& input);
  void inputs(const std::vector<InputValue>& inputs, std::string_view indent);
  void description(std::string_view text, std::string_view indent);
  void deprecated(const std::optional<std::string_view>& reason);

  std::string out_;
};

template <class T>
std::vector<const T*> by_name(const std::vector<T>& members) {
  std::vector<const T*> sorted;
  for (const T& member : members) sorted.push_back(&member);
  std::sort(sorted.begin(), sorted.end(),
            [](const T* a, const T* b) { return a->name < b->name; });
  return sorted;
}

void Printer::description(std::string_view text, std::string_view indent) {
  if (text.empty()) return;
  out_.append(indent);
  append_json_string(out_, text);
  out_.push_back('\n');
}

void Printer::deprecated(const std::optional<std::string_view>& reason) {
  if (!reason) return;
  out_.append(" @deprecated(reason: ");
  append_json_string(out_, *reason);
  out_.push_back(')');
}

void Printer::input(const InputValue& input) {
  out_.append(concat({input.name, ": ", input.type.text()}));
  if (input.default_value != nullptr)
    out_.append(concat({" = ", literal_text(*input.default_value)}));
  deprecated(input.deprecated);
}

void Printer::fields(const Type& t) {
  for (const Field* field : by_name(t.fields())) {
    description(field->description, "  ");
    out_.append(concat({"  ", field->name}));
    if (!field->arguments.empty()) {
      out_.append("(\n");
      for (const InputValue* argument : by_name(field->arguments)) {
        description(argument->description, "    ");
        out_.append("    ");
        input(*argument);
        out_.push_back('\n');
      }
      out_.append("  )");
    }
    out_.append(concat({": ", field->type.text()}));
    deprecated(field->deprecated);
    out_.push_back('\n');
  }
}

void Printer::type(const Type& t) {
  description(t.description, "");
  auto members = [&](std::string_view joint) {
    std::string list;
    const std::vector<const Type*>& types =
        t.kind == TypeKind::union_ ? t.possible() : t.interfaces();
    for (const Type* member : types)
      list.append(concat({list.empty() ? "" : joint, member->name}));
    return list;
  };
  switch (t.kind) {
    case TypeKind::scalar:
      out_.append(concat({"scalar ", t.name, "\n\n"}));
      return;
    case TypeKind::union_:
      out_.append(concat({"union ", t.name, " = ", members(" | "), "\n\n"}));
      return;
    case TypeKind::enumeration:
      out_.append(concat({"enum ", t.name, " {\n"}));
      for (const EnumValue* value : by_name(t.values())) {
        description(value->description, "  ");
        out_.append(concat({"  ", value->name}));
        deprecated(value->deprecated);
        out_.push_back('\n');
      }
      break;
    case TypeKind::input:
      out_.append(concat({"input ", t.name, " {\n"}));
      for (const InputValue* member : by_name(t.inputs())) {
        description(member->description, "  ");
        out_.append("  ");
        input(*member);
        out_.push_back('\n');
      }
      break;
    default: {
      std::string implemented = members(" & ");
      out_.append(concat({t.kind == TypeKind::object ? "type " : "interface ",
                          t.name, implemented.empty() ? "" : " implements ",
                          implemented, " {\n"}));
      fields(t);
    }
  }
  out_.append("}\n\n");
}

std::string Printer::run(const Schema& schema) {
  out_.append("schema {\n");
  auto root = [&](std::string_view name, const Type* t) {
    if (t != nullptr) out_.append(concat({"  ", name, ": ", t->name, "\n"}));
  };
  root("query", schema.query);
  root("mutation", schema.mutation);
  root("subscription", schema.subscription);
  out_.append("}\n\n");
  std::vector<const Type*> types = schema.types();
  std::sort(types.begin(), types.end(),
            [](const Type* a, const Type* b) { return a->name < b->name; });
  constexpr std::string_view kBuiltIn[] = {"Int", "Float", "String", "Boolean",
                                           "ID"};
  for (const Type* t : types) {
    bool built_in = t->introspection;
    for (std::string_view name : kBuiltIn)
      built_in = built_in || t->name == name;
    if (!built_in) type(*t);
  }
  if (!out_.empty()) out_.pop_back();
  return std::move(out_);
}

}  // namespace

std::string print(const Schema& schema) { return Printer().run(schema); }

}  // namespace trestle::graphql
