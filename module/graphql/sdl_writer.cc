// Rows of an object type are "select row_to_json(t) from (select members from
// rows)". Of an interface or a union, the row's column "__typename" says which
// object type it is, and the members are those of that type.
#include "graphql/sdl_writer.h"

#include "base/text.h"
#include "frontend/request_values.h"
#include "graphql/planner.h"

namespace trestle::graphql {
namespace {

constexpr std::string_view kTypename = "__typename";

using Fields = std::vector<CollectedField>;

}  // namespace

Param sdl_argument(const CollectContext& context, const CollectedField& field,
                   const InputValue& input) {
  const Value* value = input.default_value;
  for (const Argument& given : field.node->arguments)
    if (given.name == input.name)
      if (const Value* v = context.variables.resolve(given.value)) value = v;
  if (value == nullptr || value->is(ValueKind::null)) return std::nullopt;
  bool array = input.type.nullable().is_list() &&
               input.type.named()->kind != TypeKind::input;
  Outcome<Param> text = param_of(
      {.value = *value,
       .scalar = &kTextScalar,
       .form = array ? ValueSource::Form::list : ValueSource::Form::scalar},
      context.variables);
  // A NUL character: refused with all other parameters.
  return text.ok() ? *std::move(text) : Param(std::string(1, '\0'));
}

SqlWriter& SdlWriter::alias(int n) {
  return sql_->ident(concat({"t", std::to_string(n)}));
}

bool SdlWriter::fail(std::string message, std::string_view code) {
  if (!error_) error_ = {.message = std::move(message), .code = code};
  return false;
}

// --- files -------------------------------------------------------------------

bool SdlWriter::values_of(const CollectedField& field, const BoundSql& sql,
                          std::vector<Param>& out) {
  NamedValues named;
  for (const InputValue& input : field.field->arguments)
    named.add(std::string(input.name),
              sdl_argument(context_.collect, field, input));
  // What a row gives is no parameter; it only must not be missed.
  for (std::string_view name : sql.from_row)
    if (!name.empty()) named.add(std::string(name), "");
  Result<std::vector<Param>> values =
      request_values(sql.section, context_.exchange, &named);
  if (!values.ok()) return fail(values.error().message, code::kBadRequest);
  out = std::move(values).value();
  return true;
}

bool SdlWriter::write_file(const CollectedField& field, const BoundSql& sql,
                           const Row* around) {
  std::vector<Param> values;
  if (!values_of(field, sql, values)) return false;
  for (const BoundSql::Piece& piece : sql.pieces) {
    sql_->file_text(piece.text);
    if (!piece.parameter) continue;
    std::string_view from = sql.from_row[*piece.parameter];
    if (from.empty()) {
      sql_->param(values[*piece.parameter]);
      continue;
    }
    sql_->raw("(");
    write_reference(*around, from);
    if (around->json) sql_->raw(" #>> '{}'");
    sql_->raw(")");
  }
  // The file may end in a comment.
  sql_->raw("\n");
  return true;
}

// --- rows --------------------------------------------------------------------

bool SdlWriter::write_rows(const CollectedField& field, const Text& from,
                           const std::function<void(const Row&)>& where) {
  Row row{.alias = ++aliases_, .type = field.field->type.named()};
  if (row.type->is_leaf()) return write_leaves(field, row, from);
  bool list = field.field->type.nullable().is_list();
  return write_objects(field, row, list, [&] {
    sql_->raw(" from ");
    if (!from()) return false;
    sql_->raw(" as ");
    alias(row.alias);
    if (where) {
      sql_->raw(" where ");
      where(row);
    }
    if (!list) sql_->raw(" limit 1");
    return true;
  });
}

bool SdlWriter::write_leaves(const CollectedField& field, const Row& row,
                             const Text& from) {
  bool list = field.field->type.nullable().is_list();
  sql_->raw(list ? Literal("(select coalesce(json_agg(")
                 : Literal("(select to_json("));
  write_scalar(field, row, "v");
  sql_->raw(list ? Literal("), '[]') from ") : Literal(") from "));
  if (!from()) return false;
  sql_->raw(" as ");
  alias(row.alias).raw("(\"v\")");
  sql_->raw(list ? Literal(")") : Literal(" limit 1)"));
  return true;
}

bool SdlWriter::write_objects(const CollectedField& field, const Row& row,
                              bool list, const Text& tail) {
  int outer = ++aliases_;
  bool one_type = row.type->kind == TypeKind::object;
  sql_->raw(list       ? Literal("(select coalesce(json_agg(")
            : one_type ? Literal("(select row_to_json(")
                       : Literal("(select ("));
  alias(outer);
  if (!one_type) sql_->raw(".\"v\"");
  sql_->raw(list ? Literal("), '[]') from (select ")
                 : Literal(") from (select "));
  if (!(one_type ? write_members(field, row) : write_by_type(field, row)) ||
      !tail())
    return false;
  sql_->raw(") as ");
  alias(outer).raw(")");
  return true;
}

// case "__typename" when 'Book' then (select row_to_json(..)) ... end as "v". A
// row that names no type of these is an error: it has no form here.
bool SdlWriter::write_by_type(const CollectedField& field, const Row& row) {
  sql_->raw("case ");
  write_type_name(row);
  for (const Type* type : row.type->possible()) {
    Row typed = row;
    typed.type = type;
    int outer = ++aliases_;
    sql_->raw(" when ").constant(type->name);
    sql_->raw(" then (select row_to_json(");
    alias(outer).raw(") from (select ");
    if (!write_members(field, typed)) return false;
    sql_->raw(") as ");
    alias(outer).raw(")");
  }
  sql_->raw(" else to_json(concat(");
  write_type_name(row);
  sql_->raw(", ").constant(concat({" is no ", row.type->name}));
  sql_->raw(")::int) end as \"v\"");
  return true;
}

void SdlWriter::write_type_name(const Row& row) {
  alias(row.alias);
  sql_->raw(row.json ? Literal(".\"v\" ->> ") : Literal("."));
  if (row.json)
    sql_->constant(kTypename);
  else
    sql_->ident(kTypename);
}

bool SdlWriter::write_members(const CollectedField& field, const Row& row) {
  Fields fields = collect_fields(context_.collect, *row.type, field.selections);
  for (const CollectedField& member : fields) {
    if (member.key.size() > 63)
      return fail(
          concat({"the name '", member.key, "' is longer than 63 characters"}));
    if (&member != &fields.front()) sql_->raw(", ");
    if (!write_member(member, row)) return false;
    sql_->raw(" as ").ident(member.key);
  }
  return true;
}

bool SdlWriter::write_member(const CollectedField& field, const Row& row) {
  switch (field.field->binding.kind) {
    case Schema::kTypename:
      sql_->constant(row.type->name).raw("::text");
      return true;
    case sdl_bind::sql: {
      const auto& sql =
          *static_cast<const BoundSql*>(field.field->binding.target);
      return write_rows(field, [&] {
        sql_->raw("(");
        if (!write_file(field, sql, &row)) return false;
        sql_->raw(")");
        return true;
      });
    }
    case sdl_bind::relationship:
      return write_relationship(field, row);
    default:
      if (!field.field->type.named()->is_leaf())
        return write_json_member(field, row);
      write_scalar(field, row, field.field->name);
      return true;
  }
}

void SdlWriter::write_reference(const Row& row, std::string_view name) {
  alias(row.alias);
  if (row.json)
    sql_->raw(".\"v\" -> ").constant(name);
  else
    sql_->raw(".").ident(name);
}

// An ID is a string, whatever the column's type.
void SdlWriter::write_scalar(const CollectedField& field, const Row& row,
                             std::string_view name) {
  bool id = field.field->type.named()->name == "ID" &&
            !field.field->type.nullable().is_list();
  if (id) sql_->raw("(");
  write_reference(row, name);
  if (id) sql_->raw(row.json ? Literal(" #>> '{}')") : Literal(")::text"));
}

// An object or a list of objects in a JSON column.
bool SdlWriter::write_json_member(const CollectedField& field, const Row& row) {
  bool list = field.field->type.nullable().is_list();
  Row inner{
      .alias = ++aliases_, .json = true, .type = field.field->type.named()};
  auto value = [&] { write_reference(row, field.field->name); };
  if (list) {
    sql_->raw("case when ");
    value();
    sql_->raw(" is not null then ");
  }
  if (!write_objects(field, inner, list, [&] {
        sql_->raw(list ? Literal(" from json_array_elements(to_json(")
                       : Literal(" from (select to_json("));
        value();
        sql_->raw(")) as ");
        alias(inner.alias).raw("(\"v\")");
        if (list) return true;
        sql_->raw(" where json_typeof(");
        alias(inner.alias).raw(".\"v\") = 'object'");
        return true;
      }))
    return false;
  if (list) sql_->raw(" end");
  return true;
}

bool SdlWriter::write_relationship(const CollectedField& field,
                                   const Row& row) {
  auto wrong = [&](std::string_view what) {
    return fail(concat({"field '", row.type->name, ".", field.field->name,
                        "': ", what}),
                code::kUnexpected);
  };
  const std::string& name = context_.sdl.tables.at(row.type);
  const Table* table = nullptr;
  for (const Table& known : context_.model->tables())
    if (known.name == name) table = &known;
  if (table == nullptr) return wrong("the database has no such table");
  const Relationship* relationship = nullptr;
  for (const Relationship& known : table->relationships)
    if (known.name == field.field->name) relationship = &known;
  if (relationship == nullptr) return wrong("there is no such relationship");
  if (relationship->to_many != field.field->type.nullable().is_list())
    return wrong(relationship->to_many ? "the relationship is a list"
                                       : "the relationship is no list");
  const catalog::Relation& to = *relationship->to->relation;
  return write_rows(
      field,
      [&] {
        sql_->qualified(to.schema, to.name);
        return true;
      },
      [&](const Row& there) {
        for (const auto& [here, column] : relationship->columns) {
          if (here != relationship->columns.front().first) sql_->raw(" and ");
          write_reference(there, column->name);
          sql_->raw(" = ");
          write_reference(row, here->name);
        }
      });
}

}  // namespace trestle::graphql
