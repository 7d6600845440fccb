// Endpoint::prepare: any document with any variables ends in a plan or an
// error, and a plan that is kept gives what planning anew gives. The input is
// the document, and behind a NUL byte the variables.
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "graphql/endpoint.h"
#include "unit/graphql/plan_fixture.h"

namespace {

using trestle::graphql::Prepared;

bool same(const Prepared& a, const Prepared& b) {
  if (a.errors.size() != b.errors.size() ||
      a.plan.plan.statements.size() != b.plan.plan.statements.size())
    return false;
  for (std::size_t i = 0; i < a.plan.plan.statements.size(); i++) {
    const trestle::Statement& one = a.plan.plan.statements[i];
    const trestle::Statement& other = b.plan.plan.statements[i];
    if (one.sql->text != other.sql->text || one.params != other.params)
      return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static const trestle::graphql::GraphqlOptions options{.schemas = {"api"}};
  static const trestle::catalog::CatalogRef catalog =
      trestle::graphql::testing::blog();
  static trestle::graphql::Endpoint endpoint(options);
  // Exactly sized on the heap: reading behind the end is seen.
  const std::unique_ptr<char[]> copy(new char[size]);
  std::copy(data, data + size, copy.get());
  std::string_view text(copy.get(), size);
  std::size_t cut = std::min(text.find('\0'), text.size());
  trestle::Arena arena;
  trestle::graphql::GraphqlRequest request{.query = text.substr(0, cut)};
  auto variables = trestle::graphql::parse_json_value(
      cut < text.size() ? text.substr(cut + 1) : "{}", arena);
  if (!variables.ok()) return 0;
  request.variables = &*variables;
  constexpr auto kStream = trestle::graphql::Carrier::stream;
  Prepared first = endpoint.prepare(catalog, "admin", request, kStream);
  Prepared second = endpoint.prepare(catalog, "admin", request, kStream);
  if (!same(first, second)) std::abort();
  return 0;
}
