#include "catalog/effects.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/name_lookup.h"
#include "sql/harmless.h"
#include "sql/row_tie.h"
#include "sql/sql_parser.h"

namespace trestle::catalog {
namespace {

constexpr std::size_t kMaxJudgedBytes = 8 * 1024 * 1024;
constexpr int kMaxDepth = 16;
constexpr std::string_view kTooDeep = "bodies within bodies";

std::size_t bytes_of(const SqlRef& sql) {
  if (sql == nullptr) return 0;
  return sizeof(Sql) + sql->text.size() + sql->name.size() +
         sql->param_types.size() * sizeof(Oid);
}

// What it owns.
std::size_t bytes_of(const Judged& judged) {
  const StatementFacts& facts = judged.facts;
  std::size_t bytes =
      facts.reason.size() +
      (facts.row_relations.size() + judged.named_in.size()) * sizeof(Oid) +
      bytes_of(judged.tied_by_number) + bytes_of(judged.tied_by_name);
  for (const std::string& name : facts.settings.names)
    bytes += sizeof name + name.size();
  return bytes;
}

}  // namespace

// Everything that one thing leads to, each once; ends with the first that is
// not known to be harmless.
class CatalogEffects::Walk {
 public:
  explicit Walk(const CatalogEffects& effects)
      : effects_(effects),
        catalog_(effects.catalog_),
        reach_(effects.catalog_.reach()) {}

  Verdict run(Thing start) {
    push(start);
    while (!open_.empty() && worst_.effects != Effects::unknown) {
      const Open next = open_.back();
      open_.pop_back();
      from_ = next.from;
      visit(next.thing);
    }
    return std::move(worst_);
  }

 private:
  using Kind = Thing::Kind;
  struct Open {
    Thing thing;
    std::size_t from;  // in names_
  };

  [[nodiscard]] const std::string& name() const { return names_[from_]; }
  void set_name(std::string name) {
    from_ = names_.size();
    names_.push_back(std::move(name));
  }

  static std::uint64_t key_of(Thing thing) {
    return static_cast<std::uint64_t>(thing.kind) << 32 | thing.oid;
  }
  friend class CatalogEffects;

  void push(Thing thing) {
    if (seen_.insert(key_of(thing)).second) open_.push_back({thing, from_});
  }
  void push_all(Kind kind, const std::vector<Oid>& oids) {
    for (Oid oid : oids) push({kind, oid});
  }

  void visit(Thing thing) {
    switch (thing.kind) {
      case Kind::read:
        return visit_relation(thing.oid, false);
      case Kind::write:
        return visit_relation(thing.oid, true);
      case Kind::function:
        return visit_function(thing.oid);
      case Kind::type:
        return visit_type(thing.oid);
      case Kind::operation:
        if (const UserOperator* found = reach_.user_operator(thing.oid))
          push({Kind::function, found->function});
        else if (thing.oid >= oid::kFirstOfUsers)
          worst_.take(Verdict::unknown({"an operator"}));
    }
  }

  void visit_relation(Oid oid, bool is_written) {
    const Relation* relation = catalog_.relation(oid);
    if (relation == nullptr) {
      if (oid >= oid::kFirstSystemView || is_written)
        worst_.take(Verdict::unknown({"a relation of the system"}));
      return;
    }
    set_name(concat({relation->schema, ".", relation->name}));
    if (relation->kind == Relation::Kind::foreign)
      return worst_.take(Verdict::unknown({"foreign table ", name()}));
    for (const Column& column : relation->columns)
      push({Kind::type, column.type});
    const Attached& attached = reach_.attached(oid);
    if (relation->kind == Relation::Kind::view && !attached.has_view)
      return worst_.take(Verdict::unknown({"view ", name()}));
    visit_code(attached.read);
    if (relation->row_security) visit_code(attached.policies);
    push_all(Kind::read, attached.children);
    if (is_written) visit_change(*relation, attached);
  }

  void visit_change(const Relation& relation, const Attached& attached) {
    if (attached.rules)
      return worst_.take(Verdict::unknown({"a rule on ", name()}));
    visit_code(attached.write);
    push_all(Kind::function, attached.triggers);
    push_all(Kind::write, attached.children);
    push_all(Kind::write, attached.cascades);
    // A change of a view is one of what it shows.
    if (relation.is_view()) push_all(Kind::write, attached.read.relations);
  }

  void visit_code(const Code& code) {
    if (code.finds_names) worst_.uses_path = true;
    if (!code.unknown.empty())
      worst_.take(
          Verdict::unknown({"an expression (", code.unknown, ") in ", name()}));
    if (code.uses_sequences)
      worst_.take({.effects = Effects::sequences,
                   .reason = concat({"a sequence behind ", name()}),
                   .uses_path = false});
    push_all(Kind::function, code.functions);
    push_all(Kind::operation, code.operators);
    push_all(Kind::read, code.relations);
    push_all(Kind::type, code.types);
  }

