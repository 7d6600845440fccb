// Feeds any bytes to the WebSocket reader, in pieces whose size the input
// chooses, with and without permessage-deflate.
#include <cstddef>
#include <cstdint>

#include "unit/live/client_frames.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size < 2) return 0;
  std::optional<trestle::live::DeflateParams> deflate;
  if (data[0] & 1) deflate.emplace();
  if (data[0] & 2 && deflate) deflate->client_takeover = false;
  std::string_view wire(reinterpret_cast<const char*>(data + 2), size - 2);
  trestle::live::read_all(wire, 1 + data[1] % 64, {.max_message = 8192},
                          deflate);
  return 0;
}
