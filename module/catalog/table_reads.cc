#include "catalog/table_reads.h"

#include <algorithm>
#include <unordered_set>

#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/name_lookup.h"
#include "sql/effects.h"
#include "sql/harmless.h"
#include "sql/sql_parser.h"

namespace trestle::catalog {
namespace {

constexpr int kMaxDepth = 16;

// Takes the names of statements and follows all that they lead to, each once.
class ReadsWalk final : public EffectsOracle {
 public:
  ReadsWalk(const Catalog& catalog, std::string_view publication)
      : catalog_(catalog), reach_(catalog.reach()), publication_(publication) {}

  TableReads run(std::string_view text) {
    take_text(text);
    push_all(functions_, reach_.casts_of_builtins());
    while (reads_.problem.empty() && has_open()) visit_next();
    std::ranges::sort(reads_.tables);
    reads_.tables.erase(std::unique(reads_.tables.begin(), reads_.tables.end()),
                        reads_.tables.end());
    return std::move(reads_);
  }

  // --- the names of a statement

  Verdict relation(std::string_view schema, std::string_view name,
                   Access) const override {
    const auto found = relations_meant(catalog_, schema, name);
    if (found.empty()) blame({"relation ", name, " is not in the catalog"});
    for (const Relation* one : found) push(relations_, one->oid);
    return Verdict::clean();
  }

  Verdict function(std::string_view schema,
                   std::string_view name) const override {
    if (harmless_function(schema, name) && unsteady_function(name))
      blame({name, "()"});
    push_all(functions_, functions_meant(catalog_, schema, name));
    return Verdict::clean();
  }

  Verdict type(std::string_view schema, std::string_view name) const override {
    push_all(types_, types_meant(catalog_, schema, name));
    return Verdict::clean();
  }

  Verdict operation(std::string_view, std::string_view name) const override {
    for (Oid oid : operators_meant(catalog_, name)) push_operator(oid);
    return Verdict::clean();
  }

  Verdict column(std::string_view name) const override {
    push_all(functions_, functions_of_column(catalog_, name));
    return Verdict::clean();
  }

 private:
  struct Things {
    std::vector<Oid> open;
    std::unordered_set<Oid> seen;
  };

  void blame(std::initializer_list<std::string_view> problem) const {
    if (reads_.problem.empty()) reads_.problem = concat(problem);
  }

  static void push(Things& things, Oid oid) {
    if (things.seen.insert(oid).second) things.open.push_back(oid);
  }

  static void push_all(Things& things, const std::vector<Oid>& oids) {
    for (Oid oid : oids) push(things, oid);
  }

  void push_operator(Oid oid) const {
    if (const UserOperator* found = reach_.user_operator(oid))
      push(functions_, found->function);
  }

  [[nodiscard]] bool has_open() const {
    return !relations_.open.empty() || !functions_.open.empty() ||
           !types_.open.empty();
  }

  static Oid pop(Things& things) {
    const Oid oid = things.open.back();
    things.open.pop_back();
    return oid;
  }

  void visit_next() {
    if (!relations_.open.empty())
      visit_relation(pop(relations_));
    else if (!functions_.open.empty())
      visit_function(pop(functions_));
    else
      visit_type(pop(types_));
  }

  void take_text(std::string_view text) {
    if (++texts_ > kMaxDepth) return blame({"bodies within bodies"});
    if (names_a_moment(text)) return blame({"a moment by its name"});
    const SqlParse parse = parse_sql(std::string(text));
    if (parse.fault) return blame({"a text that is not one statement"});
    if (facts_of(parse.tree, *this).reads_clock) blame({"the clock"});
  }

  void visit_relation(Oid oid) {
    const Relation* relation = catalog_.relation(oid);
    if (relation == nullptr) return blame({"a relation of the system"});
    const std::string name = concat({relation->schema, ".", relation->name});
    using Kind = Relation::Kind;
    if (relation->kind == Kind::foreign) return blame({"foreign table ", name});
    if (relation->kind == Kind::materialized)
      return blame({"materialized view ", name});
    if (relation->kind != Kind::view) add_table(*relation, name);
    for (const Column& column : relation->columns) push(types_, column.type);
    const Attached& attached = reach_.attached(oid);
    visit_code(attached.read);
    if (relation->row_security) visit_code(attached.policies);
    push_all(relations_, attached.children);
  }

  // Changes of a partition may be told under the name of what it is part of.
  void add_table(const Relation& relation, std::string_view name) {
    Things above;
    push(above, relation.oid);
    bool is_told = relation.kind == Relation::Kind::partitioned;
    while (!above.open.empty()) {
      const Oid oid = pop(above);
      reads_.tables.push_back(oid);
      is_told = is_told || reach_.is_published(oid, publication_);
      for (Oid parent : reach_.parents(oid)) push(above, parent);
    }
    if (!is_told)
      blame({"table ", name, " is not in publication ", publication_});
  }

  void visit_code(const Code& code) {
    if (!code.unknown.empty()) blame({"an expression (", code.unknown, ")"});
    if (code.uses_sequences) blame({"a sequence"});
    if (code.reads_clock) blame({"the clock"});
    push_all(functions_, code.functions);
    push_all(relations_, code.relations);
    push_all(types_, code.types);
    for (Oid oid : code.operators) push_operator(oid);
  }

  void visit_function(Oid oid) {
    if (reach_.is_harmless_builtin(oid)) {
      if (reach_.is_unsteady_builtin(oid)) blame({"the clock or chance"});
      return;
    }
    const Body* body = reach_.body(oid);
    if (body == nullptr || !body->is_sql)
      return blame(
          {"function ", body != nullptr ? std::string_view(body->name) : ""});
    visit_code(body->code);
    if (!body->text.empty()) take_text(body->text);
  }

  void visit_type(Oid oid) {
    if (oid < oid::kFirstOfUsers) return;
    const Type* type = catalog_.type(oid);
    if (type == nullptr) return blame({"a type"});
    push_all(functions_, reach_.casts_of(oid));
    if (type->element != 0) push(types_, type->element);
    if (type->base != 0) push(types_, type->base);
    if (const Code* checks = reach_.domain(oid)) visit_code(*checks);
    if (const Relation* relation = catalog_.relation_of_type(oid))
      for (const Column& column : relation->columns) push(types_, column.type);
  }

  const Catalog& catalog_;
  const Reach& reach_;
  std::string_view publication_;
  int texts_ = 0;
  // The oracle is asked as a constant one.
  mutable Things relations_;
  mutable Things functions_;
  mutable Things types_;
  mutable TableReads reads_;
};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

TableReads table_reads(const Catalog& catalog, const Sql& sql,
                       std::string_view publication) {
  return ReadsWalk(catalog, publication).run(sql.text);
}

bool names_a_moment(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (!is_letter(text[at])) {
      at++;
      continue;
    }
    const std::size_t begin = at;
    while (at < text.size() && is_letter(text[at])) at++;
    const std::string_view word = text.substr(begin, at - begin);
    for (std::string_view moment : {"now", "today", "tomorrow", "yesterday"})
      if (ascii_iequals(word, moment)) return true;
  }
  return false;
}

}  // namespace trestle::catalog
