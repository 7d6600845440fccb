// Any bytes as a body in JSON, CSV and form: what is taken is JSON, as it goes
// to PostgreSQL as such.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "rest/body.h"

namespace {

using namespace trestle;  // NOLINT: one file, one program

void expect_json(const Result<rest::Body>& body) {
  if (body.ok() && is_utf8(body->text) && !parse_json(body->text).ok())
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  text.shrink_to_fit();
  expect_json(rest::parse_json_body(text, false));
  expect_json(rest::parse_csv_body(text));
  expect_json(rest::parse_form_body(text));
  return 0;
}
