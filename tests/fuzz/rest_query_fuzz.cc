// Any bytes as a query string, of a relation and of a function: parsed or
// refused with PGRST100 or PGRST103, never a crash.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "rest/query_string.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace trestle;  // NOLINT: one file, one program
  std::string text(reinterpret_cast<const char*>(data), size);
  text.shrink_to_fit();
  for (bool of_function : {false, true}) {
    Result<rest::Query> query = rest::parse_query(text, of_function);
    if (!query.ok() && query.error().code != "PGRST100" &&
        query.error().code != "PGRST103")
      std::abort();
  }
  return 0;
}
