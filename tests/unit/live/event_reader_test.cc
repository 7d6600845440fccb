// What comes over a stream of events, however its bytes arrive.
#include "live/event_reader.h"

#include <gtest/gtest.h>

namespace trestle::live {
namespace {

constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    "Connection: close\r\n\r\n";

// The data of all events, "|" between them, when `step` bytes come at a time.
std::string read(std::string_view text, std::size_t step) {
  EventReader reader;
  std::string all;
  for (std::size_t at = 0; at < text.size(); at += step) {
    reader.feed(text.substr(at, step));
    while (std::optional<std::string> data = reader.next())
      all += (all.empty() ? "" : "|") + *data;
  }
  return all;
}

TEST(EventReader, takes_the_data_of_events_and_leaves_the_rest) {
  const std::string text =
      std::string(kHead) +
      "retry: 1000\n\ndata: [1]\n\n:\n\nid: 7\nevent: next\ndata: a\n"
      "data: b\n\nevent: complete\ndata: \n\ndata: cut";
  for (std::size_t step : {1u, 2u, 7u, 1000u})
    EXPECT_EQ(read(text, step), "[1]|a\nb") << step;
}

TEST(EventReader, an_answer_that_is_no_stream_is_its_body) {
  EventReader reader;
  reader.feed("HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n");
  EXPECT_EQ(reader.status(), 0);
  reader.feed("\r\n{\"code\":\"x\"}");
  EXPECT_EQ(reader.status(), 404);
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.rest(), "{\"code\":\"x\"}");
  EventReader nonsense;
  nonsense.feed("what?\r\n\r\n");
  EXPECT_EQ(nonsense.status(), 500);
}

}  // namespace
}  // namespace trestle::live
