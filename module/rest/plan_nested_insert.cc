// An insert of rows with rows of related tables in them: which member is a
// column, which one a table, level by level.
#include <algorithm>

#include "base/json.h"
#include "rest/errors.h"
#include "rest/plan.h"

namespace trestle::rest {
namespace {

using Value = rapidjson::Value;
using Objects = std::vector<const Value*>;

void add_name(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end())
    names.push_back(name);
}

// Null when the object has no such member.
const Value* find_member(const Value& object, const std::string& name) {
  const Value key(rapidjson::StringRef(
      name.data(), static_cast<rapidjson::SizeType>(name.size())));
  auto found = object.FindMember(key);
  return found == object.MemberEnd() ? nullptr : &found->value;
}

// The objects in a member: an array of them, or one alone.
Result<Objects> objects_in(const Value& value) {
  Objects objects;
  if (value.IsNull()) return objects;
  if (value.IsObject()) {
    objects.push_back(&value);
    return objects;
  }
  if (!value.IsArray()) return errors::bad_body("Nested rows must be objects");
  for (const Value& item : value.GetArray()) {
    if (!item.IsObject())
      return errors::bad_body("Nested rows must be objects");
    objects.push_back(&item);
  }
  return objects;
}

// Every object of a level has the same members.
Result<std::vector<std::string>> keys_of(const Objects& objects) {
  std::vector<std::string> keys;
  if (objects.empty()) return keys;
  for (const auto& member : objects[0]->GetObject())
    add_name(keys, std::string(json_text(member.name)));
  for (const Value* object : objects) {
    bool same = object->MemberCount() == keys.size() &&
                std::all_of(keys.begin(), keys.end(), [&](const auto& key) {
                  return find_member(*object, key) != nullptr;
                });
    if (!same) return errors::bad_body("All object keys must match");
  }
  return keys;
}

class NestedPlanner {
 public:
  NestedPlanner(const PlanContext& context, WritePlan& write)
      : context_(context), write_(write) {}

  // The level's columns; what is no column is a level below it.
  Result<std::vector<WriteColumn>> add_level(const Relation& relation,
                                             std::size_t level,
                                             const Objects& objects) {
    Result<std::vector<std::string>> keys = keys_of(objects);
    if (!keys.ok()) return std::move(keys).error();
    std::vector<WriteColumn> columns;
    for (const std::string& key : *keys) {
      if (const catalog::Column* column = relation.find_column(key)) {
        columns.push_back({.column = column,
                           .read_by = context_.catalog.representation(
                               catalog::oid::kJson, column->type)});
        continue;
      }
      Result<void> added = add_member(relation, level, objects, key);
      if (!added.ok()) return std::move(added).error();
    }
    return columns;
  }

 private:
  Result<void> add_member(const Relation& relation, std::size_t level,
                          const Objects& parents, const std::string& key) {
    Objects objects;
    for (const Value* parent : parents) {
      const Value& value = *find_member(*parent, key);
      bool is_scalar = !value.IsArray() && !value.IsObject() && !value.IsNull();
      if (is_scalar) return errors::unknown_column(key, relation.name);
      Result<Objects> found = objects_in(value);
      if (!found.ok()) return std::move(found).error();
      objects.insert(objects.end(), found->begin(), found->end());
    }
    Result<const Relationship*> via = find_target(relation, key);
    if (!via.ok()) return std::move(via).error();
    std::vector<std::string>& returning =
        level == 0 ? write_.returning : write_.nested[level - 1].returning;
    for (const auto& [own, other] : (*via)->columns) add_name(returning, own);
    std::size_t place = write_.nested.size();
    write_.nested.push_back({.relation = (*via)->to,
                             .via = *via,
                             .member = key,
                             .parent = level,
                             .columns = {},
                             .returning = {}});
    Result<std::vector<WriteColumn>> columns =
        add_level(*(*via)->to, place + 1, objects);
    if (!columns.ok()) return std::move(columns).error();
    // Whom a row refers to is where it stands.
    std::erase_if(*columns, [&](const WriteColumn& column) {
      return std::any_of(
          (*via)->columns.begin(), (*via)->columns.end(),
          [&](const auto& pair) { return pair.second == column.column->name; });
    });
    write_.nested[place].columns = std::move(*columns);
    return {};
  }

  // "items" or "items!constraint": rows that refer to those of `relation`.
  Result<const Relationship*> find_target(const Relation& relation,
                                          const std::string& key) const {
    SelectItem item;
    std::size_t mark = key.find('!');
    item.relation = key.substr(0, mark);
    if (mark != std::string::npos) item.hint = key.substr(mark + 1);
    Result<const Relationship*> via =
        find_relationship(context_, &relation, relation.name, item);
    if (!via.ok()) {
      Error error = std::move(via).error();
      if (error.code == "PGRST200")
        return errors::unknown_column(key, relation.name);
      return error;
    }
    using Kind = Relationship::Kind;
    bool refers_back = (*via)->kind == Kind::one_to_many ||
                       ((*via)->kind == Kind::one_to_one && !(*via)->refers);
    if (!refers_back)
      return errors::not_implemented(
          "Nested rows are inserted where they refer to the row around them.");
    return via;
  }

  const PlanContext& context_;
  WritePlan& write_;
};

}  // namespace

Result<void> plan_nested_insert(const PlanContext& context, WritePlan& write) {
  const ApiRequest& request = context.request;
  if (request.query.on_conflict ||
      write.resolution != Preferences::Resolution::none)
    return errors::not_implemented(
        "Rows with nested ones cannot be an upsert.");
  Result<rapidjson::Document> body = parse_json(request.body.text);
  if (!body.ok()) return std::move(body).error();
  Result<Objects> objects = objects_in(*body);
  if (!objects.ok()) return std::move(objects).error();
  Result<std::vector<WriteColumn>> columns =
      NestedPlanner(context, write).add_level(*write.relation, 0, *objects);
  if (!columns.ok()) return std::move(columns).error();
  write.columns = std::move(*columns);
  return {};
}

}  // namespace trestle::rest
