#include "rest/database_types.h"

#include <algorithm>
#include <vector>

#include "base/json.h"
#include "base/text.h"

namespace trestle::rest {
namespace {

using catalog::Catalog;
using catalog::Function;
using catalog::Relation;
using catalog::Relationship;
using catalog::Type;

constexpr std::string_view kNothing = "{ [_ in never]: never }";

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

// A name as a member: bare where TypeScript lets it be.
std::string member(std::string_view name) {
  auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '$';
  };
  bool bare = !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
              std::all_of(name.begin(), name.end(), plain);
  return bare ? std::string(name) : quoted(name);
}

class Writer {
 public:
  Writer(const Catalog& catalog, std::span<const std::string> schemas)
      : catalog_(catalog), schemas_(schemas) {}

  std::string write() {
    out_ =
        "export type Json =\n  | string\n  | number\n  | boolean\n  | null\n"
        "  | { [key: string]: Json | undefined }\n  | Json[]\n\n"
        "export type Database = {\n";
    for (const std::string& schema : schemas_) write_schema(schema);
    out_ += "}\n";
    return std::move(out_);
  }

 private:
  void line(int depth, std::string_view text) {
    out_.append(static_cast<std::size_t>(depth) * 2, ' ');
    out_ += text;
    out_ += "\n";
  }

  // --- types

  [[nodiscard]] bool is_exposed(std::string_view schema) const {
    return std::find(schemas_.begin(), schemas_.end(), schema) !=
           schemas_.end();
  }

  [[nodiscard]] std::string enum_type(const Type& type) const {
    if (is_exposed(type.schema))
      return concat({"Database[", quoted(type.schema), "][\"Enums\"][",
                     quoted(type.name), "]"});
    return labels(type);
  }

  static std::string labels(const Type& type) {
    std::string text;
    for (const std::string& label : type.labels)
      text += concat({text.empty() ? "" : " | ", quoted(label)});
    return text.empty() ? "never" : text;
  }

  [[nodiscard]] std::string row_type(const Relation& relation) const {
    if (!is_exposed(relation.schema)) return "Json";
    return concat({"Database[", quoted(relation.schema), "][",
                   is_table(relation) ? "\"Tables\"" : "\"Views\"", "][",
                   quoted(relation.name), "][\"Row\"]"});
  }

  [[nodiscard]] std::string type_of(Oid oid) const {
    const Type* type = catalog_.type(catalog_.base_type(oid));
    if (type == nullptr) return "unknown";
    if (type->category == 'A' && type->element != 0)
      return concat({"(", type_of(type->element), ")[]"});
    if (type->kind == Type::Kind::enumeration) return enum_type(*type);
    if (type->kind == Type::Kind::composite) {
      const Relation* relation = catalog_.relation_of_type(type->oid);
      return relation == nullptr ? "Json" : row_type(*relation);
    }
    if (type->category == 'N' && type->name != "money") return "number";
    if (type->category == 'B') return "boolean";
    if (type->name == "json" || type->name == "jsonb") return "Json";
    if (type->name == "void") return "undefined";
    if (type->name == "record") return "Record<string, unknown>";
    if (type->kind == Type::Kind::pseudo) return "unknown";
    return "string";
  }

  // --- relations

  static bool is_table(const Relation& relation) {
    return relation.kind == Relation::Kind::table ||
           relation.kind == Relation::Kind::partitioned ||
           relation.kind == Relation::Kind::foreign;
  }

  [[nodiscard]] std::vector<const Relation*> relations(std::string_view schema,
                                                       bool tables) const {
    std::vector<const Relation*> found;
    for (const Relation& relation : catalog_.relations())
      if (relation.schema == schema && is_table(relation) == tables)
        found.push_back(&relation);
    std::ranges::sort(found, {}, &Relation::name);
    return found;
  }

  // The columns of what is read (Row), sent anew (Insert) or changed (Update).
  enum class Use { row, insert, update };

  void write_columns(const Relation& relation, Use use) {
    constexpr std::string_view kNames[] = {"Row", "Insert", "Update"};
    line(4, concat({kNames[static_cast<std::size_t>(use)], ": {"}));
    for (const catalog::Column& column : relation.columns) {
      bool fixed = column.generated || column.identity == 'a';
      if (use != Use::row && fixed) {
        line(5, concat({member(column.name), "?: never"}));
        continue;
      }
      bool optional =
          use == Use::update ||
          (use == Use::insert && (column.nullable || column.has_default));
      line(5, concat({member(column.name), optional ? "?: " : ": ",
                      type_of(column.type), column.nullable ? " | null" : ""}));
    }
    line(4, "}");
  }

