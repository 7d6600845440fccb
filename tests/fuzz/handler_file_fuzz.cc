// Any text as a handler file: no crash, no read outside, and whatever is taken
// can be run as it stands.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "query/query_frontend.h"
#include "sql/handler_file.h"

namespace {

using namespace trestle;  // NOLINT: one file, one program

void check(const HandlerFile& file) {
  for (const FileSection& section : file.sections)
    for (const FileStatement& statement : section.statements) {
      if (parse_sql(statement.text).fault) std::abort();
      for (std::size_t index : statement.params)
        if (index >= section.params.size()) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  constexpr std::size_t kMostBytes = 4096;
  if (size > kMostBytes) return 0;
  // Its own heap block of exactly this size, under ASan.
  std::string text(reinterpret_cast<const char*>(data), size);
  text.shrink_to_fit();
  HandlerFileOptions options;
  if (size % 2 == 0) {
    options.section_names = true;
    options.extras = {"field", "require", "redirect", "flash", "stream"};
  }
  Result<HandlerFile> file = parse_handler_file("x.sql", text, options);
  if (file.ok()) check(*file);
  static_cast<void>(
      query::make_query_frontend({.path = "x.sql", .text = std::move(text)}));
  return 0;
}
