// parse_document, check_limits and validate: any text ends in a verdict.
#include <cstdint>
#include <memory>

#include "graphql/limits.h"
#include "graphql/parser.h"
#include "graphql/schema_file.h"
#include "graphql/validate.h"

namespace {

std::unique_ptr<trestle::graphql::Schema> make_schema() {
  static trestle::Arena arena;
  auto document = trestle::graphql::parse_document(
      "type Query { a(x: Int, in: In): Query b: [U!]! c: E } "
      "union U = Query | Other type Other { n: String } "
      "enum E { X Y } input In { y: Int! z: [In!] e: E } "
      "type Mutation { m(id: ID!): Query }",
      arena);
  return std::move(*trestle::graphql::schema_of(*document));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static const std::unique_ptr<trestle::graphql::Schema> schema = make_schema();
  // Exactly sized on the heap: reading behind the end is seen.
  const std::unique_ptr<char[]> copy(new char[size]);
  std::copy(data, data + size, copy.get());
  trestle::Arena arena;
  auto document = trestle::graphql::parse_document({copy.get(), size}, arena);
  if (!document.ok()) return 0;
  if (trestle::graphql::check_limits(*document, {})) return 0;
  static_cast<void>(trestle::graphql::validate(*schema, *document));
  return 0;
}
