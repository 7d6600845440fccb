#include "graphql/sdl_schema.h"

#include <algorithm>

#include "base/text.h"
#include "graphql/parser.h"
#include "graphql/schema_file.h"
#include "sql/sql_parser.h"

namespace trestle::graphql {
namespace {

// Where a byte of the schema file stands, in front of what is wrong there.
class Mistakes {
 public:
  Mistakes(std::string_view path, std::string_view text)
      : path_(path), text_(text) {}

  [[nodiscard]] Error at(std::size_t offset, std::string_view what) const {
    return on_line(locate(text_, offset).line, what);
  }
  [[nodiscard]] Error on_line(std::uint32_t line, std::string_view what) const {
    return {.code = "TRS021",
            .message = concat({path_, ":", std::to_string(line), ": ", what})};
  }

 private:
  std::string_view path_;
  std::string_view text_;
};

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_';
}

const Value* argument_of(const DirectiveUse& use, std::string_view name) {
  for (const Argument& argument : use.arguments)
    if (argument.name == name) return &argument.value;
  return nullptr;
}

// Cuts "select $1 + $2" into ("select ", 0), (" + ", 1), ("", none).
std::vector<BoundSql::Piece> cut(const FileStatement& statement) {
  std::vector<BoundSql::Piece> pieces;
  std::size_t from = 0;
  for (const SqlToken& token : scan_sql(statement.text).tokens) {
    std::string_view word = token.in(statement.text);
    if (word.size() < 2 || word[0] != '$' || word[1] < '0' || word[1] > '9')
      continue;
    std::size_t number = std::stoul(std::string(word.substr(1)));
    pieces.push_back({.text = statement.text.substr(from, token.begin - from),
                      .parameter = statement.params[number - 1]});
    from = token.end;
  }
  pieces.push_back({.text = statement.text.substr(from), .parameter = {}});
  return pieces;
}

class SdlReader {
 public:
  SdlReader(std::string_view path, std::string_view text, const SdlFiles& files)
      : mistakes_(path, text), text_(text), files_(files) {}

  Result<std::unique_ptr<SdlSchema>> read();

 private:
  using Done = Result<void>;

  Done check_abstract(const TypeDefinition& definition);
  Done bind_fields(const TypeDefinition& definition);
  Done bind_field(const TypeDefinition& definition, const Type& type,
                  const FieldDefinition& field, Field& bound);
  Done bind_sql(const DirectiveUse& use, const Type& type, Field& field);
  Done bind_parameters(const DirectiveUse& use, const Type& type,
                       const Field& field, BoundSql& bound);
  Done bind_http(const DirectiveUse& use, const Type& type, Field& field);
  Done bind_table(const DirectiveUse& use, const Type& type);
  [[nodiscard]] Result<std::string_view> text_argument(const DirectiveUse& use,
                                                       std::string_view name);
  [[nodiscard]] bool is_root(const Type& type) const {
    return &type == out_->schema->query || &type == out_->schema->mutation;
  }