  void write_relationship(const Relationship& via) {
    std::string own;
    std::string other;
    for (const auto& [from, to] : via.columns) {
      own += concat({own.empty() ? "" : ", ", quoted(from)});
      other += concat({other.empty() ? "" : ", ", quoted(to)});
    }
    line(5, "{");
    line(6, concat({"foreignKeyName: ", quoted(via.constraint)}));
    line(6, concat({"columns: [", own, "]"}));
    line(6, concat({"isOneToOne: ", via.kind == Relationship::Kind::one_to_one
                                        ? "true"
                                        : "false"}));
    line(6, concat({"referencedRelation: ", quoted(via.to->name)}));
    line(6, concat({"referencedColumns: [", other, "]"}));
    line(5, "},");
  }

  void write_relationships(const Relation& relation) {
    line(4, "Relationships: [");
    for (const Relationship* via : catalog_.relationships(relation)) {
      bool holds_key =
          via->kind == Relationship::Kind::many_to_one ||
          (via->kind == Relationship::Kind::one_to_one && via->refers);
      if (holds_key && is_exposed(via->to->schema)) write_relationship(*via);
    }
    line(4, "]");
  }

  void write_relation(const Relation& relation) {
    line(3, concat({member(relation.name), ": {"}));
    write_columns(relation, Use::row);
    if (is_table(relation) || relation.insertable)
      write_columns(relation, Use::insert);
    if (is_table(relation) || relation.updatable)
      write_columns(relation, Use::update);
    write_relationships(relation);
    line(3, "}");
  }

  void write_relations(std::string_view title, std::string_view schema,
                       bool tables) {
    std::vector<const Relation*> found = relations(schema, tables);
    if (found.empty()) {
      line(2, concat({title, ": ", kNothing}));
      return;
    }
    line(2, concat({title, ": {"}));
    for (const Relation* relation : found) write_relation(*relation);
    line(2, "}");
  }

  // --- functions

  [[nodiscard]] std::string arguments_of(const Function& function) const {
    std::string text;
    for (const catalog::Parameter& parameter : function.parameters) {
      if (parameter.name.empty()) continue;
      bool optional = parameter.has_default || parameter.variadic;
      text += concat({text.empty() ? "" : "; ", member(parameter.name),
                      optional ? "?: " : ": ", type_of(parameter.type)});
    }
    return text.empty() ? "Record<PropertyKey, never>"
                        : concat({"{ ", text, " }"});
  }

  [[nodiscard]] std::string result_of(const Function& function) const {
    std::string one = type_of(function.returns);
    if (!function.out_columns.empty() &&
        catalog_.relation_of_type(function.returns) == nullptr) {
      one = "{ ";
      for (std::size_t i = 0; i < function.out_columns.size(); ++i)
        one += concat({i > 0 ? "; " : "", member(function.out_columns[i].name),
                       ": ", type_of(function.out_columns[i].type)});
      one += " }";
    }
    return function.returns_set ? concat({"(", one, ")[]"}) : one;
  }

  void write_functions(std::string_view schema) {
    std::vector<const Function*> found;
    for (const Function& function : catalog_.functions())
      if (function.schema == schema) found.push_back(&function);
    std::ranges::stable_sort(found, {}, &Function::name);
    if (found.empty()) {
      line(2, concat({"Functions: ", kNothing}));
      return;
    }
    line(2, "Functions: {");
    for (std::size_t i = 0; i < found.size();) {
      line(3, concat({member(found[i]->name), ":"}));
      for (std::size_t first = i;
           i < found.size() && found[i]->name == found[first]->name; ++i)
        line(4, concat({"| { Args: ", arguments_of(*found[i]),
                        "; Returns: ", result_of(*found[i]), " }"}));
    }
    line(2, "}");
  }

  void write_enums(std::string_view schema) {
    std::vector<const Type*> found;
    for (const auto& [oid, type] : catalog_.types())
      if (type.schema == schema && type.kind == Type::Kind::enumeration)
        found.push_back(&type);
    std::ranges::sort(found, {}, &Type::name);
    if (found.empty()) {
      line(2, concat({"Enums: ", kNothing}));
      return;
    }
    line(2, "Enums: {");
    for (const Type* type : found)
      line(3, concat({member(type->name), ": ", labels(*type)}));
    line(2, "}");
  }

  void write_schema(std::string_view schema) {
    line(1, concat({member(schema), ": {"}));
    write_relations("Tables", schema, true);
    write_relations("Views", schema, false);
    write_functions(schema);
    write_enums(schema);
    line(2, concat({"CompositeTypes: ", kNothing}));
    line(1, "}");
  }

  const Catalog& catalog_;
  std::span<const std::string> schemas_;
  std::string out_;
};

}  // namespace

std::string write_database_types(const Catalog& catalog,
                                 std::span<const std::string> schemas) {
  return Writer(catalog, schemas).write();
}

}  // namespace trestle::rest
