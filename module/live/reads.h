// What a statement reads, told by PostgreSQL's own plan of it: EXPLAIN follows
// views, policies, partitions and functions that it can see into, with the
// statement's parameters in their places. So a live query knows which changes
// can concern it.
//
// A function that the plan does not show the inside of may read anything.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "live/pgoutput.h"
#include "sql/statement.h"

namespace trestle::live {

// A condition `column = value` that every row read from a table meets.
struct ReadKey {
  std::string column;
  std::string value;  // an integer or a uuid, as PostgreSQL writes it
};

// Rows of one table for which all keys hold.
struct TableRead {
  std::string schema;
  std::string name;
  std::vector<ReadKey> keys;
};

struct Reads {
  bool everything = false;  // no telling what else
  std::vector<TableRead> tables;
};

// The statement whose one cell is what add_reads() takes. It runs under the
// settings of the statement that it explains.
[[nodiscard]] Statement explain(const Statement& statement);

// Adds what the plan reads. Text that is no plan reads everything.
void add_reads(Reads& reads, std::string_view plan);

// False: neither the old nor the new row meets all keys, so that whoever reads
// by them sees no difference. What is not known of the old row may meet them.
[[nodiscard]] bool concerns(const RowChange& change,
                            const std::vector<ReadKey>& keys);

}  // namespace trestle::live