  void visit_function(Oid oid) {
    if (reach_.is_harmless_builtin(oid)) return;
    const std::string from =
        name().empty() ? std::string() : concat({" behind ", name()});
    const Body* body = reach_.body(oid);
    if (body == nullptr)
      return worst_.take(Verdict::unknown(
          {"function ", reach_.builtin_name(oid), "()", from}));
    const std::string name = concat({body->schema, ".", body->name});
    if (!body->is_sql)
      return worst_.take(Verdict::unknown({"function ", name, "()", from}));
    worst_.uses_path = true;  // its text is read when it runs
    set_name(concat({"function ", name, "()"}));
    visit_code(body->code);
    if (body->text.empty()) return;
    Verdict inside = effects_.judge_body(body->text);
    if (inside.effects != Effects::clean)
      worst_.take(Verdict::unknown(
          {"function ", name, "()", from, ": ", inside.reason}));
  }

  void visit_type(Oid oid) {
    if (is_name_type(oid)) worst_.uses_path = true;
    if (oid < oid::kFirstOfUsers) return;
    const Type* type = catalog_.type(oid);
    if (type == nullptr) return worst_.take(Verdict::unknown({"a type"}));
    push_all(Kind::function, reach_.casts_of(oid));
    if (type->element != 0) return push({Kind::type, type->element});
    switch (type->kind) {
      case Type::Kind::enumeration:
        return;
      case Type::Kind::domain:
        if (const Code* checks = reach_.domain(oid)) {
          set_name(concat({"domain ", type->text}));
          visit_code(*checks);
        }
        return push({Kind::type, type->base});
      case Type::Kind::composite:
        if (const Relation* relation = catalog_.relation_of_type(oid)) {
          for (const Column& column : relation->columns)
            push({Kind::type, column.type});
          return;
        }
        break;
      default:
        break;
    }
    worst_.take(Verdict::unknown({"type ", type->text}));
  }

