// Any bytes as Prefer, Accept, Content-Type and Range.
#include <array>
#include <cstdint>
#include <string>

#include "rest/media.h"
#include "rest/preferences.h"
#include "rest/range.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace trestle;  // NOLINT: one file, one program
  std::string text(reinterpret_cast<const char*>(data), size);
  text.shrink_to_fit();
  std::array<HeaderView, 2> headers = {
      {{"Prefer", text}, {"Prefer", "handling=strict"}}};
  Request request;
  request.headers = headers;
  static_cast<void>(rest::parse_preferences(request, true));
  for (const rest::MediaType& type : rest::parse_accept(text))
    static_cast<void>(rest::content_type_of(type));
  static_cast<void>(rest::parse_range_header(text));
  return 0;
}
