// parse_json and append_json: what was parsed can be written and parsed again,
// and is then the same text.
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  // Exactly sized on the heap: reading behind the end is seen.
  const std::unique_ptr<char[]> copy(new char[size]);
  std::copy(data, data + size, copy.get());
  const auto first = trestle::parse_json({copy.get(), size});
  if (!first.ok()) return 0;
  std::string text;
  trestle::append_json(text, *first);
  const auto second = trestle::parse_json(text);
  if (!second.ok()) std::abort();
  std::string again;
  trestle::append_json(again, *second);
  if (again != text) std::abort();
  return 0;
}
