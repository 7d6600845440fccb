#include "graphql/role_schema.h"

#include "base/text.h"

namespace trestle::graphql {
namespace {

using Family = Scalar::Family;

template <class T>
const T& target(const Type& type) {
  return *static_cast<const T*>(type.binding.target);
}

}  // namespace

RoleSchema::RoleSchema(std::shared_ptr<const Model> model,
                       std::string_view role)
    : model_(std::move(model)), tables_(*model_, role) {
  declare_scalars();
  for (const EnumTable& enumeration : model_->enums()) {
    declare(TypeKind::enumeration, enumeration.type_name, bind::enumeration,
            &enumeration);
    declare(TypeKind::input, enumeration.type_name + "_comparison_exp",
            bind::enum_comparison_exp, &enumeration);
  }
  for (const RoleTable& table : tables_.tables()) declare_table(table);
  for (const Function* function : tables_.functions())
    if (function->has_values())
      declare(TypeKind::input, function->name + "_args", bind::function_args,
              function);
  for (const RoleTable& table : tables_.tables())
    for (const Computed* computed : table.computed)
      if (computed->function.has_values())
        declare(TypeKind::input,
                concat({computed->name, "_", table.table->name, "_args"}),
                bind::function_args, &computed->function);
  declare_roots();
}

Type& RoleSchema::declare(TypeKind kind, const std::string& name,
                          std::uint32_t bind, const void* target,
                          const void* second) {
  Type& type = schema_.add(kind, name);
  if (type.binding.kind == 0 && type.kind == kind) {
    type.binding = {.kind = bind, .target = target, .second = second};
    type.filler_ = this;
  }
  return type;
}

void RoleSchema::declare_scalars() {
  for (const Scalar& scalar : model_->scalars()) {
    schema_.add(TypeKind::scalar, scalar.name);
    declare(TypeKind::input, scalar.name + "_comparison_exp",
            bind::comparison_exp, &scalar);
    declare(TypeKind::input, scalar.name + "_array_comparison_exp",
            bind::array_comparison_exp, &scalar);
    if (scalar.family == Family::geometry ||
        scalar.family == Family::geography || scalar.family == Family::jsonb)
      declare(TypeKind::input, scalar.name + "_cast_exp", bind::cast_exp,
              &scalar);
  }
  // Those that operators need even where no column has them.
  for (const char* name : {"Int", "String", "Boolean", "Float"}) {
    if (schema_.find(concat({name, "_comparison_exp"})) != nullptr) continue;
    declare(TypeKind::input, concat({name, "_comparison_exp"}),
            bind::comparison_exp, nullptr);
  }
  declare_spatial();
  Type& order = schema_.add(TypeKind::enumeration, "order_by");
  order.description = "column ordering options";
  for (const char* name : {"asc", "asc_nulls_first", "asc_nulls_last", "desc",
                           "desc_nulls_first", "desc_nulls_last"})
    order.values_.push_back({.name = name});
  Type& cursor = schema_.add(TypeKind::enumeration, "cursor_ordering");
  cursor.description = "ordering argument of a cursor";
  cursor.values_ = {{.name = "ASC"}, {.name = "DESC"}};
}

// Operands of the PostGIS operators that take more than one value.
void RoleSchema::declare_spatial() {
  TypeRef geometry = ref("geometry");
  TypeRef number = ref("Float").non_null();
  auto declare_input = [&](const char* name, std::vector<InputValue> inputs) {
    schema_.add(TypeKind::input, name).inputs_ = std::move(inputs);
  };
  if (geometry) {
    declare_input("st_d_within_input",
                  {{.name = "distance", .type = number},
                   {.name = "from", .type = geometry.non_null()}});
    if (ref("raster")) {
      declare_input("st_intersects_nband_geom_input",
                    {{.name = "geommin", .type = geometry.non_null()},
                     {.name = "nband", .type = ref("Int").non_null()}});
      declare_input("st_intersects_geom_nband_input",
                    {{.name = "geommin", .type = geometry.non_null()},
                     {.name = "nband", .type = ref("Int")}});
    }
  }
  if (TypeRef geography = ref("geography"))
    declare_input("st_d_within_geography_input",
                  {{.name = "distance", .type = number},
                   {.name = "from", .type = geography.non_null()},
                   {.name = "use_spheroid", .type = ref("Boolean")}});
}

void RoleSchema::declare_table(const RoleTable& table) {
  const std::string& t = table.table->name;
  if (table.readable()) {
    declare(TypeKind::object, t, bind::object, table.table).description =
        keep(table.table->description);
    declare(TypeKind::input, t + "_order_by", bind::order_by, table.table);
    declare(TypeKind::enumeration, t + "_select_column", bind::select_column,
            table.table);
    declare(TypeKind::input, t + "_stream_cursor_input", bind::stream_input,
            table.table);
    declare(TypeKind::input, t + "_stream_cursor_value_input",
            bind::stream_value_input, table.table);
    declare_aggregates(table);
  }
  if (table.readable() || table.updatable || table.deletable ||
      table.insertable) {
    Type& where =
        declare(TypeKind::input, t + "_bool_exp", bind::bool_exp, table.table);
    where.description =
        keep(concat({"Boolean expression to filter rows from the table \"", t,
                     "\". All fields are combined with a logical 'AND'."}));
  }
  declare_mutations(table);
}

bool RoleSchema::has_operation(const RoleTable& table,
                               const AggregateOperation& operation) const {
  for (const Column* column : table.select)
    if (!column->array && column->enumeration == nullptr &&
        (operation.numbers ? column->scalar->family == Family::number
                           : column->scalar->ordered))
      return true;
  return false;
}

void RoleSchema::declare_aggregates(const RoleTable& table) {
  const std::string& t = table.table->name;
  declare(TypeKind::object, t + "_aggregate", bind::aggregate_object,
          table.table);
  declare(TypeKind::object, t + "_aggregate_fields", bind::aggregate_fields,
          table.table);
  declare(TypeKind::input, t + "_aggregate_order_by", bind::aggregate_order_by,
          table.table);
  declare(TypeKind::input, t + "_aggregate_bool_exp", bind::aggregate_bool_exp,
          table.table);
  declare(TypeKind::input, t + "_aggregate_bool_exp_count",
          bind::aggregate_bool_exp, table.table, "count");
  declare(TypeKind::input, t + "_aggregate_bool_exp_bool",
          bind::aggregate_bool_exp, table.table, "bool");
  declare(TypeKind::object, t + "_group", bind::group_object, table.table);
  declare(TypeKind::object, t + "_group_keys", bind::group_object, table.table,
          "keys");
  for (const AggregateOperation& operation : kAggregateOperations) {
    if (!has_operation(table, operation)) continue;
    declare(TypeKind::object, concat({t, "_", operation.name, "_fields"}),
            bind::operation_fields, table.table, &operation);
    declare(TypeKind::input, concat({t, "_", operation.name, "_order_by"}),
            bind::operation_order_by, table.table, &operation);
  }
}

bool RoleSchema::has_operator(const RoleTable& table,
                              const UpdateOperator& op) const {
  using Kind = UpdateOperator::Kind;
  if (op.kind == Kind::set) return table.updatable;
  Family wanted = op.kind == Kind::inc ? Family::number : Family::jsonb;
  for (const Column* column : table.update)
    if (!column->array && column->enumeration == nullptr &&
        column->scalar->family == wanted)
      return true;
  return false;
}

void RoleSchema::declare_mutations(const RoleTable& table) {
  const std::string& t = table.table->name;
  if (table.insertable || table.updatable || table.deletable)
    declare(TypeKind::object, t + "_mutation_response", bind::mutation_response,
            table.table)
        .description =
        keep(concat({"response of any mutation on the table \"", t, "\""}));
  if (table.insertable) {
    declare(TypeKind::input, t + "_insert_input", bind::insert_input,
            table.table);
    declare(TypeKind::input, t + "_obj_rel_insert_input",
            bind::object_insert_input, table.table);
    declare(TypeKind::input, t + "_arr_rel_insert_input",
            bind::array_insert_input, table.table);
    if (!table.table->relation->unique_keys.empty()) {
      declare(TypeKind::input, t + "_on_conflict", bind::on_conflict,
              table.table);
      declare(TypeKind::enumeration, t + "_constraint", bind::constraint,
              table.table);
      declare(TypeKind::enumeration, t + "_update_column", bind::update_column,
              table.table);
    }
  }
  if (!table.updatable) return;
  for (const UpdateOperator& op : kUpdateOperators)
    if (has_operator(table, op))
      declare(TypeKind::input, concat({t, "_", op.input}), bind::set_input,
              table.table, &op);
  declare(TypeKind::input, t + "_updates", bind::updates, table.table);
  if (table.by_pk)
    declare(TypeKind::input, t + "_pk_columns_input", bind::pk_columns_input,
            table.table);
}

void RoleSchema::declare_roots() {
  bool reads = false;
  bool writes = false;
  for (const RoleTable& table : tables_.tables()) {
    reads = reads || table.readable();
    writes = writes || table.insertable || table.updatable || table.deletable;
  }
  for (const Function* function : tables_.functions()) {
    reads = reads || !function->mutation;
    writes = writes || function->mutation;
  }
  Type& query =
      declare(TypeKind::object, "query_root", bind::query_root, nullptr);
  schema_.query = &query;
  if (writes)
    schema_.mutation = &declare(TypeKind::object, "mutation_root",
                                bind::mutation_root, nullptr);
  if (reads)
    schema_.subscription = &declare(TypeKind::object, "subscription_root",
                                    bind::subscription_root, nullptr);
}

void RoleSchema::fill(Type& type) {
  const void* second = type.binding.second;
  auto table = [&]() -> const RoleTable& {
    return tables_.of(static_cast<const Table*>(type.binding.target));
  };
  switch (type.binding.kind) {
    case bind::query_root:
      return fill_query(type, false);
    case bind::subscription_root:
      return fill_query(type, true);
    case bind::mutation_root:
      return fill_mutation(type);
    case bind::object:
      return fill_object(type, table());
    case bind::bool_exp:
      return fill_bool_exp(type, table());
    case bind::order_by:
      return fill_order_by(type, table());
    case bind::aggregate_object:
      return fill_aggregate(type, table());
    case bind::aggregate_fields:
      return fill_aggregate_fields(type, table());
    case bind::operation_fields:
    case bind::operation_order_by:
      return fill_operation(type, table(),
                            *static_cast<const AggregateOperation*>(second),
                            type.binding.kind == bind::operation_order_by);
    case bind::aggregate_order_by:
      return fill_aggregate_order_by(type, table());
    case bind::aggregate_bool_exp:
      return fill_aggregate_bool_exp(type, table());
    case bind::group_object:
      return fill_group(type, table());
    case bind::mutation_response:
      return fill_response(type, table());
    case bind::insert_input:
      return fill_insert_input(type, table());
    case bind::object_insert_input:
      return fill_nested_insert(type, table(), false);
    case bind::array_insert_input:
      return fill_nested_insert(type, table(), true);
    case bind::on_conflict:
      return fill_on_conflict(type, table());
    case bind::set_input:
      return fill_set_input(type, table(),
                            *static_cast<const UpdateOperator*>(second));
    case bind::updates:
      return fill_updates(type, table());
    case bind::pk_columns_input:
      return fill_pk_columns(type, table());
    case bind::select_column:
      return fill_columns_enum(type, table().select);
    case bind::update_column:
      return fill_columns_enum(type, table().update);
    case bind::constraint:
      return fill_constraints(type, table());
    case bind::stream_input:
    case bind::stream_value_input:
      return fill_stream(type, table());
    case bind::comparison_exp: {
      static const Scalar kInt{.name = "Int"};
      static const Scalar kText{.name = "String", .family = Family::text};
      static const Scalar kBool{.name = "Boolean"};
      static const Scalar kFloat{.name = "Float"};
      const auto* scalar = static_cast<const Scalar*>(type.binding.target);
      if (scalar == nullptr)
        scalar = type.name.starts_with("Int")      ? &kInt
                 : type.name.starts_with("String") ? &kText
                 : type.name.starts_with("Float")  ? &kFloat
                                                   : &kBool;
      return fill_comparison(type, *scalar);
    }
    case bind::array_comparison_exp:
      return fill_array_comparison(type, target<Scalar>(type));
    case bind::enum_comparison_exp:
      return fill_enum_comparison(type, target<EnumTable>(type));
    case bind::enumeration:
      for (const catalog::EnumRow& row : *target<EnumTable>(type).rows)
        type.values_.push_back({.name = row.value,
                                .description = row.description,
                                .binding = {bind::enum_row, &row}});
      return;
    case bind::cast_exp:
      return fill_cast(type, target<Scalar>(type));
    case bind::function_args:
      return fill_function_args(type, target<Function>(type));
    default:
      return;
  }
}

TypeRef RoleSchema::ref(std::string_view name) const {
  const Type* type = schema_.find(name);
  return type == nullptr ? TypeRef() : TypeRef(type);
}

TypeRef RoleSchema::table_ref(const Table* table,
                              std::string_view suffix) const {
  return ref(concat({table->name, suffix}));
}

TypeRef RoleSchema::value_type(const Scalar& scalar, bool array) const {
  TypeRef type = ref(scalar.name);
  return array ? type.non_null().list() : type;
}

TypeRef RoleSchema::value_type(const Column& column) const {
  if (column.enumeration != nullptr) return ref(column.enumeration->type_name);
  return value_type(*column.scalar, column.array);
}

TypeRef RoleSchema::comparison_type(const Column& column) const {
  std::string_view suffix =
      column.array ? "_array_comparison_exp" : "_comparison_exp";
  return ref(
      concat({column.enumeration != nullptr ? column.enumeration->type_name
                                            : column.scalar->name,
              suffix}));
}

}  // namespace trestle::graphql