  const CatalogEffects& effects_;
  const Catalog& catalog_;
  const Reach& reach_;
  std::vector<Open> open_;
  std::unordered_set<std::uint64_t> seen_;
  std::vector<std::string> names_ = {{}};
  std::size_t from_ = 0;  // in names_: whose code is visited
  Verdict worst_ = Verdict::clean();
};

Verdict CatalogEffects::follow(Thing start) const {
  const std::uint64_t key = Walk::key_of(start);
  if (auto known = followed_.find(key); known != followed_.end())
    return known->second;
  // Should it lead to itself, through a body, that is what it finds.
  followed_.emplace(key, Verdict::unknown({"what leads to itself"}));
  Verdict verdict = Walk(*this).run(start);
  // What was given up for its depth may be judged better from elsewhere. All
  // else is kept: bodies call each other in many ways.
  if (depth_ == 0 || verdict.reason.find(kTooDeep) == std::string::npos)
    followed_[key] = verdict;
  else
    followed_.erase(key);
  return verdict;
}

Verdict CatalogEffects::judge_body(const std::string& text) const {
  if (depth_ >= kMaxDepth) return Verdict::unknown({kTooDeep});
  depth_++;
  SqlParse parse = parse_sql(text);
  StatementFacts facts;
  facts.reason = "its body is not one statement";
  if (!parse.fault) facts = facts_of(parse.tree, *this);
  depth_--;
  if (facts.is_clean_read()) return Verdict::clean();
  return Verdict::unknown(
      {facts.reason.empty() ? "it changes data" : facts.reason});
}

bool CatalogEffects::is_harmless_type(Oid type) const {
  return follow({Thing::Kind::type, type}).effects == Effects::clean;
}

CatalogEffects::CatalogEffects(const Catalog& catalog)
    : catalog_(catalog), judged_(kMaxJudgedBytes) {}

const Judged& CatalogEffects::judge(const Sql& sql) {
  const std::string& key = sql.name.empty() ? sql.text : sql.name;
  if (const Judged* known = judged_.find(key)) return *known;
  SqlParse parse = parse_sql(sql.text);
  StatementFacts facts;
  facts.settings.any = parse.fault.has_value();
  if (!parse.fault) facts = facts_of(parse.tree, *this);
  for (Oid cast : catalog_.reach().casts_of_builtins()) {
    facts.uses_path = true;
    if (follow({Thing::Kind::function, cast}).effects == Effects::clean)
      continue;
    facts.effects = Effects::unknown;
    facts.reason = "a cast between types of PostgreSQL";
  }
  last_ = {.facts = std::move(facts)};
  tie(sql, last_);
  judged_.put(key, last_, bytes_of(last_));
  return last_;
}

// A view or row security may be anything, and is not to be looked at by whom
// the function spares it.
void CatalogEffects::tie(const Sql& sql, Judged& judged) const {
  std::vector<RowSource> sources;
  for (Oid oid : judged.facts.row_relations) sources.push_back({.oid = oid});
  judged.tied_by_number = tie_rows(sql, sources);
  if (judged.tied_by_number == nullptr) return;
  for (RowSource& source : sources) {
    const Relation* relation = catalog_.relation(source.oid);
    if (relation == nullptr || relation->row_security ||
        (relation->kind != Relation::Kind::table &&
         relation->kind != Relation::Kind::partitioned))
      continue;
    source.schema = relation->schema;
    source.name = relation->name;
    judged.named_in.push_back(catalog_.schema_oid(relation->schema));
  }
  if (!judged.named_in.empty()) judged.tied_by_name = tie_rows(sql, sources);
}

const SqlRef& CatalogEffects::tied(const Judged& judged,
                                   std::string_view role) const {
  if (judged.tied_by_name == nullptr) return judged.tied_by_number;
  const Privileges& privileges = catalog_.privileges();
  const Role* who = privileges.role(role);
  const bool may_name =
      who != nullptr && std::ranges::all_of(judged.named_in, [&](Oid schema) {
        return privileges.may(*who, Privilege::usage,
                              Privileges::Object::schema, schema);
      });
  return may_name ? judged.tied_by_name : judged.tied_by_number;
}

Verdict CatalogEffects::relation(std::string_view schema, std::string_view name,
                                 Access access) const {
  const auto found = relations_meant(catalog_, schema, name);
  if (found.empty())
    return Verdict::unknown({"relation ", name, " is not in the catalog"});
  Verdict worst = Verdict::clean();
  worst.uses_path = schema.empty();
  for (const Relation* one : found)
    worst.take(
        follow({access == Access::read ? Thing::Kind::read : Thing::Kind::write,
                one->oid}));
  return worst;
}

Verdict CatalogEffects::function(std::string_view schema,
                                 std::string_view name) const {
  const bool is_builtin = harmless_function(schema, name);
  const std::vector<Oid> found = functions_meant(catalog_, schema, name);
  if (!is_builtin && found.empty())
    return Verdict::unknown({"function ", name, "()"});
  Verdict worst = Verdict::clean();
  worst.uses_path = is_builtin && finds_names(name);
  for (Oid oid : found) worst.take(follow({Thing::Kind::function, oid}));
  return worst;
}

Verdict CatalogEffects::type(std::string_view schema,
                             std::string_view name) const {
  Verdict worst = Verdict::clean();
  bool found = harmless_type(schema, name);
  for (Oid oid : types_meant(catalog_, schema, name)) {
    if (oid < oid::kFirstOfUsers) continue;
    found = true;
    worst.take(follow({Thing::Kind::type, oid}));
    worst.uses_path |= schema.empty();
  }
  return found ? worst : Verdict::unknown({"type ", name});
}

Verdict CatalogEffects::operation(std::string_view schema,
                                  std::string_view name) const {
  Verdict worst = EffectsOracle::operation(schema, name);
  for (Oid oid : operators_meant(catalog_, name)) {
    worst.take(follow({Thing::Kind::operation, oid}));
    worst.uses_path = true;
  }
  return worst;
}

Verdict CatalogEffects::column(std::string_view name) const {
  Verdict worst = Verdict::clean();
  for (Oid oid : functions_of_column(catalog_, name))
    worst.take(follow({Thing::Kind::function, oid}));
  return worst;
}

// Of an array: those of its elements.
void CatalogEffects::add_rows_of(Oid oid, std::vector<Oid>& relations) const {
  const Type* type = catalog_.type(catalog_.base_type(oid));
  if (type != nullptr && type->element != 0)
    type = catalog_.type(catalog_.base_type(type->element));
  if (type == nullptr || type->relation < oid::kFirstOfUsers) return;
  if (std::ranges::find(relations, type->relation) == relations.end())
    relations.push_back(type->relation);
}

void CatalogEffects::add_rows_of_function(std::string_view schema,
                                          std::string_view name,
                                          std::vector<Oid>& relations) const {
  for (Oid oid : catalog_.reach().functions_named(name)) {
    const Function* function = catalog_.function(oid);
    if (function != nullptr && (schema.empty() || function->schema == schema))
      add_rows_of(function->returns, relations);
  }
}

void CatalogEffects::add_rows_of_type(std::string_view schema,
                                      std::string_view name,
                                      std::vector<Oid>& relations) const {
  for (Oid oid : types_meant(catalog_, schema, name))
    add_rows_of(oid, relations);
}

}  // namespace trestle::catalog
