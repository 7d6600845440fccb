#include "catalog/builder.h"

#include <atomic>

#include "base/text.h"
#include "catalog/rows.h"

namespace trestle::catalog {
namespace {

Type::Kind type_kind(Cell typtype) {
  switch (typtype.empty() ? 'b' : typtype.front()) {
    case 'c':
      return Type::Kind::composite;
    case 'd':
      return Type::Kind::domain;
    case 'e':
      return Type::Kind::enumeration;
    case 'p':
      return Type::Kind::pseudo;
    case 'r':
      return Type::Kind::range;
    case 'm':
      return Type::Kind::multirange;
    default:
      return Type::Kind::base;
  }
}

Relation::Kind relation_kind(Cell relkind) {
  switch (relkind.empty() ? 'r' : relkind.front()) {
    case 'p':
      return Relation::Kind::partitioned;
    case 'v':
      return Relation::Kind::view;
    case 'm':
      return Relation::Kind::materialized;
    case 'f':
      return Relation::Kind::foreign;
    default:
      return Relation::Kind::table;
  }
}

Function::Volatility volatility(Cell provolatile) {
  if (provolatile == "i") return Function::Volatility::immutable;
  if (provolatile == "s") return Function::Volatility::stable;
  return Function::Volatility::volatile_;
}

std::optional<Privilege> privilege_named(Cell name) {
  if (name == "SELECT") return Privilege::select;
  if (name == "INSERT") return Privilege::insert;
  if (name == "UPDATE") return Privilege::update;
  if (name == "DELETE") return Privilege::delete_;
  if (name == "EXECUTE") return Privilege::execute;
  if (name == "USAGE") return Privilege::usage;
  return std::nullopt;
}

// The text between the first <tag> and its end, still escaped.
std::string_view element_text(Cell xml, std::string_view tag) {
  std::size_t start = xml.find(concat({"<", tag, ">"}));
  std::size_t end = xml.find(concat({"</", tag, ">"}));
  if (start == Cell::npos || end == Cell::npos) return {};
  start += tag.size() + 2;
  return xml.substr(start, end - start);
}

std::string unescape_xml(std::string_view text) {
  constexpr std::pair<std::string_view, char> kEntities[] = {
      {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&#x0d;", '\r'}};
  std::string out;
  while (!text.empty()) {
    char c = text.front();
    std::size_t size = 1;
    for (auto [entity, plain] : kEntities)
      if (text.starts_with(entity)) {
        c = plain;
        size = entity.size();
      }
    out.push_back(c);
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace

CatalogBuilder::CatalogBuilder() : catalog_(new Catalog()) {
  // Only a counter: what differs between two snapshots of one process.
  static std::atomic<std::uint64_t> next{1};
  catalog_->generation_ = next.fetch_add(1, std::memory_order_relaxed);
}

CatalogBuilder::~CatalogBuilder() = default;

void CatalogBuilder::add(Query query, std::span<const Cell> row) {
  switch (query) {
    case Query::changes:  // the loader's
    case Query::fingerprint:
      break;
    case Query::schemas:
      catalog_->schemas_.emplace(to_text(row[0]), to_text(row[1]));
      if (row.size() > 2)
        catalog_->schema_oids_.emplace(to_text(row[0]), to_number<Oid>(row[2]));
      break;
    case Query::types:
      add_type(row);
      break;
    case Query::relations:
      add_relation(row);
      break;
    case Query::columns:
      add_column(row);
      break;
    case Query::keys:
      add_key(row);
      break;
    case Query::foreign_keys:
      add_foreign_key(row);
      break;
    case Query::views:
      links_.views.emplace(to_number<Oid>(row[0]), parse_view_tree(row[1]));
      catalog_->reach_.add(query, row);
      break;
    case Query::functions:
      add_function(row);
      break;
    case Query::casts:
      add_cast(row);
      break;
    case Query::media_handlers:
      add_media_handler(row);
      break;
    case Query::role_settings:
      add_role_setting(row);
      break;
    case Query::roles:
      add_role(row);
      break;
    case Query::privileges:
      add_privilege(row);
      break;
    case Query::builtins:
    case Query::code:
    case Query::operators:
    case Query::bodies:
    case Query::published:
      catalog_->reach_.add(query, row);
      break;
    case Query::enum_tables:
      add_enum_rows(row);
      break;
  }
}

void CatalogBuilder::add_type(std::span<const Cell> row) {
  Type type;
  type.oid = to_number<Oid>(row[0]);
  type.schema = to_text(row[1]);
  type.name = to_text(row[2]);
  type.text = to_text(row[3]);
  type.kind = type_kind(row[4]);
  type.category = row[5].empty() ? 'X' : row[5].front();
  type.base = to_number<Oid>(row[6]);
  type.element = to_number<Oid>(row[7]);
  type.relation = to_number<Oid>(row[8]);
  type.labels = to_list(row[9]);
  catalog_->types_by_last_name_.emplace(type.name, type.oid);
  catalog_->types_.emplace(type.oid, std::move(type));
}

void CatalogBuilder::add_relation(std::span<const Cell> row) {
  Relation relation;
  relation.oid = to_number<Oid>(row[0]);
  relation.row_type = to_number<Oid>(row[1]);
  relation.schema = to_text(row[2]);
  relation.name = to_text(row[3]);
  relation.kind = relation_kind(row[4]);
  relation.is_partition = to_bool(row[5]);
  int events = to_number<int>(row[6]);
  relation.updatable = (events & 4) != 0;
  relation.insertable = (events & 8) != 0;
  relation.deletable = (events & 16) != 0;
  relation.row_security = to_bool(row[7]);
  relation.comment = to_optional(row[8]);
  relation.has_update_trigger = row.size() > 9 && to_bool(row[9]);
  links_.relation_at.emplace(relation.oid, catalog_->relations_.size());
  catalog_->relations_.push_back(std::move(relation));
}

void CatalogBuilder::add_column(std::span<const Cell> row) {
  auto at = links_.relation_at.find(to_number<Oid>(row[0]));
  if (at == links_.relation_at.end()) return;
  Column column;
  column.number = to_number<std::int16_t>(row[1]);
  column.name = to_text(row[2]);
  column.type = to_number<Oid>(row[3]);
  column.type_text = to_text(row[4]);
  column.type_name = to_text(row[5]);
  column.nullable = !to_bool(row[6]);
  column.identity = row[7].empty() ? '\0' : row[7].front();
  column.generated = !row[8].empty();
  column.default_text = to_text(row[9]);
  column.has_default = !is_null(row[9]) || column.generated || column.identity;
  if (!is_null(row[10])) column.max_length = to_number<int>(row[10]);
  column.comment = to_optional(row[11]);
  catalog_->relations_[at->second].columns.push_back(std::move(column));
}

void CatalogBuilder::add_key(std::span<const Cell> row) {
  links_.keys.push_back({.relation = to_number<Oid>(row[0]),
                         .name = to_text(row[1]),
                         .primary = to_bool(row[2]),
                         .columns = to_numbers<int>(row[3])});
}

void CatalogBuilder::add_foreign_key(std::span<const Cell> row) {
  links_.foreign_keys.push_back({.name = to_text(row[0]),
                                 .from = to_number<Oid>(row[1]),
                                 .to = to_number<Oid>(row[2]),
                                 .from_columns = to_numbers<int>(row[3]),
                                 .to_columns = to_numbers<int>(row[4])});
}

void CatalogBuilder::add_function(std::span<const Cell> row) {
  Function function;
  function.oid = to_number<Oid>(row[0]);
  function.schema = to_text(row[1]);
  function.name = to_text(row[2]);
  function.comment = to_optional(row[3]);
  function.returns = to_number<Oid>(row[4]);
  function.returns_set = to_bool(row[5]);
  function.estimated_rows = to_number<double>(row[6]);
  function.volatility = volatility(row[7]);
  int defaults = to_number<int>(row[8]);
  std::vector<std::string> names = to_list(row[9]);
  std::vector<std::string> modes = to_list(row[10]);
  std::vector<Oid> types = to_numbers<Oid>(row[11]);
  for (std::size_t i = 0; i < types.size(); ++i) {
    std::string name = i < names.size() ? names[i] : std::string();
    char mode = i < modes.size() && !modes[i].empty() ? modes[i][0] : 'i';
    if (mode == 'i' || mode == 'b' || mode == 'v')
      function.parameters.push_back({.name = name,
                                     .type = types[i],
                                     .type_text = {},
                                     .has_default = false,
                                     .variadic = mode == 'v'});
    if (mode == 'o' || mode == 'b' || mode == 't')
      function.out_columns.push_back({.name = name, .type = types[i]});
  }
  // Defaults belong to the last parameters.
  for (std::size_t i = function.parameters.size(); i > 0 && defaults > 0; --i) {
    function.parameters[i - 1].has_default = true;
    --defaults;
  }
  for (const std::string& setting : to_list(row[12])) {
    std::size_t equal = setting.find('=');
    if (equal == std::string::npos) continue;
    function.settings.emplace_back(ascii_lower(setting.substr(0, equal)),
                                   setting.substr(equal + 1));
  }
  catalog_->functions_.push_back(std::move(function));
}

void CatalogBuilder::add_cast(std::span<const Cell> row) {
  catalog_->representations_.push_back({.source = to_number<Oid>(row[0]),
                                        .target = to_number<Oid>(row[1]),
                                        .function_schema = to_text(row[2]),
                                        .function = to_text(row[3])});
}

void CatalogBuilder::add_media_handler(std::span<const Cell> row) {
  catalog_->media_handlers_.push_back(
      {.media_type = ascii_lower(to_text(row[0])),
       .schema = to_text(row[1]),
       .function = to_text(row[2]),
       .type_schema = to_text(row[3]),
       .row_type = to_number<Oid>(row[4]),
       .aggregate = true});
}

void CatalogBuilder::add_role_setting(std::span<const Cell> row) {
  std::string role = to_text(row[0]);
  std::vector<RoleSettings>& all = catalog_->role_settings_;
  if (all.empty() || all.back().role != role)
    all.push_back({.role = role, .settings = {}});
  all.back().settings.emplace_back(to_text(row[1]), to_text(row[2]));
}

void CatalogBuilder::add_role(std::span<const Cell> row) {
  catalog_->privileges_.add_role({.oid = to_number<Oid>(row[0]),
                                  .name = to_text(row[1]),
                                  .superuser = to_bool(row[2]),
                                  .is_login = to_bool(row[3]),
                                  .granted = to_numbers<Oid>(row[4])});
}

void CatalogBuilder::add_privilege(std::span<const Cell> row) {
  using Object = Privileges::Object;
  std::optional<Privilege> privilege = privilege_named(row[4]);
  if (!privilege) return;
  Object object = row[0] == "s"   ? Object::schema
                  : row[0] == "r" ? Object::relation
                                  : Object::function;
  catalog_->privileges_.add_grant(object, to_number<Oid>(row[1]),
                                  {.column = to_number<std::int16_t>(row[2]),
                                   .grantee = to_number<Oid>(row[3]),
                                   .privilege = *privilege});
}

// The rows come as JSON inside of one XML element.
void CatalogBuilder::add_enum_rows(std::span<const Cell> row) {
  std::string json = unescape_xml(element_text(row[2], "rows"));
  Result<rapidjson::Document> parsed = parse_json(json);
  std::vector<EnumRow>& rows = catalog_->enum_rows_[to_number<Oid>(row[0])];
  if (!parsed.ok() || !parsed->IsArray()) return;
  for (const rapidjson::Value& pair : parsed->GetArray()) {
    if (!pair.IsArray() || pair.Size() != 2 || !pair[0].IsString()) continue;
    EnumRow enum_row{.value = std::string(json_text(pair[0])),
                     .description = {}};
    if (pair[1].IsString()) enum_row.description = json_text(pair[1]);
    rows.push_back(std::move(enum_row));
  }
}

bool CatalogBuilder::link_some() {
  if (!linker_) linker_.emplace(*catalog_, std::move(links_));
  return linker_->step();
}

CatalogRef CatalogBuilder::finish() && {
  while (link_some()) {
  }
  return std::move(catalog_);
}

}  // namespace trestle::catalog
