// Feeds any bytes to who reads records of changes from the ring: the record
// itself, and the messages that it holds.
#include <cstddef>
#include <cstdint>

#include "live/change_record.h"
#include "unit/live/feed_recorder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using trestle::live::ChangeRecord;
  // An exactly sized copy, so that a read past its end is seen.
  const std::string body(reinterpret_cast<const char*>(data), size);
  auto record = trestle::live::parse_change_record(body);
  if (!record) return 0;
  trestle::live::PgoutputDecoder decoder;
  trestle::live::FeedRecorder recorder;
  std::string_view messages = record->messages;
  while (auto message = ChangeRecord::next(messages)) {
    const std::string copy(*message);
    static_cast<void>(decoder.decode(copy, recorder));
  }
  return 0;
}
