#include "support/live_visitors.h"

#include "support/event_stream.h"
#include "support/users.h"
#include "support/websocket_client.h"

namespace trestle::testing {
namespace {

constexpr Milliseconds kGlance{50};
constexpr int kGlances = 10;  // of one visit

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

// In one of the ways that clients leave in.
void leave(WebSocketClient& client, int number) {
  if (number % 3 == 0) client.close(1000);
  if (number % 3 == 1) client.reset();
  // Else the connection ends without a word.
}

}  // namespace

LiveVisitors::LiveVisitors(Address nginx, const Away& away, int users)
    : address_(std::move(nginx)), away_(away), users_(users) {
  for (const Visit visit :
       {&LiveVisitors::follow_rows, &LiveVisitors::follow_rows,
        &LiveVisitors::subscribe, &LiveVisitors::read_events,
        &LiveVisitors::read_slowly})
    threads_.emplace_back([this, visit] { repeat(visit); });
}

void LiveVisitors::stop() {
  stop_ = true;
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

void LiveVisitors::repeat(Visit visit) {
  for (int number = 0; !stop_; number++) {
    (this->*visit)(number);
    visits_++;
    static_cast<void>(wait_until([this] { return stop_.load(); }, kGlance));
  }
}

void LiveVisitors::follow_rows(int number) {
  const int user = number % users_;
  const Clock::time_point since = Clock::now();
  WebSocketClient client(address_);
  const int status = client.open("/live?apikey=" + user_token(user));
  if (status != 101)
    return fail(since,
                "live: " + std::to_string(status) + " " + client.answer().body);
  client.text(R"({"sub":"owned","select":"id,owner,n","rows":true,"ref":1})");
  client.text(R"({"live":"/api/owned?select=owner,n","ref":2})");
  client.text(R"({"join":"room","ref":3})");
  client.text(R"({"say":"hello"})");
  for (int i = 0; i < kGlances && !stop_; i++) {
    const Frame frame = client.read(kGlance);
    if (frame.is_text()) hear(user, since, frame.payload);
  }
  leave(client, number);
}

void LiveVisitors::subscribe(int number) {
  const int user = number % users_;
  const Clock::time_point since = Clock::now();
  WebSocketClient client(address_);
  const int status = client.open(
      "/graphql", {{"Sec-WebSocket-Protocol", "graphql-transport-ws"}});
  if (status != 101)
    return fail(since, "graphql: " + std::to_string(status) + " " +
                           client.answer().body);
  client.text(
      R"({"type":"connection_init","payload":{"headers":{"Authorization":)"
      R"("Bearer )" +
      user_token(user) + R"("}}})");
  client.text(R"({"id":"1","type":"subscribe","payload":)"
              R"({"query":"subscription { owned { owner n } }"}})");
  for (int i = 0; i < kGlances && !stop_; i++) {
    const Frame frame = client.read(kGlance);
    if (frame.is_text()) hear(user, since, frame.payload);
  }
  leave(client, number + 1);
}

void LiveVisitors::read_events(int number) {
  const int user = number % users_;
  const Clock::time_point since = Clock::now();
  EventStream stream(address_);
  const char* targets[] = {"/live?topic=room&apikey=",
                           "/api/owned?select=owner,n&apikey="};
  if (!stream.open(targets[number % 2] + user_token(user)))
    return fail(since, "events: no connection");
  std::string head;
  for (int i = 0; i < kGlances && !stop_; i++) {
    const std::string text = stream.http().read_some(65536, kGlance);
    if (head.empty()) head = text;
    if (!text.empty()) messages_++;
    const std::string other = foreign_user(text, user_name(user));
    if (!other.empty()) note("events: " + other + " for another");
  }
  if (!head.empty() && !head.starts_with("HTTP/1.1 200"))
    fail(since, "events: " + head);
  if (number % 2 == 0) stream.http().reset();
}

void LiveVisitors::read_slowly(int number) {
  const Clock::time_point since = Clock::now();
  HttpClient client(address_);
  if (!client.connect() || !client.send(request_text("GET", "/rows?n=30000")))
    return fail(since, "slow reader: no connection");
  const std::string head = client.read_some(4096);
  if (!head.starts_with("HTTP/1.1 200")) return fail(since, head);
  for (int i = 0; i < kGlances && !stop_; i++) {
    static_cast<void>(wait_until([this] { return stop_.load(); }, kGlance));
    static_cast<void>(client.read_some(4096, kGlance));
  }
  if (number % 2 == 0) client.reset();
}

void LiveVisitors::hear(int user, Clock::time_point since,
                        std::string_view text) {
  messages_++;
  if (!text.starts_with('{')) note("no JSON: " + std::string(text));
  const std::string other = foreign_user(text, user_name(user));
  if (!other.empty())
    note(other + " for " + user_name(user) + ": " + std::string(text));
  if (contains(text, "\"error")) fail(since, std::string(text));
}

void LiveVisitors::fail(Clock::time_point since, const std::string& what) {
  if (!away_.since(since)) note(what);
}

void LiveVisitors::note(const std::string& what) {
  const std::lock_guard lock(mutex_);
  wrong_[what]++;
}

std::string LiveVisitors::wrong() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [what, times] : wrong_)
    text += std::to_string(times) + " x " + what + "\n";
  return text;
}

}  // namespace trestle::testing
