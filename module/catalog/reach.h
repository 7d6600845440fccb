// What can run when a statement reads or changes a relation, calls a function
// or uses a type: functions, policies, triggers, defaults, checks, views below
// views ... as the catalog tells it. effects.h decides by it what is clean.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "catalog/code.h"
#include "catalog/queries.h"
#include "sql/row_sink.h"

namespace trestle::catalog {

// A function of a user or an extension.
struct Body {
  std::string schema;
  std::string name;
  std::vector<Oid> parameters;
  // All that it does is in `text`, when it has one, and in `code`.
  bool is_sql = false;
  std::string text;
  Code code;  // of a body in SQL's own form, and of parameters' defaults
};

// Code that hangs on a relation.
struct Attached {
  Code read;  // view's rule, and what planning may run
  Code policies;
  Code write;                 // defaults, checks of triggers
  std::vector<Oid> triggers;  // functions
  std::vector<Oid> children;  // partitions and heirs
  std::vector<Oid> cascades;  // relations that a change goes on to
  bool rules = false;         // INSERT, UPDATE or DELETE may run something else
  bool has_view = false;      // `read` has the view's own rule
};

struct UserOperator {
  std::string name;
  Oid left = 0;
  Oid right = 0;
  Oid function = 0;
};

class Reach {
 public:
  // Rows of Query::views, builtins, code, operators, bodies and published.
  void add(Query query, std::span<const Cell> row);

  [[nodiscard]] bool is_harmless_builtin(Oid function) const {
    return harmless_.contains(function);
  }
  // Of a harmless one: it tells the time, or what chance brings.
  [[nodiscard]] bool is_unsteady_builtin(Oid function) const {
    return unsteady_.contains(function);
  }
  // Of one that is not harmless.
  [[nodiscard]] std::string_view builtin_name(Oid function) const;
  [[nodiscard]] const Body* body(Oid function) const;
  // All functions of users by that name, whatever their schema.
  [[nodiscard]] std::vector<Oid> functions_named(std::string_view name) const;
  [[nodiscard]] const Attached& attached(Oid relation) const;
  // Checks and default of a domain.
  [[nodiscard]] const Code* domain(Oid type) const;
  [[nodiscard]] const UserOperator* user_operator(Oid oid) const;
  [[nodiscard]] std::vector<Oid> operators_named(std::string_view name) const;
  // Functions of casts from or to a type.
  [[nodiscard]] std::vector<Oid> casts_of(Oid type) const;
  // Functions of casts between PostgreSQL's own types, made by users.
  [[nodiscard]] const std::vector<Oid>& casts_of_builtins() const {
    return casts_of_builtins_;
  }
  // What a table is a partition or an heir of.
  [[nodiscard]] std::vector<Oid> parents(Oid relation) const;
  // Whether a publication tells of every change of that table.
  [[nodiscard]] bool is_published(Oid table,
                                  std::string_view publication) const;
  // What anything in the database may read.
  [[nodiscard]] const SettingsRead& settings_read() const { return settings_; }

 private:
  void add_code(std::span<const Cell> row);
  void add_body(std::span<const Cell> row);

  std::unordered_set<Oid> harmless_;
  std::unordered_set<Oid> unsteady_;  // some of them
  std::unordered_map<Oid, std::string> other_builtins_;
  std::unordered_map<Oid, Body> bodies_;
  std::unordered_multimap<std::string, Oid> functions_by_name_;
  std::unordered_map<Oid, Attached> attached_;
  std::unordered_map<Oid, Code> domains_;
  std::unordered_map<Oid, UserOperator> operators_;
  std::unordered_multimap<std::string, Oid> operators_by_name_;
  std::unordered_multimap<Oid, Oid> casts_;
  std::vector<Oid> casts_of_builtins_;
  std::unordered_multimap<Oid, Oid> parents_;
  std::unordered_multimap<Oid, std::string> published_;
  SettingsRead settings_;
};

}  // namespace trestle::catalog
