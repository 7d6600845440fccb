// What the rows of a query's only field consist of.
#include "graphql/plan_flat.h"

#include <algorithm>

#include "base/json.h"
#include "frontend/direct_type.h"

namespace trestle::graphql {
namespace {

constexpr Oid kUuid = 2950;

// Whether the columns on the other side hold a unique key.
bool leads_to_one(const Relationship& relationship) {
  const catalog::Relation& to = *relationship.to->relation;
  auto is_compared = [&](std::uint16_t index) {
    return std::any_of(
        relationship.columns.begin(), relationship.columns.end(),
        [&](const auto& pair) { return pair.second == &to.columns[index]; });
  };
  return std::any_of(to.unique_keys.begin(), to.unique_keys.end(),
                     [&](const catalog::Key& key) {
                       return std::all_of(key.columns.begin(),
                                          key.columns.end(), is_compared);
                     });
}

}  // namespace

std::size_t Planner::Flat::add_level(Level level) {
  level.index = levels_.size();
  level.joints.push_back({.table = level.source.table});
  levels_.push_back(std::move(level));
  shape_->levels.emplace_back();
  return levels_.back().index;
}

std::size_t Planner::Flat::shape_object(Level& level, std::size_t joint,
                                        const Fields& fields) {
  std::size_t at = shape_->objects.size();
  shape_->objects.emplace_back();
  if (joint > 0)
    shape_->objects[at].mark =
        add_cell(level, {.joint = joint, .type = catalog::oid::kBool});
  for (const CollectedField& field : fields) {
    RowShape::Member member = shape_member(level, joint, field);
    shape_->objects[at].members.push_back(std::move(member));
  }
  return at;
}

RowShape::Member Planner::Flat::shape_member(Level& level, std::size_t joint,
                                             const CollectedField& field) {
  RowShape::Member member;
  append_json_string(member.key, field.key);
  member.key.push_back(':');
  const Binding& binding = field.field->binding;
  if (binding.kind == Schema::kTypename) {
    append_json_string(member.key, level.joints[joint].table->table->name);
    return member;
  }
  if (binding.kind == bind::relationship) {
    const auto& relationship = target<Relationship>(field);
    Fields fields = p_.collect(field);
    if (relationship.to_many && joint == 0) {
      member.level = add_list(level, relationship, field, std::move(fields));
      return member;
    }
    if (!relationship.to_many && can_join(relationship, fields)) {
      level.joints.push_back({.table = &p_.of(relationship.to),
                              .via = &relationship,
                              .from = joint});
      fields_.push_back(std::move(fields));
      member.object =
          shape_object(level, level.joints.size() - 1, fields_.back());
      return member;
    }
  }
  Cell cell = cell_of(field);
  cell.joint = joint;
  member.cell = add_cell(level, cell);
  return member;
}

// The level of a list inside of `level`'s rows.
std::size_t Planner::Flat::add_list(Level& level,
                                    const Relationship& relationship,
                                    const CollectedField& field,
                                    Fields fields) {
  for (const auto& [here, there] : relationship.columns)
    if (key_of(level, here) == level.keys.size()) level.keys.push_back(here);
  ListArguments arguments = p_.list_arguments(*field.node);
  const bool keyed = is_keyed(relationship, arguments);
  level.shows_keys = level.shows_keys || keyed;
  Source source = keyed ? keyed_source(level, relationship)
                        : list_source(level, relationship);
  std::size_t list = add_level({.parent = level.index,
                                .source = std::move(source),
                                .arguments = arguments,
                                .fields = std::move(fields),
                                .by = keyed ? &relationship : nullptr});
  shape_->levels[level.index].lists.push_back(list);
  return list;
}

// Whether the rows of a list can be asked for all keys at once: a limit would
// be one for all of them, and keys are told apart by their texts.
bool Planner::Flat::is_keyed(const Relationship& relationship,
                             const ListArguments& arguments) const {
  using namespace catalog::oid;
  if (relationship.columns.size() != 1 || arguments.limit != nullptr ||
      arguments.offset != nullptr || arguments.distinct_on != nullptr ||
      p_.options_.limits.max_rows > 0)
    return false;
  const auto& [here, there] = relationship.columns.front();
  constexpr Oid kKeys[] = {kInt2, kInt4, kInt8, kUuid};
  return here->type == there->type &&
         std::find(std::begin(kKeys), std::end(kKeys), here->type) !=
             std::end(kKeys);
}

// Of the rows of one parent, whose columns are in scope.
Planner::Source Planner::Flat::list_source(const Level& level,
                                           const Relationship& relationship) {
  Source source = p_.table_source(relationship.to);
  source.condition = [this, &level, &relationship](const Row& row) {
    for (const auto& [here, there] : relationship.columns) {
      if (here != relationship.columns.front().first) sql_.raw(" and ");
      p_.write_reference(row, *there);
      sql_.raw(" = ");
      write_key(level, here);
    }
    return true;
  };
  return source;
}

// Of the rows of all parents, those of each one behind one another.
Planner::Source Planner::Flat::keyed_source(const Level& level,
                                            const Relationship& relationship) {
  Source source = p_.table_source(relationship.to);
  source.grouped_by = relationship.columns.front().second;
  source.condition = [this, &level, &relationship](const Row& row) {
    const auto& [here, there] = relationship.columns.front();
    p_.write_reference(row, *there);
    sql_.raw(" = any(array(select ");
    write_key(level, here);
    sql_.raw(" from ");
    name_level(level);
    sql_.raw("))");
    return true;
  };
  return source;
}

void Planner::Flat::write_key(const Level& level,
                              const catalog::Column* column) {
  name_level(level);
  sql_.raw(".").ident(numbered("k", key_of(level, column) + 1));
}

std::size_t Planner::Flat::key_of(const Level& level,
                                  const catalog::Column* column) {
  return static_cast<std::size_t>(
      std::find(level.keys.begin(), level.keys.end(), column) -
      level.keys.begin());
}

// A function is not called for a row that is not there.
bool Planner::Flat::can_join(const Relationship& relationship,
                             const Fields& fields) const {
  return leads_to_one(relationship) &&
         std::none_of(fields.begin(), fields.end(),
                      [](const CollectedField& field) {
                        return field.field->binding.kind == bind::computed;
                      });
}

std::size_t Planner::Flat::add_cell(Level& level, Cell cell) {
  level.cells.push_back(cell);
  return level.cells.size() - 1;
}

// The form that Planner::write_member() gives a field, and whether that says
// enough.
Planner::Flat::Cell Planner::Flat::cell_of(const CollectedField& field) const {
  using Family = Scalar::Family;
  Cell cell{.field = &field, .type = catalog::oid::kJson};
  const Scalar* scalar = nullptr;
  bool array = false;
  Oid type = 0;
  if (field.field->binding.kind == bind::column) {
    const auto& column = target<Column>(field);
    if (p_.argument(*field.node, "path") != nullptr) {
      cell.type = catalog::oid::kJsonb;
      return cell;
    }
    scalar = column.scalar;
    array = column.array;
    type = column.column->type;
  } else if (field.field->binding.kind == bind::computed) {
    const Function& function = target<Computed>(field).function;
    scalar = function.scalar;
    array = function.scalar_array;
    if (scalar != nullptr) type = array ? scalar->array : scalar->oid;
  }
  if (scalar == nullptr) return cell;
  bool spatial =
      scalar->family == Family::geometry || scalar->family == Family::geography;
  if (spatial && !array) return cell;
  if (p_.is_shown_as_text(*scalar, array)) {
    cell.type = catalog::oid::kText;
    return cell;
  }
  const catalog::Catalog& catalog = p_.role_.model().catalog();
  Oid base = catalog.base_type(type);
  const catalog::Type* known = catalog.type(base);
  // The schema of an enumeration may be one that the role cannot name a type
  // of; and its text would be that of a composite, too, should it become one.
  if (known == nullptr || !is_direct(catalog, type) ||
      known->kind == catalog::Type::Kind::enumeration) {
    cell.form = Cell::Form::json;
  } else {
    cell.type = base;
  }
  return cell;
}

// Where in the answer's rows each level has what. Levels share columns by their
// types: what is NULL in a row costs as well.
void Planner::Flat::place_cells() {
  if (levels_.size() > 1) columns_.push_back(catalog::oid::kInt4);
  for (Level& level : levels_) place_level(level);
  for (Level& level : levels_) level.shown.resize(columns_.size());
}

void Planner::Flat::place_level(Level& level) {
  RowShape::Level& shaped = shape_->levels[level.index];
  level.shown.assign(columns_.size(), {});
  if (levels_.size() > 1) level.shown[0] = "level";
  if (level.parent)
    shaped.up = place(level,
                      level.by == nullptr ? catalog::oid::kInt8
                                          : level.source.grouped_by->type,
                      "up");
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < level.cells.size(); ++i)
    places.push_back(place(level, level.cells[i].type, numbered("c", i + 1)));
  auto move = [&](std::size_t index, auto& move_object) -> void {
    RowShape::Object& object = shape_->objects[index];
    if (object.mark) object.mark = places[*object.mark];
    for (RowShape::Member& member : object.members) {
      if (member.cell) member.cell = places[*member.cell];
      if (member.object) move_object(*member.object, move_object);
    }
  };
  move(shaped.object, move);
  std::vector<std::size_t> keys;
  for (std::size_t i = 0; level.shows_keys && i < level.keys.size(); ++i) {
    const catalog::Column& key = *level.keys[i];
    const auto cell =
        std::find_if(level.cells.begin(), level.cells.end(),
                     [&](const Cell& shown) { return is_key(shown, key); });
    keys.push_back(
        cell != level.cells.end()
            ? places[static_cast<std::size_t>(cell - level.cells.begin())]
            : place(level, key.type, numbered("k", i + 1)));
  }
  for (std::size_t list : shaped.lists)
    if (const Relationship* by = levels_[list].by; by != nullptr)
      shape_->levels[list].key = keys[key_of(level, by->columns.front().first)];
}

// The first column of that type that the level has not used yet.
std::size_t Planner::Flat::place(Level& level, Oid type, std::string name) {
  std::size_t at = 0;
  while (at < columns_.size() &&
         (columns_[at] != type || !level.shown[at].empty()))
    ++at;
  if (at == columns_.size()) {
    columns_.push_back(type);
    level.shown.emplace_back();
  }
  level.shown[at] = std::move(name);
  return at;
}

// Whether the cell shows the level's own column as it is.
bool Planner::Flat::is_key(const Cell& cell, const catalog::Column& key) {
  return cell.joint == 0 && cell.field != nullptr &&
         cell.form == Cell::Form::plain && cell.type == key.type &&
         cell.field->field->binding.kind == bind::column &&
         target<Column>(*cell.field).column == &key;
}

}  // namespace trestle::graphql
