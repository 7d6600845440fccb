// Any bytes as the body of an insert, which may nest rows, as a cursor, as the
// text inside of one, and as If-Match: planned or refused, never a crash.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/text.h"
#include "unit/rest/exchange.h"

namespace {

using namespace trestle;  // NOLINT: one file, one program

void expect_plan_or_refusal(const std::string& message) {
  testing::RestExchange exchange(message);
  if (!exchange.work && exchange.response.answer.status < 300) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  expect_plan_or_refusal("POST /customers\n\n" + text);
  if (text.find_first_of("\r\n") != std::string::npos) return 0;
  expect_plan_or_refusal("GET /products?order=name&after=" + url_encode(text));
  expect_plan_or_refusal("GET /products?order=name&after=" +
                         base64url_encode(text));
  expect_plan_or_refusal("DELETE /products?id=eq.1\nIf-Match: " + text);
  return 0;
}
