// What a printed tree of PostgreSQL (a view's rule, a policy, a default, a
// check ...) names: the code that runs with it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/settings_read.h"
#include "sql/statement.h"

namespace trestle::catalog {

struct Code {
  // Without those of which nothing can follow (PostgreSQL's own types and
  // operators).
  std::vector<Oid> functions;
  std::vector<Oid> operators;
  std::vector<Oid> relations;
  std::vector<Oid> types;
  bool uses_sequences = false;
  // Names objects by what search_path finds (reg* types, CURRENT_SCHEMA).
  bool finds_names = false;
  bool reads_clock = false;  // CURRENT_DATE and its kin
  // A kind of node that is not known to compute only; whatever it is, it is not
  // clean.
  std::string unknown;
  SettingsRead settings;

  void add(const Code& other);
};

// Whether it is one of the types whose values are objects, written by name:
// regclass, regtype, regconfig ...
[[nodiscard]] bool is_name_type(Oid type);

// Several trees may follow one another.
[[nodiscard]] Code read_code(std::string_view trees);

}  // namespace trestle::catalog
