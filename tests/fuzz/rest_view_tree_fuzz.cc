// Any bytes as the tree of a view's rule: columns or none, never a crash.
#include <cstdint>
#include <string>

#include "catalog/relationships.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  text.shrink_to_fit();
  static_cast<void>(trestle::catalog::parse_view_tree(text));
  return 0;
}
