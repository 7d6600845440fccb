#include "catalog/reach.h"

#include <algorithm>

#include "base/text.h"
#include "catalog/rows.h"
#include "catalog/types.h"
#include "sql/harmless.h"

namespace trestle::catalog {
namespace {

// Extensions whose C code reads no setting of a request: PostgreSQL's own and
// well known ones. Words between blanks.
constexpr std::string_view kKnownExtensions =
    " address_standardizer amcheck bloom btree_gin btree_gist citext cube"
    " dict_int dict_xsyn earthdistance file_fdw fuzzystrmatch hstore intarray"
    " isn lo ltree moddatetime pageinspect pg_buffercache pg_cron"
    " pg_freespacemap pg_prewarm pg_stat_statements pg_surgery pg_trgm"
    " pg_visibility pg_walinspect pgcrypto pgrowlocks pgstattuple plpgsql"
    " postgis postgis_raster postgis_topology postgres_fdw seg sslinfo"
    " tablefunc tcn timescaledb tsm_system_rows tsm_system_time unaccent"
    " uuid-ossp vector xml2 ";

template <class Map>
std::vector<Oid> all_of(const Map& map, const typename Map::key_type& key) {
  std::vector<Oid> found;
  auto [begin, end] = map.equal_range(key);
  for (auto at = begin; at != end; ++at) found.push_back(at->second);
  return found;
}

template <class Map>
auto* find(const Map& map, Oid oid) {
  auto found = map.find(oid);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

void Reach::add(Query query, std::span<const Cell> row) {
  if (query == Query::views) {
    Code code = read_code(row[1]);
    settings_.add(code.settings);
    Attached& attached = attached_[to_number<Oid>(row[0])];
    attached.read.add(code);
    attached.has_view = true;
  } else if (query == Query::builtins) {
    if (unsteady_function(row[1])) unsteady_.insert(to_number<Oid>(row[0]));
    if (to_bool(row[2]) || harmless_function({}, row[1]))
      harmless_.insert(to_number<Oid>(row[0]));
    else
      other_builtins_.emplace(to_number<Oid>(row[0]), to_text(row[1]));
  } else if (query == Query::code) {
    add_code(row);
  } else if (query == Query::operators) {
    const Oid oid = to_number<Oid>(row[0]);
    operators_.emplace(oid, UserOperator{.name = to_text(row[1]),
                                         .left = to_number<Oid>(row[2]),
                                         .right = to_number<Oid>(row[3]),
                                         .function = to_number<Oid>(row[4])});
    operators_by_name_.emplace(to_text(row[1]), oid);
  } else if (query == Query::bodies) {
    add_body(row);
  } else if (query == Query::published) {
    published_.emplace(to_number<Oid>(row[0]), to_text(row[1]));
  }
}

void Reach::add_code(std::span<const Cell> row) {
  const std::string_view kind = row[0];
  const Oid object = to_number<Oid>(row[1]);
  const Oid other = to_number<Oid>(row[2]);
  if (kind == "cast") {
    const Oid function = to_number<Oid>(row[3]);
    casts_.emplace(object, function);
    casts_.emplace(other, function);
    if (object < oid::kFirstOfUsers && other < oid::kFirstOfUsers)
      casts_of_builtins_.push_back(function);
    return;
  }
  Code code;
  if (!is_null(row[3])) code = read_code(row[3]);
  settings_.add(code.settings);
  if (kind == "domain") return domains_[object].add(code);
  Attached& attached = attached_[object];
  if (kind == "default" || kind == "trigger")
    attached.write.add(code);
  else if (kind == "policy")
    attached.policies.add(code);
  else
    attached.read.add(code);
  if (kind == "trigger") attached.triggers.push_back(other);
  if (kind == "child") {
    attached.children.push_back(other);
    parents_.emplace(other, object);
  }
  if (kind == "cascade") attached.cascades.push_back(other);
  if (kind == "rule") attached.rules = true;
  if (kind == "sequence") attached.write.uses_sequences = true;
}

void Reach::add_body(std::span<const Cell> row) {
  const Oid oid = to_number<Oid>(row[0]);
  const std::string_view language = row[4];
  Body body{.schema = to_text(row[1]),
            .name = to_text(row[2]),
            .parameters = to_numbers<Oid>(row[3]),
            .text = {},
            .code = {}};
  body.is_sql = language == "sql";
  if (body.is_sql && is_null(row[7])) body.text = to_text(row[6]);
  for (Cell tree : {row[7], row[8]})
    if (!is_null(tree)) body.code.add(read_code(tree));
  settings_.add(body.code.settings);
  if (!is_null(row[6])) settings_.add(read_settings(row[6]));
  const bool is_told =
      language == "sql" || language == "plpgsql" || language == "made" ||
      (language == "c" && is_word_of(kKnownExtensions, row[5]));
  if (!is_told) settings_.any = true;
  functions_by_name_.emplace(body.name, oid);
  bodies_.emplace(oid, std::move(body));
}

std::string_view Reach::builtin_name(Oid function) const {
  const std::string* name = find(other_builtins_, function);
  return name == nullptr ? std::string_view() : *name;
}

const Body* Reach::body(Oid function) const { return find(bodies_, function); }

std::vector<Oid> Reach::functions_named(std::string_view name) const {
  return all_of(functions_by_name_, std::string(name));
}

const Attached& Reach::attached(Oid relation) const {
  static const Attached kNothing;
  const Attached* found = find(attached_, relation);
  return found == nullptr ? kNothing : *found;
}

const Code* Reach::domain(Oid type) const { return find(domains_, type); }

const UserOperator* Reach::user_operator(Oid oid) const {
  return find(operators_, oid);
}

std::vector<Oid> Reach::operators_named(std::string_view name) const {
  return all_of(operators_by_name_, std::string(name));
}

std::vector<Oid> Reach::casts_of(Oid type) const {
  return all_of(casts_, type);
}

std::vector<Oid> Reach::parents(Oid relation) const {
  return all_of(parents_, relation);
}

bool Reach::is_published(Oid table, std::string_view publication) const {
  auto [begin, end] = published_.equal_range(table);
  return std::any_of(begin, end, [&](const auto& entry) {
    return entry.second == publication;
  });
}

}  // namespace trestle::catalog
