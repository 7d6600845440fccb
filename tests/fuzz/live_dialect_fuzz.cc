// Any message is a command or it is not; what is written of it parses again.
#include <cstdlib>

#include "base/json.h"
#include "live/dialect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace trestle::live;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Command command = parse_command(text);
  if (command.kind != Command::Kind::none) {
    const std::string answer = ok_text("1-16", command.ref);
    if (!trestle::parse_json(answer).ok()) std::abort();
    if (command.kind == Command::Kind::pub) {
      std::string sent = channel_text(command.topic, command.data, "1-16");
      if (!trestle::parse_json(sent).ok()) std::abort();
    }
  }
  if (std::optional<EventId> id = EventId::parse(text)) {
    std::optional<EventId> back = EventId::parse(id->text());
    if (!back || back->position != id->position || back->epoch != id->epoch)
      std::abort();
  }
  if (std::optional<Record> record = parse_record(text)) {
    std::string again;
    append_record(again, *record);
    if (again != text) std::abort();
  }
  return 0;
}