  Mistakes mistakes_;
  std::string_view text_;
  const SdlFiles& files_;
  std::unique_ptr<SdlSchema> out_ = std::make_unique<SdlSchema>();
};

Result<std::unique_ptr<SdlSchema>> SdlReader::read() {
  Arena arena;
  Outcome<Document> document = parse_document(text_, arena);
  auto refused = [&](const GraphqlError& error) {
    return mistakes_.on_line(error.location ? error.location->line : 1,
                             error.message);
  };
  if (!document.ok()) return refused(document.error());
  if (!document->operations.empty() || !document->fragments.empty())
    return mistakes_.on_line(1, "a schema file holds type definitions only");
  Outcome<std::unique_ptr<Schema>> schema = schema_of(*document);
  if (!schema.ok()) return refused(schema.error());
  out_->schema = *std::move(schema);
  if (out_->schema->subscription != nullptr)
    return mistakes_.on_line(1, "a schema file cannot have subscriptions");
  for (const TypeDefinition& definition : document->definitions) {
    if (Done done = check_abstract(definition); !done.ok()) return done.error();
    if (definition.kind != TypeDefinition::Kind::object) continue;
    const Type& type = *out_->schema->find(definition.name);
    for (const DirectiveUse& use : definition.directives)
      if (Done done = bind_table(use, type); !done.ok()) return done.error();
  }
  for (const TypeDefinition& definition : document->definitions)
    if (definition.kind == TypeDefinition::Kind::object)
      if (Done done = bind_fields(definition); !done.ok()) return done.error();
  return std::move(out_);
}

// Fields of interfaces are bound where objects implement them.
Result<void> SdlReader::check_abstract(const TypeDefinition& definition) {
  const Type* type = out_->schema->find(definition.name);
  bool abstract = type != nullptr && (type->kind == TypeKind::interface ||
                                      type->kind == TypeKind::union_);
  if (!abstract) return {};
  if (type->possible().empty())
    return mistakes_.at(definition.at, concat({"no object type implements \"",
                                               type->name, "\""}));
  for (const FieldDefinition& field : definition.fields)
    for (const DirectiveUse& use : field.directives)
      if (use.name != "deprecated")
        return mistakes_.at(use.at,
                            concat({"\"@", use.name,
                                    "\" belongs to the fields of "
                                    "the object types that implement \"",
                                    type->name, "\""}));
  return {};
}

Result<void> SdlReader::bind_fields(const TypeDefinition& definition) {
  Type& type = *out_->schema->find(definition.name);
  for (const FieldDefinition& field : definition.fields)
    for (Field& bound : type.fields_)
      if (bound.name == field.name)
        if (Done done = bind_field(definition, type, field, bound); !done.ok())
          return done;
  return {};
}

Result<void> SdlReader::bind_table(const DirectiveUse& use, const Type& type) {
  if (use.name != "table")
    return mistakes_.at(use.at, concat({"unknown directive \"@", use.name,
                                        "\", expected @table"}));
  Result<std::string_view> name = text_argument(use, "name");
  if (!name.ok()) return name.error();
  if (is_root(type))
    return mistakes_.at(use.at, "a root type stands for no table");
  out_->tables.emplace(&type, *name);
  return {};
}

Result<void> SdlReader::bind_field(const TypeDefinition& definition,
                                   const Type& type,
                                   const FieldDefinition& field, Field& bound) {
  for (const DirectiveUse& use : field.directives) {
    Done done;
    if (use.name == "sql")
      done = bind_sql(use, type, bound);
    else if (use.name == "http")
      done = bind_http(use, type, bound);
    else if (use.name != "deprecated")
      done = mistakes_.at(use.at, concat({"unknown directive \"@", use.name,
                                          "\", expected @sql or @http"}));
    if (!done.ok()) return done;
  }
  if (bound.binding.kind != sdl_bind::row) return {};
  if (is_root(type))
    return mistakes_.at(field.at,
                        concat({"field \"", definition.name, ".", field.name,
                                "\" is bound to nothing, expected @sql(file: "
                                "\"..\") or @http(location: \"..\")"}));
  if (!field.arguments.empty())
    return mistakes_.at(field.at,
                        concat({"field \"", definition.name, ".", field.name,
                                "\" has arguments but no @sql"}));
  // A row of a table leads to others.
  if (out_->tables.contains(&type) && out_->tables.contains(bound.type.named()))
    bound.binding.kind = sdl_bind::relationship;
  return {};
}

Result<std::string_view> SdlReader::text_argument(const DirectiveUse& use,
                                                  std::string_view name) {
  const Value* value = argument_of(use, name);
  if (value == nullptr || !value->is(ValueKind::string) || value->text.empty())
    return mistakes_.at(
        use.at, concat({"\"@", use.name, "\" needs ", name, ": \"..\""}));
  for (const Argument& given : use.arguments)
    if (given.name != name && !(use.name == "sql" && given.name == "database"))
      return mistakes_.at(
          given.at,
          concat({"\"@", use.name, "\" has no argument \"", given.name, "\""}));
  return value->text;
}

Result<void> SdlReader::bind_sql(const DirectiveUse& use, const Type& type,
                                 Field& field) {
  Result<std::string_view> name = text_argument(use, "file");
  if (!name.ok()) return name.error();
  Result<std::string> text = files_.read(*name);
  if (!text.ok()) return mistakes_.at(use.at, text.error().message);
  Result<HandlerFile> file = parse_handler_file(std::string(*name), *text);
  if (!file.ok()) return file.error();
  auto wrong = [&](std::string_view what) {
    return mistakes_.at(use.at, concat({"\"", *name, "\" ", what}));
  };
  if (file->sections.size() != 1 || file->sections[0].statements.size() != 1)
    return wrong("must hold one statement");
  BoundSql bound{.section = std::move(file->sections[0])};
  const StatementFacts& facts = bound.section.statements[0].facts;
  if (facts.rows == StatementFacts::Rows::no) return wrong("must answer rows");
  if (&type != out_->schema->mutation && facts.access == Access::write)
    return wrong("changes data, which only fields of the mutation root may");
  if (const Value* database = argument_of(use, "database")) {
    if (!is_root(type))
      return wrong("is asked with its object's row, in the same database");
    if (!files_.has_database(database->text))
      return mistakes_.at(
          database->at, concat({"unknown database \"", database->text, "\""}));
    bound.database = database->text;
  }
  bound.pieces = cut(bound.section.statements[0]);
  if (Done done = bind_parameters(use, type, field, bound); !done.ok())
    return done;
  out_->sql.push_back(std::move(bound));
  field.binding = {.kind = sdl_bind::sql, .target = &out_->sql.back()};
  return {};
}

Result<void> SdlReader::bind_parameters(const DirectiveUse& use,
                                        const Type& type, const Field& field,
                                        BoundSql& bound) {
  for (const FileParam& param : bound.section.params) {
    std::string_view from;
    if (param.source == ParamSource::body)
      return mistakes_.at(use.at, "\":body\" is no parameter here");
    if (param.source == ParamSource::named &&
        field.argument(param.name) == nullptr) {
      if (!is_root(type))
        for (const Field& other : type.fields_)
          if (other.name == param.name) from = other.name;
      if (from.empty())
        return mistakes_.at(
            use.at,
            concat({"\":", param.name, "\" is neither an argument of \"",
                    field.name, "\" nor a field of \"", type.name, "\""}));
    }
    bound.from_row.push_back(from);
  }
  for (const InputValue& argument : field.arguments) {
    auto uses = [&](const FileParam& param) {
      return param.source == ParamSource::named && param.name == argument.name;
    };
    if (std::none_of(bound.section.params.begin(), bound.section.params.end(),
                     uses))
      return mistakes_.at(use.at, concat({"the file does not use argument \"",
                                          argument.name, "\""}));
  }
  return {};
}

Result<void> SdlReader::bind_http(const DirectiveUse& use, const Type& type,
                                  Field& field) {
  Result<std::string_view> location = text_argument(use, "location");
  if (!location.ok()) return location.error();
  if (&type != out_->schema->query)
    return mistakes_.at(use.at, "\"@http\" is for fields of the query root");
  if (!location->starts_with('/'))
    return mistakes_.at(use.at, "the location must begin with \"/\"");
  BoundHttp bound;
  std::string_view rest = *location;
  while (!rest.empty()) {
    std::size_t dollar = rest.find('$');
    std::string_view text = rest.substr(0, dollar);
    rest.remove_prefix(text.size());
    std::size_t end = 0;
    if (!rest.empty())
      for (end = 1; end < rest.size() && is_name_char(rest[end]);) end++;
    std::string_view name = rest.substr(0, end);
    if (!name.empty()) name.remove_prefix(1);
    if (end > 0 && field.argument(name) == nullptr)
      return mistakes_.at(
          use.at,
          concat({"\"$", name, "\" is no argument of \"", field.name, "\""}));
    bound.pieces.push_back(
        {.text = std::string(text), .argument = std::string(name)});
    rest.remove_prefix(end);
  }
  out_->http.push_back(std::move(bound));
  field.binding = {.kind = sdl_bind::http, .target = &out_->http.back()};
  return {};
}

}  // namespace

Result<std::unique_ptr<SdlSchema>> read_sdl(std::string_view path,
                                            std::string_view text,
                                            const SdlFiles& files) {
  return SdlReader(path, text, files).read();
}

}  // namespace trestle::graphql
