// Any bytes as a form with files: no crash, no read outside; what is taken as a
// file is bytea in hex.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "frontend/multipart.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace trestle;  // NOLINT: one file, one program
  // The boundary is the first line; parts that are found need it once more.
  std::string text(reinterpret_cast<const char*>(data), size);
  std::string boundary = text.substr(0, text.find('\n'));
  std::string body = text.substr(std::min(text.size(), boundary.size() + 1));
  body.shrink_to_fit();
  const std::string type = "multipart/form-data; boundary=" + boundary;
  Result<NamedValues> values = parse_multipart(type, body);
  if (!values.ok()) return 0;
  for (const NamedValues::Entry& entry : values->entries()) {
    const Param* file = values->find(entry.name + "_name");
    if (file == nullptr || !*file || !entry.value) continue;
    // A field may be called so, too; a file has its type beside it.
    if (values->find(entry.name + "_type") == nullptr) continue;
    if (entry.value->starts_with("\\x") && entry.value->size() % 2 != 0)
      std::abort();
  }
  return 0;
}
