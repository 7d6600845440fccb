// Any text is a plan of PostgreSQL or it is not; a column that is found in one
// has a value.
#include <cstdlib>

#include "live/reads.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace trestle::live;
  Reads reads;
  add_reads(reads, {reinterpret_cast<const char*>(data), size});
  for (const TableRead& table : reads.tables)
    for (const ReadKey& key : table.keys)
      if (table.name.empty() || key.column.empty() || key.value.empty())
        std::abort();
  return 0;
}
