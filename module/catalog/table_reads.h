// The tables behind what a statement reads, as far as the catalog can tell: its
// views, policies, partitions and the bodies of SQL functions are followed down
// to them. For whoever keeps an answer until one of them has changed.
//
// What is read besides tables whose changes are published (the clock, chance,
// the system's catalogs, other servers, materialized views) is a problem: such
// an answer cannot be kept. In doubt there is a problem. It is for statements
// that CatalogEffects has found to be clean reads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/statement.h"

namespace trestle::catalog {

class Catalog;

struct TableReads {
  std::vector<Oid> tables;  // under every name that their changes may have
  std::string problem;      // in words; empty: `tables` is all
};

// `publication`: the one that the change feed reads.
[[nodiscard]] TableReads table_reads(const Catalog& catalog, const Sql& sql,
                                     std::string_view publication);

// Whether a text holds one of the words that PostgreSQL takes for a moment of
// today where a time is asked for: now, today, tomorrow, yesterday.
[[nodiscard]] bool names_a_moment(std::string_view text);

}  // namespace trestle::catalog
