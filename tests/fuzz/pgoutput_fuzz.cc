// Feeds any bytes to the pgoutput decoder: length-prefixed messages, one after
// another, so that relations and rows can follow each other.
#include <cstddef>
#include <cstdint>

#include "unit/live/feed_recorder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  trestle::live::PgoutputDecoder decoder;
  trestle::live::FeedRecorder recorder;
  while (size > 0) {
    std::size_t length = data[0];
    data++;
    size--;
    if (length > size) length = size;
    // An exactly sized copy, so that a read past its end is seen.
    std::string message(reinterpret_cast<const char*>(data), length);
    static_cast<void>(decoder.decode(message, recorder));
    data += length;
    size -= length;
  }
  return 0;
}
