// Any bytes as a template: compiling and linting end, without a crash.
#include <cstddef>
#include <cstdint>
#include <string>

#include "pages/lint.h"
#include "pages/program.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace trestle::pages;
  // A heap copy of the exact size, so that a read behind it is seen.
  std::string text(reinterpret_cast<const char*>(data), size);
  text.shrink_to_fit();
  auto program = compile("main.html", text);
  (void)lint(*program);
  return 0;
}
